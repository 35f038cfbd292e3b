"""A mapping drafted from a file reads that very file: nothing in quarantine, people in the canonical tables."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import ConfigError, LandingFileError
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.inspect_file import inspect_file
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.nightly.write_mapping import write_mapping
from cdp_pipeline.sql_project import build_model
from cdp_pipeline.stages import Stage

PROJECT = "name: tried\ntitle: Tried\n"
SHOP = """source: shop
title: Shop
zone: Europe/Berlin
country: DE
currency: EUR
files: [{layout: shopify_customers, path: "shop/*.csv"}]
"""
CLUB = """Kundennr;Name;E-Mail;Telefon;Straße;Hausnr.;PLZ;Ort;Geburtsdatum;Umsatz;Newsletter;Zuletzt geändert
0001;Erika Muster;erika@example.com;'+49 30 1234567;Lange Str.;5;01067;Dresden;01.02.1980;1.234,50 €;ja;02.05.2026 10:00
0002;Hans Beispiel;hans@example.com;0171 2345678;Kurze Gasse;1;50667;Köln;13.04.1975;12,00 €;nein;02.05.2026 11:30
0003;;kein@example.com;;;;;;;;ja;03.05.2026 09:15
"""
ORDERS = """Order ID|Email|First name|Surname|Ordered at|Total|Currency
A-1|jo@example.com|Jo|Park|02/13/2026 10:15 AM|$12.50|USD
A-2|kim@example.com|Kim|Lee|02/01/2026 09:00 PM|$7.00|USD
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for name, text in {"project.yml": PROJECT, "sources/shop.yml": SHOP}.items():
        file = tmp_path / "config" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return load_project(tmp_path)


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        opened.create_schemas(list(Stage))
        yield opened


def draft(project: Project, content: bytes, name: str, **options: Any) -> Project:
    """Inspect a file, write its mapping, deliver it, and return the project with the new source."""
    held = project.root / name
    held.write_bytes(content)
    written = write_mapping(
        project,
        held,
        inspect_file(project, held),
        options.pop("source", ""),
        is_new=options.get("is_new", False),
    )
    landed = project.root / "data" / "landing" / written.source / name
    landed.parent.mkdir(parents=True)
    held.rename(landed)
    drafted = load_project(project.root)
    pattern = drafted.sources[written.source].files[0].file_glob or ""
    assert list(drafted.landing.glob(pattern)) == [landed]
    return drafted


def build(engine: Engine, project: Project, *tables: str) -> None:
    night = Night(engine, project, date(2026, 5, 4), "run1")
    graph = load_graph(project)
    needed = {model.full_name for table in tables for model in graph.needed_for(table)}
    for model in graph:
        if model.full_name in needed or model.name in {"conservation", "quarantine", "drift"}:
            build_model(night, model)


def test_an_unknown_file_becomes_a_source_that_loads_it_whole(project: Project, engine: Engine) -> None:
    drafted = draft(project, CLUB.encode("cp1252"), "club_2026-05-04.csv")
    build(
        engine,
        drafted,
        "standardise.customer_record",
        "standardise.contact_point",
        "standardise.postal_address",
    )
    assert engine.fetch_all(
        "select physical_records, loaded_records, quarantined_records from validate.conservation"
    ) == [(3, 3, 0)]
    assert engine.fetch_all(
        "select kundennr, geburtsdatum, umsatz, zuletzt_geandert from validate.club order by 1 limit 1"
    ) == [("0001", "1980-02-01", "1234.50", "2026-05-02 10:00:00")]
    assert engine.fetch_all(
        "select source_record_id, given_name, family_name, birth_date from standardise.customer_record"
        " order by 1 limit 2"
    ) == [("0001", "Erika", "Muster", date(1980, 2, 1)), ("0002", "Hans", "Beispiel", date(1975, 4, 13))]
    assert engine.fetch_column(
        "select contact_value from standardise.contact_point where is_valid order by 1 limit 2"
    ) == ["+491712345678", "+49301234567"]
    assert engine.fetch_all(
        "select street, postcode from standardise.postal_address order by postcode limit 1"
    ) == [("Lange Straße 5", "01067")]


def test_orders_become_purchases_by_the_formats_that_their_values_prove(
    project: Project, engine: Engine
) -> None:
    drafted = draft(project, ORDERS.encode(), "orders.csv", source="market")
    build(engine, drafted, "standardise.purchase", "standardise.customer_record")
    assert [
        (purchase, str(at), str(amount))
        for purchase, at, amount in engine.fetch_all(
            "select purchase_id, occurred_at, net_amount from standardise.purchase order by 1"
        )
    ] == [("A-1", "2026-02-13 09:15:00", "12.50"), ("A-2", "2026-02-01 20:00:00", "7.00")]


def test_dates_that_can_be_read_both_ways_follow_the_column_that_cannot(
    project: Project, engine: Engine
) -> None:
    body = "id,joined,left\n1,02/03/2026,13/03/2026\n2,01/04/2026,14/05/2026\n"
    drafted = draft(project, body.encode(), "members.csv")
    build(engine, drafted, "validate.members")
    assert engine.fetch_all("select joined from validate.members order by line") == [
        ("2026-03-02",),
        ("2026-04-01",),
    ]


def test_doubt_is_written_down(project: Project) -> None:
    rows = "".join(f"{i},05/01/2026\n" for i in range(3))
    draft(project, f"id,joined\n{rows}".encode(), "members.csv")
    text = (project.root / "config/layouts/members.yml").read_text(encoding="utf-8")
    assert "# day or month first? Every value can be read both ways" in text


def test_a_file_that_a_layout_fits_only_needs_a_source(project: Project) -> None:
    header = (
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address City,"
        "Default Address Country Code,Default Address Zip,Phone,Accepts SMS Marketing"
    )
    row = "'61,Jo,Park,jo@example.com,yes,Berlin,DE,'10115,'+49301234567,no"
    drafted = draft(project, f"{header}\n{row}\n".encode(), "export.csv", source="branch")
    assert drafted.sources["branch"].files[0].layout == "shopify_customers"
    assert not (project.root / "config/layouts").exists()


def test_nothing_is_overwritten_and_nothing_half_written(project: Project) -> None:
    there = project.root / "dbt_like_sql/standardise/club/customer_record.sql"
    there.parent.mkdir(parents=True)
    there.write_text("-- mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="is there already, so nothing was written"):
        draft(project, CLUB.encode("cp1252"), "club_2026-05-04.csv")
    assert there.read_text(encoding="utf-8") == "-- mine"
    assert not (project.root / "config/layouts").exists()


def test_a_name_that_is_no_identifier_is_refused(project: Project) -> None:
    with pytest.raises(ConfigError, match="--name"):
        draft(project, CLUB.encode(), "club.csv", source="My Club")


def test_an_archive_is_inspected_member_by_member(project: Project, tmp_path: Path) -> None:
    held = tmp_path / "both.zip"
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.csv", "id,city\n1,Bonn\n")
        archive.writestr("b.csv", "id,city,street\n1,Bonn,Weg\n")
    files = inspect_file(project, held)
    assert [file.content.label for file in files] == ["both.zip!a.csv", "both.zip!b.csv"]
    with pytest.raises(LandingFileError, match="different columns, and no layout fits any of them"):
        write_mapping(project, held, files, "", is_new=False)
    assert not (project.root / "config/sources/both.yml").exists()


CUSTOMERS = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address City,"
    "Default Address Country Code,Default Address Zip,Phone,Accepts SMS Marketing\n"
    "'61,Jo,Park,jo@example.com,yes,Berlin,DE,'10115,'+49301234567,no\n"
)


def zipped(members: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def test_an_archive_of_several_exports_becomes_a_source_with_a_pattern_for_each_that_a_layout_fits(
    project: Project, engine: Engine
) -> None:
    kind = project.layouts["loyalty_members"]
    header = ";".join(column.header for column in kind.columns.values())
    backup = zipped(
        {
            "export/customers_2026-05-04.csv": CUSTOMERS,
            "export/members.csv": f"{header}\n",
            "export/members_old.csv": "id,city\n1,Bonn\n",
            "readme!.csv": "x,y\n1,2\n",
        }
    )
    drafted = draft(project, backup, "backup_2026-05-04.zip", source="crm")
    assert [(file.layout, file.path) for file in drafted.sources["crm"].files] == [
        ("loyalty_members", "crm/backup_*.zip!members.csv"),
        ("shopify_customers", "crm/backup_*.zip!customers_*.csv"),
    ]
    build(engine, drafted, "validate.shopify_customers", "extract.unrecognised_file")
    assert engine.fetch_all("select layout, path, physical_records from extract.file order by all") == [
        ("loyalty_members", "crm/backup_2026-05-04.zip!export/members.csv", 0),
        ("shopify_customers", "crm/backup_2026-05-04.zip!export/customers_2026-05-04.csv", 1),
    ]
    assert engine.fetch_column("select path from extract.unrecognised_file order by all") == [
        "crm/backup_2026-05-04.zip!export/members_old.csv",
        "crm/backup_2026-05-04.zip!readme!.csv",
    ]


def test_members_that_all_follow_one_layout_need_no_pattern_of_their_own(project: Project) -> None:
    fewer = CUSTOMERS.replace(",Accepts SMS Marketing", "").replace(",no\n", "\n")
    drafted = draft(project, zipped({"a.csv": CUSTOMERS, "b.csv": fewer}), "both.zip", source="branch")
    assert [file.path for file in drafted.sources["branch"].files] == ["branch/both*.zip"]


def test_members_of_one_layout_that_no_pattern_parts_from_others_are_named(project: Project) -> None:
    mixed = zipped({"a.csv": CUSTOMERS, "b.csv": "id,city\n1,Bonn\n", "c.csv": CUSTOMERS})
    with pytest.raises(
        LandingFileError, match=r"mixed\.zip!a\.csv, mixed\.zip!c\.csv: follow layout shopify_customers"
    ):
        draft(project, mixed, "mixed.zip")
    assert not (project.root / "config/sources/mixed.yml").exists()


def test_where_an_archive_lies_already_the_source_of_each_member_is_named(project: Project) -> None:
    text = SHOP.replace("shop/*.csv", "shop/*.zip!cust*")
    (project.root / "config/sources/shop.yml").write_text(text, encoding="utf-8")
    landed = project.landing / "shop" / "all.zip"
    landed.parent.mkdir(parents=True)
    landed.write_bytes(zipped({"customers.csv": CUSTOMERS, "users.csv": "id\n1\n"}))
    files = inspect_file(load_project(project.root), landed)
    assert [file.taken_by for file in files] == [("shop", "shopify_customers"), None]


def test_what_the_draft_feeds_is_told(project: Project) -> None:
    for name, content, feeds in (
        ("lines", "receipt,sku,quantity\n1,a,2\n1,b,3\n", []),
        ("people", "id,email\n1,jo@example.com\n", ["contact_point", "customer_record"]),
    ):
        held = project.root / f"{name}.csv"
        held.write_text(content, encoding="utf-8")
        written = write_mapping(project, held, inspect_file(project, held), "", is_new=False)
        assert written.feeds == feeds


def test_where_the_file_lies_already_its_source_is_named(project: Project) -> None:
    landed = project.landing / "shop" / "customers.csv"
    landed.parent.mkdir(parents=True)
    landed.write_text("Customer ID\n1\n", encoding="utf-8")
    assert inspect_file(project, landed)[0].taken_by == ("shop", "shopify_customers")


def test_a_draft_is_dropped_when_the_project_does_not_load_with_it(project: Project) -> None:
    broken = dataclasses.replace(project, root=project.root)
    (project.root / "config/sources/bad.yml").write_text("source: bad\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        draft(broken, CLUB.encode(), "club.csv")
    assert not (project.root / "config/layouts/club.yml").exists()


@pytest.mark.parametrize(
    "content",
    ["id,city\n", "id,city\n,\n,\n", "Customers of May\nid,city\n1,Bonn\n"],
    ids=["header only", "empty columns", "a title above the header"],
)
def test_a_file_that_shows_no_values_is_refused_in_words(project: Project, content: str) -> None:
    with pytest.raises(
        LandingFileError, match=r"club\.csv: holds no record from which a mapping could be made"
    ):
        draft(project, content.encode(), "club.csv")


def test_a_source_of_a_layout_names_what_its_file_does_otherwise(project: Project) -> None:
    shipped = project.layouts["loyalty_members"].model_dump(mode="json", exclude_defaults=True)
    own = shipped | {
        "layout": "members",
        "format": {"delimiter": ";", "encoding": "cp1252", "decimal_mark": ","},
    }
    folder = project.root / "config" / "layouts"
    folder.mkdir()
    (folder / "members.yml").write_text(yaml.safe_dump(own), encoding="utf-8")
    (project.root / "config" / "layouts" / "loyalty_members.yml").write_text(
        yaml.safe_dump(shipped | {"columns": {"member_no": {"header": "never"}}, "version_column": None}),
        encoding="utf-8",
    )
    header = "member_no,full_name,gender,birth_date,phone,email,street,postcode,city,country,updated_at"
    row = "1,Jörg Muster,m,1980-01-02,,jm@example.com,Weg 1,10115,Köln,DE,2026-05-04T10:00:00Z"
    drafted = draft(load_project(project.root), f"{header}\n{row}\n".encode(), "club.csv")
    reading = drafted.reading("club", "members").format
    assert (reading.delimiter, reading.encoding) == (",", "utf-8")


def test_names_with_signs_of_yaml_and_globs_make_a_project_that_loads(project: Project) -> None:
    drafted = draft(project, b"no,Yes,a: b\n1,2,3\n", 'club "a" [1]: x.csv', source="club")
    assert drafted.layouts["club"].columns["no_value"].header == "no"


def test_a_date_between_dots_does_not_get_into_the_pattern(project: Project) -> None:
    drafted = draft(project, b"id,city\n1,Bonn\n", "orders.2026-05-04.csv")
    assert drafted.sources["orders"].files[0].path == "orders/orders.*.csv"


def test_amounts_that_prove_no_decimal_mark_carry_a_note(project: Project) -> None:
    draft(project, b'id,spent\n1,"1,250"\n2,"2,500"\n', "club.csv")
    text = (project.root / "config/layouts/club.yml").read_text(encoding="utf-8")
    assert "# decimal point or comma? No value proves one" in text


@pytest.mark.parametrize(
    ("header", "rows", "key"),
    [
        (
            "order_id,customer_id,total,order_date",
            ["A1,7,9.50,2026-05-01", "A2,8,3.00,2026-05-02"],
            "order_id",
        ),
        ("email,user_id", ["a@example.com,1", "b@example.com,2"], "user_id"),
        ("Email,Subscriber ID", ["a@example.com,x1", "b@example.com,x2"], "subscriber_id"),
        ("Email,City", ["a@example.com,Bonn", "b@example.com,Bonn"], "email"),
        ("source_record_id,loyalty_number", ["r1,9", "r2,9"], "source_record_id"),
        (
            "Order #,Order Date,Attendee #,Total Paid",
            ["7,2026-05-01,14409900151,9.00", "7,2026-05-01,14409900139,9.00"],
            "attendee_no",
        ),
        ("Order #,Total,Product No", ["7,9.00,1", "7,3.00,2"], "order_no"),
    ],
)
def test_the_key_is_the_id_of_what_the_file_lists(
    project: Project, header: str, rows: list[str], key: str
) -> None:
    drafted = draft(project, "\n".join([header, *rows, ""]).encode(), "listed.csv")
    assert drafted.layouts["listed"].key == [key]


def test_nested_json_is_no_name(project: Project) -> None:
    drafted = draft(
        project, b'{"id": "1", "name": {"first": "Jo"}, "email": "jo@example.com"}\n', "app.jsonl"
    )
    assert drafted.layouts["app"].columns["name"].sensitivity == "direct"
    sql = (project.root / "dbt_like_sql/standardise/app/customer_record.sql").read_text(encoding="utf-8")
    assert "cast(null as varchar) as full_name" in sql


def drafted_text(project: Project, content: str, name: str = "news.csv") -> str:
    drafted = draft(project, content.encode(), name)
    [source] = set(drafted.sources) - {"shop"}
    return (project.root / f"config/layouts/{source}.yml").read_text(encoding="utf-8")


def test_only_what_looks_like_an_answer_is_called_consent(project: Project) -> None:
    rows = "".join(f"s{i},192.0.2.{i},J,02.05.2026\n" for i in range(3))
    draft(project, f"Subscriber ID,Opt-in IP,Werbung erlaubt,Opt-in Date\n{rows}".encode(), "news.csv")
    text = (project.root / "config/layouts/news.yml").read_text(encoding="utf-8")
    assert [line.split(":")[0].strip() for line in text.splitlines() if "looks like consent" in line] == [
        "werbung_erlaubt"
    ]
    assert "opt_in_ip: {header: Opt-in IP, sensitivity: direct}" in text


def test_answers_stay_text_and_a_layout_with_one_carries_consent(project: Project) -> None:
    text = drafted_text(project, "id,email_opt_out,do_not_call\n1,0,\n2,1,\n")
    assert "carries_consent: true" in text
    assert "  email_opt_out: {header: email_opt_out}  # looks like consent, asked the other way round" in text
    assert "  do_not_call: {header: do_not_call}  # looks like consent" in text, "nobody has refused yet"


def test_a_layout_without_an_answer_carries_no_consent(project: Project) -> None:
    assert "carries_consent" not in drafted_text(project, "id,city\n1,Bonn\n")


def test_consent_within_nested_values_is_noted(project: Project) -> None:
    text = drafted_text(project, '{"id": "1", "context": {"consent": {"Ads": true}}}\n', "app.jsonl")
    assert "# looks like consent within: consent.Ads" in text
    assert "carries_consent: true" in text


def test_what_each_consent_column_is_called_is_told(project: Project, tmp_path: Path) -> None:
    held = tmp_path / "news.csv"
    held.write_text("id,Newsletter,city\n1,1,Bonn\n", encoding="utf-8")
    written = write_mapping(project, held, inspect_file(project, held), "", is_new=False)
    assert written.asks_consent == ["Newsletter"]


def test_texts_for_nothing_are_drafted_and_read_as_null(project: Project, engine: Engine) -> None:
    drafted = draft(project, b"id,joined,city\n1,2026-05-01,Bonn\n2,\\N,NULL\n", "members.csv")
    assert drafted.layouts["members"].format.nulls == ["NULL", "\\N"]
    build(engine, drafted, "validate.members")
    assert engine.fetch_all("select joined, city from validate.members order by line") == [
        ("2026-05-01", "Bonn"),
        (None, None),
    ]


def test_a_person_called_null_is_no_empty_cell(project: Project) -> None:
    drafted = draft(project, b"id,Last name\n1,Null\n2,null\n3,Park\n", "members.csv")
    assert drafted.layouts["members"].format.nulls == []


def test_an_order_on_several_lines_feeds_no_purchase(project: Project) -> None:
    rows = "7,2026-05-01,T1,9.00\n7,2026-05-01,T2,9.00\n"
    draft(project, f"Order #,Order Date,Ticket #,Total\n{rows}".encode(), "tickets.csv")
    assert not (project.root / "dbt_like_sql/standardise/tickets/purchase.sql").exists()
