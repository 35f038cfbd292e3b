"""Hand-written customers and where they live, and nights on which the households are set by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from cdp_pipeline.engine import Engine, EngineOptions
from cdp_pipeline.link.household_ids import ISSUED, carry_ids_over
from cdp_pipeline.stages import Stage
from cdp_pipeline_tests import warehouse
from cdp_pipeline_tests.warehouse import BUSINESS_DATE as FIRST_NIGHT

KEY = b"a project key of the tests"
STATE = ("link.household", ISSUED)


@dataclass(frozen=True)
class Told:
    """What one record tells of a customer; `told` is the day on which the source changed it last."""

    customer: str
    family: str | None = None
    street: str | None = None
    postcode: str = "10115"
    city: str = "Berlin"
    email: str | None = None
    mobile: str | None = None
    landline: str | None = None
    told: str = "2026-01-01"


class Neighbourhood:
    """A warehouse in which customers are given and households are found, by the night's own code."""

    def __init__(self) -> None:
        self._tables = warehouse.Warehouse(first_built=Stage.LINK)
        self.engine = self._tables.engine

    def live(self, *records: Told) -> set[frozenset[str]]:
        """Return who lives together, by the records."""
        rows: dict[str, list[dict[str, object]]] = {
            name: []
            for name in (
                "customer_record",
                "postal_address",
                "contact_point",
                "phone_number",
                "customer_source_record",
            )
        }
        for number, record in enumerate(records):
            self._add(rows, f"{number:03}", record)
        for name, delivered in rows.items():
            self._tables.given(name, *delivered)
        self._tables.given("link.customer_id_alias")
        self._tables.build("link.household")
        found = self.engine.fetch_column("select list(customer_id) from link.household group by household_id")
        return {frozenset(members) for members in found}

    def reasons(self) -> dict[str, tuple[str | None, str | None]]:
        """Return by customer the rule that joined and the guard that kept apart."""
        rows = self.engine.fetch_all("select customer_id, joined_by, refused_by from link.household")
        return {customer: (joined_by, refused_by) for customer, joined_by, refused_by in rows}

    @staticmethod
    def _add(rows: dict[str, list[dict[str, object]]], record_id: str, told: Told) -> None:
        key: dict[str, object] = {
            "source_system": "crm",
            "record_kind": "contact",
            "source_record_id": record_id,
        }
        rows["customer_source_record"].append(key | {"customer_id": told.customer})
        rows["customer_record"].append(
            key | {"given_name": told.customer.title(), "family_name": told.family, "updated_at": told.told}
        )
        if told.street:
            place = {"street": told.street, "postcode": told.postcode, "city": told.city}
            rows["postal_address"].append(key | {"address_label": "home", **place})
        contacts = {"email": told.email, "phone": told.mobile or told.landline}
        rows["contact_point"] += [
            key | {"contact_kind": kind, "contact_value": value, "is_valid": True}
            for kind, value in contacts.items()
            if value
        ]
        if contacts["phone"]:
            number = {"delivered_value": contacts["phone"], "country": "DE", "e164": contacts["phone"]}
            rows["phone_number"].append(number | {"is_valid": True, "is_mobile": told.landline is None})


class HouseholdNights:
    """Carries the ids of households over that are set by hand."""

    def __init__(self) -> None:
        self.engine = Engine.open(options=EngineOptions(threads=1))
        self.engine.create_schemas([Stage.LINK])

    def run(
        self, *households: str, on: date = FIRST_NIGHT, merged: dict[str, str] | None = None
    ) -> dict[str, str]:
        """Run one night: `run("a b", "c")` has a and b live together; return the household ids by customer.

        Args:
            merged: customer ids that lead to others from now on.
        """
        living = [(name, number) for number, group in enumerate(households) for name in group.split()]
        customers, numbers = zip(*living, strict=True) if living else ((), ())
        self._replace("link.customer_id_alias", {
            "old_customer_id": pa.array(list(merged or {}), pa.string()),
            "customer_id": pa.array(list((merged or {}).values()), pa.string()),
        })  # fmt: skip
        self._replace("living", {
            "customer_id": pa.array(customers, pa.string()),
            "household": pa.array(numbers, pa.int64()),
            "joined_by": pa.nulls(len(living), pa.string()),
            "refused_by": pa.nulls(len(living), pa.string()),
        })  # fmt: skip
        with self.engine.transaction():
            carry_ids_over(self.engine, KEY, on)
        return dict(self.engine.fetch_all("select customer_id, household_id from link.household"))

    def leads_to(self) -> dict[str, str]:
        """Return by every id ever given out the one that it stands for today."""
        return dict(self.engine.fetch_all(f"select household_id, current_household_id from {ISSUED}"))

    def state(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything that one night hands to the next."""
        return {table: self.engine.fetch_all(f"from {table} order by all") for table in STATE}

    def _replace(self, table: str, columns: dict[str, pa.Array]) -> None:
        with self.engine.arrow_view(pa.table(columns)) as view:
            self.engine.replace_table(table, f"from {view}")
