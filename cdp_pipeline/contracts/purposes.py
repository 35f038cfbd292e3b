"""Purposes: what contact points may be used for, on which legal basis, over which channels.

A purpose stands for itself. There is no key by which one could imply another, so that consent to a newsletter is never
consent to advertising audiences.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from cdp_pipeline.contracts.base import Contract, Identifier
from cdp_pipeline.contracts.lookup import name_hint
from cdp_pipeline.contracts.segment import Bilingual
from cdp_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from cdp_pipeline.contracts.activation import Activation, Destination
    from cdp_pipeline.contracts.layout import Layout
    from cdp_pipeline.contracts.segment import SegmentFile

EVERY_PURPOSE = "purposes"
"""What stands for all purposes in a layout's expectation: `value_set: purposes`."""


class LegalBasis(StrEnum):
    """Why data may be processed at all: article 6(1) of the GDPR, letters a to f."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"

    @property
    def article(self) -> str:
        """The basis as lawyers cite it."""
        return f"Art. 6(1)({'abcdef'[list(LegalBasis).index(self)]}) GDPR"


class Channel(StrEnum):
    """The way to a person over which a contact point is used."""

    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"
    ADS = "ads"


class Purpose(Contract):
    """One purpose.

    Attributes:
        title: its name for people.
        description: what is done with the data, in words that the people concerned understand.
        owner: team or address that answers for it.
        legal_basis: why data may be used for it.
        channels: over which it reaches people. A decision for `any` channel counts on these. `ads`, which hands contact
            points to advertising platforms, stands alone and always asks for consent.
        requires_consent: whether a contact point may be used only after its own consent to this purpose. Without the
            key, the legal basis decides: consent asks for it, the others don't. Advertising on legitimate interests may
            still have to, as the law of a country says.
        controller: who decides on purpose and means beside the project's own company, such as the advertising platform.
    """

    title: Bilingual
    description: Bilingual
    owner: str = Field(pattern=r"^(team:[a-z_]+|[^@\s]+@[^@\s]+)$")
    legal_basis: LegalBasis
    channels: list[Channel] = Field(min_length=1)
    requires_consent: bool | None = None
    controller: str | None = None

    @property
    def asks_for_consent(self) -> bool:
        """Whether nobody may be reached for it without consent."""
        return (
            self.legal_basis is LegalBasis.CONSENT if self.requires_consent is None else self.requires_consent
        )

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.legal_basis is LegalBasis.CONSENT and not self.asks_for_consent:
            raise ValueError("its legal basis is consent, so consent is required; remove `requires_consent`")
        if len(set(self.channels)) < len(self.channels):
            raise ValueError("a channel is named twice; name each once")
        if Channel.ADS in self.channels:
            if self.channels != [Channel.ADS]:
                raise ValueError(
                    "the channel ads stands alone: make two purposes, so that consent to messages is none to "
                    "advertising audiences"
                )
            if not self.asks_for_consent:
                raise ValueError(
                    "over the channel ads nobody is reached without consent; set `requires_consent: true`"
                )
        return self


class Purposes(Contract):
    """`config/purposes.yml`: everything that contact points may be used for.

    Attributes:
        purposes: by the name that layouts, segments, destinations and activations use.
    """

    purposes: dict[Identifier, Purpose] = Field(min_length=1)


def require_purposes(names: Iterable[str], known: dict[str, Purpose], origin: str, key: str) -> None:
    """Check that configuration refers to known purposes only.

    Raises:
        ConfigError: names file, key, the nearest purpose and all that there are.
    """
    for name in names:
        if name not in known:
            raise ConfigError(
                f"{origin}: key `{key}`: there is no purpose {name!r}. {name_hint(name, known)} "
                "Correct the name, or add it to config/purposes.yml."
            )


def check_purposes(
    known: dict[str, Purpose],
    segments: Mapping[str, SegmentFile],
    destinations: Mapping[str, Destination],
    activations: Mapping[str, Activation],
) -> None:
    """Check that what is configured names known purposes, and that a destination's channel is one of theirs.

    Raises:
        ConfigError: names file, key and remedy.
    """
    for segment in segments.values():
        require_purposes(segment.purposes, known, f"config/segments/{segment.segment}.yml", "purposes")
    for destination in destinations.values():
        origin = f"config/destinations/{destination.destination}.yml"
        require_purposes(destination.purposes, known, origin, "purposes")
        for name in destination.purposes:
            channels = known[name].channels
            if destination.consent_channel not in channels:
                raise ConfigError(
                    f"{origin}: key `purposes`: {name} is not for the channel {destination.consent_channel}, over "
                    f"which this destination reaches people; it is for {', '.join(channels)} (config/purposes.yml). "
                    "Choose another purpose, or correct `consent_channel`."
                )
    for activation in activations.values():
        origin = f"config/activations/{activation.activation}.yml"
        require_purposes([activation.purpose], known, origin, "purpose")


def with_purposes(layout: Layout, known: dict[str, Purpose]) -> Layout:
    """Return the layout with every `value_set: purposes` written out."""
    if all(spec.kwargs.get("value_set") != EVERY_PURPOSE for spec in layout.expectations):
        return layout
    written_out = [
        spec.model_copy(update={"kwargs": {**spec.kwargs, "value_set": sorted(known)}})
        if spec.kwargs.get("value_set") == EVERY_PURPOSE
        else spec
        for spec in layout.expectations
    ]
    return layout.model_copy(update={"expectations": written_out})
