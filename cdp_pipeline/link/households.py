"""Households: which customers live together, by declared rules.

A customer lives at one place. Rules therefore join the customers of one place, and no family is chained to another by
an address where one of them used to live. Customers without a known address join last, and only where everything that
they share leads to one household.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.contracts.household import HOMES, HouseholdKey, HouseholdRule, Households
from cdp_pipeline.link.components import component_table
from cdp_pipeline.link.household_ids import carry_ids_over, create_if_missing
from cdp_pipeline.link.rules import group_members

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine
    from cdp_pipeline.night import Night

KEYS, KEYS_OF_SMALL_HOUSES = "temp.usable_key", "temp.small_house_key"

TEMPORARY = (
    "home_component",
    "loose_member",
    "loose_component",
    "attachment",
    "living",
    "household_member",
    "household_customer",
)


def build_household(night: Night) -> None:
    """Write `link.household`, one row per customer, and bring `link.issued_household_id` up to date.

    Reads `link.customer_source_record`, `link.household_key`, `link.customer_id_alias` and both tables as the last
    run left them. Columns: customer_id, household_id; former_household_id, what the customer had before the household
    was merged with another; joined_by, the first rule in which the customer agrees with another of the household;
    refused_by, the guard that kept the customer apart: household_size or several_households.

    Must run inside the transaction of the table's rebuild: ids are carried over from what it holds.
    """
    engine = night.engine
    _create_members(engine, night.project.households)
    _join_homes(engine)
    _attach_those_without_address(engine)
    _create_living(engine, night.project.households)
    carry_ids_over(engine, night.project.key, night.business_date)
    for table in TEMPORARY:
        engine.execute(f"drop table temp.{table}")


def keep_issued_household_id(night: Night) -> None:
    """See to it that `link.issued_household_id` exists; its rows come with `link.household`."""
    create_if_missing(night.engine)


def _create_members(engine: Engine, households: Households) -> None:
    """Create temp tables `household_customer` and `household_member`.

    `household_customer`: customer, a number from 0; customer_id; has_home. `household_member`: one row per
    rule_number, group_number of customers who agree on the rule's keys, and customer in it; at_home is false for the
    rules for customers without address. Groups of one are left out: most are. No customer has a key twice, so that
    counting rows counts customers.
    """
    engine.execute(
        """
        create or replace temp table household_customer as
        select
            row_number() over (order by customer_id) - 1 as customer,
            customer_id,
            customer_id in (select customer_id from link.household_key where key_kind = 'address') as has_home
        from (select distinct customer_id from link.customer_source_record)
        """
    )
    _create_usable_keys(engine, households)
    _add_misspelt_names(engine, households)
    groups = " union all ".join(
        f"select {number} as rule_number, list(customer) as customers"
        f" from ({group_members(rule.keys, _keys_of(rule), 'customer')}) group by group_key having count(*) > 1"
        for number, rule in enumerate(households.all_rules)
    )
    engine.execute(
        f"""
        create or replace temp table household_member as
        select
            rule_number,
            group_number,
            rule_number < {len(households.rules)} as at_home,
            unnest(customers) as customer
        from (select *, row_number() over () as group_number from ({groups}))
        """
    )
    engine.execute(f"drop table {KEYS}; drop view {KEYS_OF_SMALL_HOUSES}")


def _keys_of(rule: HouseholdRule) -> str:
    """In a block of flats a rule counts only if it asks for the family name."""
    return KEYS if HouseholdKey.FAMILY_NAME in rule.keys else KEYS_OF_SMALL_HOUSES


def _create_usable_keys(engine: Engine, households: Households) -> None:
    """Create the keys without the values that too many use; a view of them leaves out blocks of flats, too."""
    block, public = households.block_of_flats.max_family_names, households.public_address.max_family_names
    homes, kinds = (", ".join(f"'{kind}'" for kind in some) for some in (HOMES, HouseholdKey))
    engine.execute(
        f"""
        create or replace temp table {KEYS} as
        select customer, cast(key_kind as enum ({kinds})) as key_kind, key_value, family_name_count
        from link.household_key inner join household_customer using (customer_id)
        where coalesce(family_name_count, 0) <= {public}
            and coalesce(customer_count, 0) <= {households.shared_contact.max_customers}
        """
    )
    engine.execute(
        f"""
        create or replace temp view {KEYS_OF_SMALL_HOUSES} as
        from {KEYS}
        where key_kind not in ({homes}) or coalesce(family_name_count, 0) <= {block}
        """
    )


def _add_misspelt_names(engine: Engine, households: Households) -> None:
    """Give customers the family names at their door that differ from their own by one letter."""
    engine.execute(
        f"""
        insert into {KEYS}
        with name_at_home as (
            select customer, home.key_value as address_key, name.key_value as family_name
            from {KEYS_OF_SMALL_HOUSES} as home
            inner join {KEYS} as name using (customer)
            where home.key_kind = 'address' and name.key_kind = 'family_name'
                and length(name.key_value) >= {households.misspelt_name.min_letters}
        ),
        name_at_door as (select distinct address_key, family_name from name_at_home),
        misspelt as (
            select address_key, [l.family_name, r.family_name] as spellings
            from name_at_door as l
            inner join name_at_door as r using (address_key)
            where l.family_name < r.family_name
                -- The distance is the dear part, and lengths tell most of the others apart.
                and abs(length(l.family_name) - length(r.family_name)) <= 1
                and damerau_levenshtein(l.family_name, r.family_name) = 1
        ),
        other_name as (
            select address_key, unnest(spellings) as family_name, unnest(list_reverse(spellings)) as other_spelling
            from misspelt
        )
        select customer, 'family_name', other_spelling, null
        from name_at_home inner join other_name using (address_key, family_name)
        except
        select customer, key_kind, key_value, null from {KEYS} where key_kind = 'family_name'
        """
    )


def _join_homes(engine: Engine) -> None:
    """Create temp table `home_component` (customer, component): who is joined at one place."""
    _create_components(
        engine,
        "home_component",
        """
        select min(customer) over (partition by group_number) as left_record, customer as right_record
        from household_member where at_home
        """,
    )


def _attach_those_without_address(engine: Engine) -> None:
    """Create temp table `attachment` (component, home_count, home): the households that each group leads to.

    Its groups are the components of `loose_component`, over customers without address alone, so that such a customer
    never stands between two households.
    """
    engine.execute(
        """
        create or replace temp table loose_member as
        select
            customer,
            has_home,
            min(customer) filter (not has_home) over (partition by group_number) as first_without_home
        from household_member inner join household_customer using (customer)
        where not at_home
        """
    )
    _create_components(
        engine,
        "loose_component",
        "select first_without_home as left_record, customer as right_record from loose_member where not has_home",
    )
    engine.execute(
        """
        create or replace temp table attachment as
        select
            loose_component.component,
            count(distinct home_component.component) as home_count,
            min(home_component.component) as home
        from loose_member
        inner join loose_component on first_without_home = loose_component.customer
        inner join home_component on loose_member.customer = home_component.customer
        where has_home
        group by loose_component.component
        """
    )


def _create_components(engine: Engine, table: str, edges: str) -> None:
    components = component_table(engine, edges, engine.row_count("household_customer"))
    with engine.arrow_view(components) as view:
        engine.execute(
            f"create or replace temp table {table} as select record as customer, cluster as component from {view}"
        )


def _create_living(engine: Engine, households: Households) -> None:
    """Create temp table `living` (customer_id, household, joined_by, refused_by): who lives with whom tonight.

    A household above the size limit is dissolved: nobody can tell which of its members belong together.
    """
    rule_names = ", ".join(f"'{rule.name}'" for rule in households.all_rules)
    engine.execute(
        f"""
        create or replace temp table living as
        with joined as (
            select
                customer,
                case
                    when has_home then home_component.component
                    when home_count = 1 then home
                    else loose_component.component
                end as household,
                not has_home and coalesce(home_count, 0) > 1 as has_several
            from household_customer
            inner join home_component using (customer)
            inner join loose_component using (customer)
            left join attachment on loose_component.component = attachment.component
        ),
        sized as (
            select
                *,
                count(*) over (partition by household) > {households.household_size.max_customers} as is_too_large
            from joined
        ),
        agreement as (
            select
                customer,
                rule_number,
                count(*) over (partition by group_number, household) as agreeing
            from household_member inner join sized using (customer)
            where not is_too_large
        ),
        joining as (
            select customer, min(rule_number) as rule_number
            from agreement
            where agreeing > 1
            group by customer
        )
        select
            customer_id,
            case when is_too_large then customer else household end as household,
            [{rule_names}][rule_number + 1] as joined_by,
            case when is_too_large then 'household_size' when has_several then 'several_households' end as refused_by
        from sized
        inner join household_customer using (customer)
        left join joining using (customer)
        """
    )
