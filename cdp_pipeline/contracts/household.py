"""Which customers live together: `config/linkage/household.yml`. Every rule and limit stands there with its reason."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from cdp_pipeline.contracts.base import Contract, Identifier
from cdp_pipeline.contracts.linkage import Reason


class HouseholdKey(StrEnum):
    """What two customers of one household can have in common: `link.household_key` holds the values."""

    ADDRESS = "address"  # street with house number, and postcode (or city), of the home that was told last
    STREET_IN_CITY = "street_in_city"  # the same home without its postcode
    POSTCODE = "postcode"  # of the same home
    FAMILY_NAME = "family_name"  # a word of it: Schmidt meets Schmidt-Braun
    EMAIL = "email"
    PHONE = "phone"
    LANDLINE = "landline"  # a phone number that is no mobile's


PLACES = frozenset({HouseholdKey.ADDRESS, HouseholdKey.STREET_IN_CITY, HouseholdKey.POSTCODE})
HOMES = (HouseholdKey.ADDRESS, HouseholdKey.STREET_IN_CITY)
CONTACTS = (HouseholdKey.EMAIL, HouseholdKey.PHONE, HouseholdKey.LANDLINE)


class HouseholdRule(Contract):
    """Customers who agree on all keys live together.

    Attributes:
        name: stands in `link.household` beside every customer whom it joins.
        keys: the customers agree on all of them.
        why: the reason for the rule.
    """

    name: Identifier
    keys: list[HouseholdKey] = Field(min_length=1)
    why: Reason


class FamilyNameLimit(Contract):
    """A cap on the family names at one address.

    Attributes:
        max_family_names: the greatest count allowed; a double name counts twice.
        why: the reason for it.
    """

    max_family_names: int = Field(ge=1)
    why: Reason


class CustomerLimit(Contract):
    """A cap on a count of customers.

    Attributes:
        max_customers: the greatest count allowed.
        why: the reason for it.
    """

    max_customers: int = Field(ge=2)
    why: Reason


class MisspeltName(Contract):
    """Family names at one address that differ by one letter are one name.

    Attributes:
        min_letters: shorter names must be equal.
        why: the reason for the number.
    """

    min_letters: int = Field(ge=2)
    why: Reason


class Households(Contract):
    """`config/linkage/household.yml`.

    Attributes:
        rules: join customers whose homes are at one place; each names a key of the place.
        without_address: join customers of whom no address is known, with each other and with one household.
        misspelt_name: one letter wrong, missing, doubled or exchanged does not part relatives.
        block_of_flats: an address with more family names joins only by rules that ask for the family name.
        public_address: an address with more family names joins nobody.
        shared_contact: an e-mail or phone that more customers have joins nobody.
        household_size: the largest household; more customers than that are left alone.
    """

    rules: list[HouseholdRule] = Field(min_length=1)
    without_address: list[HouseholdRule] = []
    misspelt_name: MisspeltName
    block_of_flats: FamilyNameLimit
    public_address: FamilyNameLimit
    shared_contact: CustomerLimit
    household_size: CustomerLimit

    @property
    def all_rules(self) -> list[HouseholdRule]:
        """Rules in the order in which they are named: those of one place first."""
        return [*self.rules, *self.without_address]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        names = [rule.name for rule in self.all_rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"these names are used twice: {twice}")
        for rule in self.rules:
            if not PLACES & set(rule.keys):
                raise ValueError(f"rule {rule.name} names no place; it belongs under without_address")
            if set(rule.keys) <= PLACES:
                raise ValueError(f"rule {rule.name} names a place alone, which neighbours share; add a key")
        for rule in self.without_address:
            if PLACES & set(rule.keys):
                raise ValueError(f"rule {rule.name} names a place; it belongs under rules")
        if self.block_of_flats.max_family_names > self.public_address.max_family_names:
            raise ValueError("block_of_flats lies above public_address")
        return self
