"""A destination (what a platform accepts) and an activation (which segment goes there, and why it may)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from cdp_pipeline.contracts.base import Contract, Identifier
from cdp_pipeline.contracts.purposes import Channel


class ProfileField(StrEnum):
    """What a column of an activation file is made from."""

    EMAIL = "email"
    PHONE = "phone"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    POSTCODE = "postcode"
    CITY = "city"
    REGION = "region"
    COUNTRY = "country"
    BIRTH_DATE = "birth_date"
    GENDER = "gender"
    LANGUAGE = "language"
    CUSTOMER_ID = "customer_id"


CONTACT_FIELDS = (ProfileField.EMAIL, ProfileField.PHONE)
"""Fields that reach a person: each carries its own consent, and only they can be required."""


class Normaliser(StrEnum):
    """A platform's normal form of a value.

    Contact points stand in it in `activate.contact_form`, the rest in `activate.profile_form`; the macros
    are in `dbt_like_sql/macros/common/activate.sql`.
    """

    AS_IS = "as_is"
    GOOGLE = "google"
    MAILCHIMP = "mailchimp"
    META = "meta"
    DIGITS = "digits"


NORMALISERS: dict[ProfileField, tuple[Normaliser, ...]] = {
    ProfileField.EMAIL: (Normaliser.AS_IS, Normaliser.GOOGLE, Normaliser.MAILCHIMP, Normaliser.META),
    ProfileField.PHONE: (Normaliser.AS_IS, Normaliser.DIGITS),
    ProfileField.GIVEN_NAME: (Normaliser.AS_IS, Normaliser.GOOGLE, Normaliser.META),
    ProfileField.FAMILY_NAME: (Normaliser.AS_IS, Normaliser.GOOGLE, Normaliser.META),
    ProfileField.POSTCODE: (Normaliser.AS_IS, Normaliser.META),
    ProfileField.CITY: (Normaliser.AS_IS, Normaliser.META),
    ProfileField.REGION: (Normaliser.AS_IS, Normaliser.META),
    ProfileField.COUNTRY: (Normaliser.AS_IS, Normaliser.META),
    ProfileField.BIRTH_DATE: (Normaliser.AS_IS, Normaliser.META),
    ProfileField.GENDER: (Normaliser.AS_IS, Normaliser.META),
    ProfileField.LANGUAGE: (Normaliser.AS_IS,),
    ProfileField.CUSTOMER_ID: (Normaliser.AS_IS,),
}


class DestinationColumn(Contract):
    """One column of the file.

    Attributes:
        header: exactly as the platform wants it; several columns may repeat one header.
        field: what it is made from.
        occurrence: which of several e-mails or phones, from 1.
        normaliser: the platform's normal form of the value, before hashing.
        is_hashed: SHA-256 in lower-case hex over the UTF-8 bytes of the normalised value.
        max_characters, max_bytes: longest normalised value that the platform takes. A longer name is
            left empty, a longer e-mail address or phone number is not sent.
    """

    header: str = Field(min_length=1)
    field: ProfileField
    occurrence: int = Field(default=1, ge=1, le=5)
    normaliser: Normaliser = Normaliser.AS_IS
    is_hashed: bool = False
    max_characters: int | None = Field(default=None, ge=1)
    max_bytes: int | None = Field(default=None, ge=1)

    @property
    def is_contact(self) -> bool:
        """Whether the column holds a contact point."""
        return self.field in CONTACT_FIELDS

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        accepted = NORMALISERS[self.field]
        if self.normaliser not in accepted:
            known = ", ".join(accepted)
            raise ValueError(f"{self.field} has no normaliser {self.normaliser}; it has {known}")
        if self.occurrence > 1 and not self.is_contact:
            raise ValueError(f"a customer has one {self.field}; occurrence is for email and phone")
        return self


class DestinationFormat(Contract):
    """How the file is written: UTF-8 without a byte order mark.

    Attributes:
        kind: the only one so far.
        delimiter: between two values of a line.
        line_end: as the platform's import wants it.
    """

    kind: Literal["csv"] = "csv"
    delimiter: Literal[",", ";", "\t"] = ","
    line_end: Literal["lf", "crlf"] = "lf"


class Recipient(Contract):
    """To whom a file goes (articles 13 to 15 and 30 GDPR).

    Attributes:
        name: the company, with its legal form.
        country: ISO 3166-1 alpha-2 code of the country in which it processes the data.
        safeguard: what allows a transfer out of the European Economic Area, such as standard contractual clauses.
    """

    name: str
    country: str = Field(pattern=r"^[A-Z]{2}$")
    safeguard: str = ""


class Destination(Contract):
    """`config/destinations/<destination>.yml`: a platform's file, with source and date of its spec.

    Attributes:
        destination: the file's name without `.yml`.
        title: the platform's name for people.
        spec_source: where the platform says what it accepts.
        spec_read_on: when that was read.
        recipient: the company behind the platform, and where it processes what it gets.
        format: how the file is written.
        columns: the columns of the file, in order.
        purposes: purposes of `config/purposes.yml` for which files may go there. Each must be one for the channel: an
            ad platform takes purposes for `ads` alone, so that a newsletter's opt-in never stands in for advertising.
        consent_channel: over which people are reached; on it consent to the activation's purpose must be on record.
        required_any: a row is written only when at least one of these contact points may be sent.
        complete_or_empty: fields that are written all together or not at all.
        minimum_people: the smallest list that the platform takes. A smaller file is written all the same
            and marked in `activate.activation_size`: tomorrow it may be large enough.
    """

    destination: Identifier
    title: str
    spec_source: str
    spec_read_on: date
    recipient: Recipient | None = None
    format: DestinationFormat = DestinationFormat()
    purposes: list[Identifier] = Field(min_length=1)
    consent_channel: Channel
    columns: list[DestinationColumn] = Field(min_length=1)
    required_any: list[Literal[ProfileField.EMAIL, ProfileField.PHONE]] = Field(min_length=1)
    complete_or_empty: list[ProfileField] = []
    minimum_people: int | None = Field(default=None, ge=1)

    def columns_of(self, field: ProfileField) -> list[DestinationColumn]:
        """The columns made from a field, by occurrence."""
        return sorted((c for c in self.columns if c.field is field), key=lambda column: column.occurrence)

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        named = {column.field for column in self.columns}
        missing = sorted({*self.required_any, *self.complete_or_empty} - named)
        if missing:
            raise ValueError(f"required fields without a column: {missing}")
        for field in sorted(named):
            self._check_repeats(self.columns_of(field))
        return self

    def _check_repeats(self, repeats: list[DestinationColumn]) -> None:
        """Columns of one field differ in their occurrence alone: one normal form, one consent decision."""
        field = repeats[0].field
        if [column.occurrence for column in repeats] != list(range(1, len(repeats) + 1)):
            raise ValueError(f"the columns of {field} need the occurrences 1 to {len(repeats)}, each once")
        forms = {(c.normaliser, c.is_hashed, c.max_characters, c.max_bytes) for c in repeats}
        if len(forms) > 1:
            raise ValueError(f"the columns of {field} differ in normaliser, hashing or length limits")


class Activation(Contract):
    """`config/activations/<activation>.yml`: one segment, one destination, one purpose.

    Attributes:
        activation: the file's name without `.yml`.
        title: what the file is for, for people.
        owner: team or address that answers for sending it.
        segment: one of `config/segments/`.
        destination: one of `config/destinations/`.
        purpose: must be among those of the segment and of the destination. Where it asks for consent, each contact
            point needs its own; where it does not, refusals, objections and suppressions still count.
        exclude_segments: segments whose members stay out of this file. Their contact points do too, even
            where another customer shares them: who complained must not see the advertisement either way.
    """

    activation: Identifier
    title: str
    owner: str = Field(pattern=r"^(team:[a-z_]+|[^@\s]+@[^@\s]+)$")
    segment: Identifier
    destination: Identifier
    purpose: Identifier
    exclude_segments: list[Identifier] = []
