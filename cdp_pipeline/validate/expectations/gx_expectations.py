"""Great Expectations' own expectations, spared from taking themselves apart again and again.

For each metric that an expectation needs, Great Expectations builds a configuration from the expectation,
a new expectation from that, and dozens of configurations from the latter: 4.5 ms for an expectation on a
table of ten rows. Here both are remembered. Nothing that judges is overridden.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from great_expectations.compatibility import pydantic
from great_expectations.expectations.expectation import Expectation, MetaExpectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.registry import get_expectation_impl


class _RememberedConfiguration(ExpectationConfiguration):
    """A configuration that gives back the expectation that it was made from."""

    def __init__(self, configuration: ExpectationConfiguration, expectation: Expectation) -> None:
        super().__init__(type=configuration.type, kwargs=configuration.kwargs, meta=configuration.meta)
        self._expectation = expectation

    def to_domain_obj(self) -> Expectation:
        return self._expectation


def make_expectation(expectation_type: str, kwargs: dict[str, Any]) -> Expectation:
    """Make an expectation of Great Expectations' own class, one that remembers its configuration.

    Raises:
        GreatExpectationsError: there is no such expectation.
    """
    return _remembering(get_expectation_impl(expectation_type))(**kwargs)


@cache
def _remembering(implementation: type[Expectation]) -> type[Expectation]:
    """Derive a class that differs in nothing but the memory."""
    original = implementation.configuration

    def configuration(self: Any) -> ExpectationConfiguration:
        if self._remembered is None:
            self._remembered = _RememberedConfiguration(original.fget(self), self)  # type: ignore[attr-defined]
        remembered: ExpectationConfiguration = self._remembered
        return remembered

    members = {
        "__module__": __name__,
        "configuration": property(configuration),
        "_remembered": pydantic.PrivateAttr(default=None),
    }
    # Past the metaclass's own __new__, which would register the class in the place of the original.
    make_class: Any = super(MetaExpectation, MetaExpectation).__new__
    derived: type[Expectation] = make_class(
        MetaExpectation, implementation.__name__, (implementation,), members
    )
    return derived
