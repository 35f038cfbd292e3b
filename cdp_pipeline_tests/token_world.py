"""A small retailer whose customers leave a mark of their own in every field of every source.

Each person has a mark, some letters that stand nowhere else. Every field of every record that is about the person holds
it, and most hold a token of their own, so that a search tells where what a person gave us went. The exports have all
columns that the vendors write, and every kind of file is among them: delimited text, gzip, ZIP, JSON Lines, a workbook,
Parquet. Names, addresses and contact points link each person's records. One ticket of each is set aside. What people
with an odd place in the list said about consent is set aside too, so that nobody may write to them.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from cdp_pipeline.contracts.project import SHIPPED_CONFIG
from cdp_pipeline_tests.sample_project import SAMPLES

NIGHTS = {1: date(2026, 5, 4), 2: date(2026, 5, 5)}
ACTIVATIONS = ("mailchimp_new_buyers", "google_new_buyers", "meta_one_time_buyers")

PROJECT = """\
name: token_world
title: Token world
thresholds: {quarantined_blocks: 1, quarantined_warns: 1}
"""

PATHS = {
    "crm/contacts*.csv": "crm/contacts*.xlsx",
    "till/loyalty_members*.csv": "till/loyalty_members*.parquet",
    "web/events*.csv": "web/events*.jsonl",
    "shop/orders*.csv": "shop/orders*.csv.gz",
}
"""Patterns of the example retailer's sources, and what stands in their place here."""

Row = Mapping[str, str]


@dataclass(frozen=True)
class TokenPerson:
    """Somebody with a mark.

    Attributes:
        mark: lower-case letters that stand in every field about the person, and nowhere else.
        number: 1 to 99, tells people's digits apart.
    """

    mark: str
    number: int

    @property
    def email(self) -> str:
        return f"{self.mark}@post.example.com"

    @property
    def mobile(self) -> str:
        """National digits; 151 is a mobile network's."""
        return f"0151 791300{self.number:02}"

    @property
    def shopify_id(self) -> str:
        return f"61000000079{self.number:02}"

    @property
    def salesforce_id(self) -> str:
        return f"0035f{self.mark.upper():0<10}"[:15]

    @property
    def member_no(self) -> str:
        return f"LC-{self.mark}-79{self.number:02}"

    @property
    def order(self) -> str:
        return f"#{self.mark}-79{self.number:02}"

    @property
    def receipt(self) -> str:
        return f"{self.mark}Receipt79{self.number:02}"

    @property
    def cookie(self) -> str:
        return f"cookie{self.mark}79{self.number:02}"

    def token(self, *place: str) -> str:
        """A token that stands in one field alone."""
        return self.mark + "".join(re.sub("[^a-z]", "", word.lower()) for word in place)


PEOPLE = [TokenPerson(mark, number) for number, mark in enumerate(
    ("qvarzu", "xelbix", "zjorvy", "wuqtam", "kyzzop", "vjimpa", "fywqel", "hoxbrak", "jyptuz", "ghazwix"), start=1
)]  # fmt: skip
"""Ten customers; those at even places may be written to."""


def write_project(root: Path) -> None:
    """Write the configuration of the token world's project: the example retailer's sources, by other files."""
    config = root / "config"
    for folder in ("sources", "activations"):
        (config / folder).mkdir(parents=True, exist_ok=True)
    (config / "project.yml").write_text(PROJECT, encoding="utf-8")
    for source in (SHIPPED_CONFIG / "sources").glob("*.yml"):
        text = source.read_text(encoding="utf-8")
        for shipped, own in PATHS.items():
            text = text.replace(shipped, own)
        (config / "sources" / source.name).write_text(text, encoding="utf-8")
    for name in ACTIVATIONS:
        shutil.copy(SHIPPED_CONFIG / "activations" / f"{name}.yml", config / "activations")


def deliver(root: Path, night: int = 1, people: Sequence[TokenPerson] = PEOPLE) -> None:
    """Write what the systems export on a night into the project's landing folder, beside what lies there."""
    landing, day = root / "data" / "landing", NIGHTS[night].isoformat()
    for folder in ("ads", "catalogue"):
        shutil.copytree(SAMPLES / f"night_{night}" / folder, landing / folder, dirs_exist_ok=True)
    for name, writer, rows in _exports(people, night):
        path = landing / name.format(day=day)
        path.parent.mkdir(parents=True, exist_ok=True)
        writer(path, rows)


Writer = Callable[[Path, list[Row]], None]


def _exports(people: Sequence[TokenPerson], night: int) -> Iterable[tuple[str, Writer, list[Row]]]:
    yield "crm/contacts_{day}.xlsx", _workbook, [_crm(person) for person in people]
    yield "shop/customers_{day}.csv", _delimited, [_shop_customer(person, night) for person in people]
    yield "shop/orders_{day}.csv.gz", _gzip, [line for person in people for line in _order(person, night)]
    yield "till/transactions_{day}.csv", _delimited, [_receipt(person, night) for person in people]
    yield "till/items_{day}.csv", _delimited, [_item(person, night) for person in people]
    yield "till/loyalty_members_{day}.parquet", _parquet, [_member(person) for person in people]
    yield "email/audience_{day}.zip", _zip_of_subscribers, [_subscriber(person) for person in people]
    yield "email/campaign_events_{day}.csv", _delimited, [_campaign(person, night) for person in people]
    yield (
        "consent/preferences_{day}.csv",
        _preferences,
        [row for person in people for row in _consents(person)],
    )
    yield (
        "service/tickets_{day}.csv",
        _delimited,
        [row for person in people for row in _tickets(person, night)],
    )
    yield "web/events_{day}.jsonl", _json_lines, [row for person in people for row in _web(person, night)]


def _header(export: str) -> list[str]:
    """All columns of an export as its vendor writes it, taken from the committed sample."""
    [path] = (SAMPLES / "night_1").glob(export)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            text = archive.read(archive.namelist()[0]).decode()
    else:
        text = path.read_text(encoding="utf-8")
    return next(csv.reader(io.StringIO(text)))


def _filled(person: TokenPerson, export: str, known: Row, *place: str) -> Row:
    """Every column of the export: what is known of it, else a token of its own."""
    return {
        column: known.get(column, person.token(*place, export.split("/")[-1].split("_")[0], column))
        for column in _header(export)
    }


def _crm(person: TokenPerson) -> Row:
    return _filled(person, "crm/contacts*", {
        "Id": person.salesforce_id, "IsDeleted": "false", "MasterRecordId": "", "Salutation": "Frau",
        "FirstName": person.token("vor"), "LastName": person.token("nach"), "Email": person.email,
        "Phone": "", "MobilePhone": person.mobile, "HomePhone": "", "OtherPhone": "",
        "Birthdate": f"19{60 + person.number % 30}-07-13", "LastModifiedDate": "2026-04-20T10:00:00.000Z",
        "CreatedDate": "2024-01-05T10:00:00.000Z", "SystemModstamp": "2026-04-20T10:00:00.000Z",
        "MailingPostalCode": f"791{person.number:02}", "MailingCountry": "Germany", "EmailBouncedReason": "",
    })  # fmt: skip


def _is_unclear(person: TokenPerson) -> bool:
    """Tell whether records with the person's consent are to be set aside."""
    return person.number % 2 == 0


def _shop_customer(person: TokenPerson, night: int) -> Row:
    """The first night's row of some is set aside for one of its columns; the next night's is not."""
    return _filled(person, "shop/customers*", {
        "Customer ID": f"'{person.shopify_id}", "Email": person.email,
        "First Name": person.token("vor"), "Last Name": person.token("nach"),
        "Accepts Email Marketing": person.token("vielleicht") if night == 1 and _is_unclear(person) else "yes",
        "Accepts SMS Marketing": "no", "Phone": person.mobile, "Default Address Phone": person.mobile,
        "Default Address Country Code": "DE", "Default Address Zip": f"791{person.number:02}",
        "Total Spent": "79.13", "Total Orders": "1", "Tax Exempt": "no",
    })  # fmt: skip


def _order(person: TokenPerson, night: int) -> Iterable[Row]:
    name = person.order if night == 1 else f"{person.order}-2"
    known = {
        "Name": name, "Email": person.email, "Financial Status": "paid", "Accepts Marketing": "yes",
        "Currency": "EUR", "Total": "179.13", "Refunded Amount": "0.00", "Created at": "2026-05-01 10:00:00 +0200",
        "Cancelled at": "", "Source": "web", "Location": "", "Phone": person.mobile,
        "Lineitem quantity": "1", "Lineitem price": "179.13", "Lineitem discount": "0.00",
        "Billing Phone": person.mobile, "Shipping Phone": person.mobile,
        "Billing Name": f"{person.token('vor')} {person.token('nach')}",
        "Shipping Name": f"{person.token('vor')} {person.token('nach')}",
        "Billing Country": "DE", "Shipping Country": "DE",
    }  # fmt: skip
    yield _filled(person, "shop/orders*", known)
    yield dict.fromkeys(_header("shop/orders*"), "") | {
        "Name": name, "Email": person.email, "Lineitem quantity": "2", "Lineitem price": "1.13",
        "Lineitem name": person.token("second", "line"), "Lineitem sku": person.token("second", "sku"),
    }  # fmt: skip


def _receipt(person: TokenPerson, night: int) -> Row:
    return _filled(person, "till/transactions*", {
        "Date": f"2026-05-0{night + 1}", "Time": "12:10:12", "Total Collected": "$79.13",
        "Event Type": "Payment", "Transaction ID": f"{person.receipt}{night}",
        "Customer ID": person.token("till", "customer"), "Customer Reference ID": person.member_no,
        "Customer Name": f"{person.token('nach').upper()}, {person.token('vor').title()}",
    })  # fmt: skip


def _item(person: TokenPerson, night: int) -> Row:
    return _filled(person, "till/items*", {
        "Date": f"2026-05-0{night + 1}", "Time": "12:10:12", "Transaction ID": f"{person.receipt}{night}",
        "Event Type": "Payment", "Qty": "1.0", "Net Sales": "$70.13", "Tax": "$9.00",
        "Gross Sales": "$70.13", "Discounts": "$0.00",
    })  # fmt: skip


def _member(person: TokenPerson) -> Row:
    return _filled(person, "till/loyalty_members*", {
        "member_no": person.member_no, "full_name": f"{person.token('vor')} {person.token('nach')}",
        "gender": "f", "birth_date": f"19{60 + person.number % 30}-07-13", "email": person.email,
        "phone": person.mobile, "postcode": f"791{person.number:02}", "country": "DE",
        "enrolled_on": "2025-01-10", "updated_at": "2026-04-20T16:30:00Z",
    })  # fmt: skip


def _subscriber(person: TokenPerson) -> Row:
    return _filled(person, "email/audience*", {
        "Email Address": person.email, "First Name": person.token("vor"), "Last Name": person.token("nach"),
        "OPTIN_TIME": "2025-01-10 09:00:00", "CONFIRM_TIME": "2025-01-10 09:05:00",
        "LAST_CHANGED": "2025-11-20 16:30:00",
    })  # fmt: skip


def _campaign(person: TokenPerson, night: int) -> Row:
    return _filled(person, "email/campaign_events*", {
        "email": person.email, "event": "clicked", "event_at": f"2026-05-0{night}T08:00:01Z",
        "campaign_id": "c79", "campaign_name": "Frühling",
    })  # fmt: skip


def _consents(person: TokenPerson) -> Iterable[Row]:
    for purpose, channel in (("marketing", "email"), ("ad_audiences", "ads")):
        yield _filled(person, "consent/preferences*", {
            "email": person.email, "phone": person.mobile, "purpose": purpose, "channel": channel,
            "status": "granted", "changed_at": "2026-04-01T08:00:00Z",
        }, purpose)  # fmt: skip


def _tickets(person: TokenPerson, night: int) -> Iterable[Row]:
    """A ticket, and one without a time, which is set aside."""
    for number, created_at in enumerate(("2026-04-30T10:00:00Z", "")):
        yield _filled(person, "service/tickets*", {
            "ticket_id": f"T-{person.mark}-{night}{number}", "created_at": created_at, "closed_at": "",
            "requester_email": person.email, "requester_phone": person.mobile, "order_id": person.order,
            "category": "question", "priority": "normal", "status": "closed", "satisfaction": "2",
        }, str(number))  # fmt: skip


def _web(person: TokenPerson, night: int) -> Iterable[Row]:
    """One event before anybody knows whose browser it is, and one after logging in."""
    for number, email in enumerate(("", person.email)):
        yield _filled(person, "web/events*", {
            "event_at": f"2026-05-0{night}T07:{number}0:00Z", "cookie_id": person.cookie, "user_email": email,
            "event": "search", "page_url": f"https://shop.example.com/{person.token('page')}?q={person.email}",
        }, str(number))  # fmt: skip


def _text(rows: list[Row]) -> str:
    target = io.StringIO()
    writer = csv.DictWriter(target, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()


def _delimited(path: Path, rows: list[Row]) -> None:
    path.write_text(_text(rows), encoding="utf-8", newline="")


def _preferences(path: Path, rows: list[Row]) -> None:
    """One line more of some people has a field too many, so that it can't be taken apart."""
    unclear = {person.email for person in PEOPLE if _is_unclear(person)}
    ragged = [
        ",".join([*row.values(), f"{row['proof']}ragged"])
        for row in rows
        if row["purpose"] == "ad_audiences" and row["email"] in unclear
    ]
    path.write_text(_text(rows) + "\r\n".join([*ragged, ""]), encoding="utf-8", newline="")


def _gzip(path: Path, rows: list[Row]) -> None:
    path.write_bytes(gzip.compress(_text(rows).encode(), mtime=0))


def _zip_of_subscribers(path: Path, rows: list[Row]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("subscribed_email_audience_export_7c1f5a9e2b.csv", _text(rows))


def _json_lines(path: Path, rows: list[Row]) -> None:
    lines = [json.dumps({k: v or None for k, v in row.items()}, ensure_ascii=False) for row in rows]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")


def _parquet(path: Path, rows: list[Row]) -> None:
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), path)


def _workbook(path: Path, rows: list[Row]) -> None:
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet()
        for line, cells in enumerate([list(rows[0]), *(list(row.values()) for row in rows)]):
            for column, cell in enumerate(cells):
                sheet.write_string(line, column, cell)
