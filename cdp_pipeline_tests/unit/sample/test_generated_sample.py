"""The synthetic sample: its layouts, its truth and its named troubles."""

from __future__ import annotations

import csv
import filecmp
import io
import re
import zipfile
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from cdp_pipeline.sample import SampleError, generate_sample
from cdp_pipeline.sample.exports import headers

KINDS = {
    ("crm", "contact"),
    ("shop", "customer"),
    ("shop", "order"),
    ("till", "till_customer"),
    ("till", "member"),
    ("email", "subscriber"),
}
BAD_IDS = {"", "#999001", "LC-999001"}
NIGHTS = 3
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def cases(sample: Path) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load(
        (sample / "truth/named_cases.yml").read_text(encoding="utf-8")
    )
    return loaded


def read(sample: Path, pattern: str) -> Rows:
    files = sorted(sample.glob(pattern))
    assert files, pattern
    return [row for file in files for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())]


def audience(sample: Path, night: int) -> dict[str, Rows]:
    (path,) = (sample / f"night_{night}/email").glob("audience_*.zip")
    with zipfile.ZipFile(path) as archive:
        texts = {name.split("_")[0]: archive.read(name).decode() for name in archive.namelist()}
    return {status: list(csv.DictReader(io.StringIO(text))) for status, text in texts.items()}


def truth(sample: Path) -> Rows:
    return read(sample, "truth/records.csv")


def files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_equal_arguments_give_equal_bytes_whatever_the_number_of_threads(
    sample: Path, tmp_path: Path
) -> None:
    generate_sample(people=200, seed=7, nights=NIGHTS, out=tmp_path, threads=1)
    names = files_of(sample)
    assert files_of(tmp_path) == names
    _, different, broken = filecmp.cmpfiles(sample, tmp_path, names, shallow=False)
    assert (different, broken) == ([], [])


@pytest.mark.slow
def test_a_world_of_many_blocks_does_not_depend_on_the_threads_either(tmp_path: Path) -> None:
    one, four = tmp_path / "one", tmp_path / "four"
    generate_sample(people=15_000, seed=4, nights=2, out=one, threads=1)
    generate_sample(people=15_000, seed=4, nights=2, out=four, threads=4)
    names = files_of(one)
    assert sum((one / name).stat().st_size for name in names) > 30e6, "too small to be worked on in parallel"
    assert files_of(four) == names
    _, different, broken = filecmp.cmpfiles(one, four, names, shallow=False)
    assert (different, broken) == ([], [])


def test_another_seed_gives_other_people(sample: Path, tmp_path: Path) -> None:
    generate_sample(people=200, seed=8, nights=1, out=tmp_path)
    name = "night_1/till/loyalty_members_2026-05-04.csv"
    assert (tmp_path / name).read_bytes() != (sample / name).read_bytes()


def test_too_few_people_are_refused_with_the_smallest_size(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="at least 100 people"):
        generate_sample(people=10, seed=7, nights=1, out=tmp_path)


def test_a_negative_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="seed=-1: a seed is 0 or more"):
        generate_sample(people=100, seed=-1, nights=1, out=tmp_path)


@pytest.mark.parametrize("in_the_way", [".", "night_1", "night_2/crm", "truth"])
def test_a_file_where_a_folder_should_be_is_named(tmp_path: Path, in_the_way: str) -> None:
    blocked = tmp_path / "out" / in_the_way
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_text("kept", encoding="utf-8")
    with pytest.raises(SampleError, match=re.escape(str(blocked))):
        generate_sample(people=100, seed=7, nights=2, out=tmp_path / "out")
    assert blocked.read_text(encoding="utf-8") == "kept"


@pytest.mark.parametrize(
    ("file", "first_columns", "columns"),
    [
        ("crm/contacts", "Id,IsDeleted,MasterRecordId,AccountId,LastName,FirstName,Salutation,Name,", 48),
        ("shop/customers", "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,", 20),
        ("shop/orders", "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,", 79),
        ("till/transactions", "Date,Time,Time Zone,Gross Sales,Discounts,Net Sales,Gift Card Sales,", 37),
        ("till/items", "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,", 35),
        ("till/loyalty_members", "member_no,full_name,gender,birth_date,phone,email,street,", 14),
        ("email/campaign_events", "email,campaign_id,campaign_name,event,event_at,link", 6),
        ("consent/preferences", "email,phone,purpose,channel,status,changed_at,source,proof", 8),
        ("web/events", "event_at,cookie_id,session_id,user_email,event,page_url,product_id,category,", 12),
        ("service/tickets", "ticket_id,created_at,channel,requester_name,requester_email,", 12),
        ("ads/spend", "date,platform,campaign_id,campaign_name,currency,cost,impressions,clicks", 8),
        ("catalogue/products", "sku,name,category,brand,unit_cost,currency", 6),
        ("catalogue/exchange_rates", "date,currency,eur_rate", 3),
    ],
)
def test_headers_are_the_vendors(sample: Path, file: str, first_columns: str, columns: int) -> None:
    for night, date in ((1, "2026-05-04"), (2, "2026-05-05"), (3, "2026-05-06")):
        text = (sample / f"night_{night}/{file}_{date}.csv").read_text(encoding="utf-8")
        header = text.splitlines()[0]
        assert header.startswith(first_columns)
        assert len(header.split(",")) == columns


def test_audience_status_is_only_in_the_member_file_name(sample: Path) -> None:
    lists = audience(sample, 1)
    assert set(lists) == {"subscribed", "unsubscribed", "cleaned"}
    assert all(lists.values())
    assert ",".join(lists["subscribed"][0]) == headers.MAILCHIMP["subscribed"]
    assert "UNSUB_TIME" in lists["unsubscribed"][0]
    assert "CLEAN_TIME" in lists["cleaned"][0]


def test_order_level_fields_stand_on_the_first_row_only(sample: Path) -> None:
    rows = [r for r in read(sample, "night_1/shop/orders_2026-05-04.csv") if r["Name"] not in BAD_IDS]
    seen: set[str] = set()
    for row in rows:
        is_first = row["Name"] not in seen
        seen.add(row["Name"])
        assert bool(row["Total"]) == is_first == bool(row["Billing Name"])
    assert len(rows) > len(seen), "some order must have several lines"


def test_order_totals_are_the_sum_of_their_lines(sample: Path) -> None:
    rows = [r for r in read(sample, "night_1/shop/orders_2026-05-04.csv") if r["Name"] not in BAD_IDS]
    goods: Counter[str] = Counter()
    for row in rows:
        goods[row["Name"]] += int(row["Lineitem price"].replace(".", "")) * int(row["Lineitem quantity"])
    for row in (r for r in rows if r["Total"]):
        parts = [int(row[c].replace(".", "")) for c in ("Subtotal", "Discount Amount", "Shipping", "Total")]
        assert parts[0] + parts[1] == goods[row["Name"]]
        assert parts[0] + parts[2] == parts[3]


def test_square_money_and_refunds(sample: Path) -> None:
    rows = read(sample, "night_1/till/transactions_*.csv")
    assert all(re.fullmatch(r"-?\$\d+\.\d\d", row["Total Collected"]) for row in rows)
    kinds = {(row["Event Type"], row["Total Collected"].startswith("-")) for row in rows}
    assert kinds == {("Payment", False), ("Refund", True)}


def test_square_items_add_up_to_their_transaction(sample: Path) -> None:
    def cents(amount: str) -> int:
        return int(amount.replace("$", "").replace(".", ""))

    items: Counter[str] = Counter()
    for row in read(sample, "night_*/till/items_*.csv"):
        items[row["Transaction ID"]] += cents(row["Net Sales"]) + cents(row["Tax"])
    good = [
        r
        for r in read(sample, "night_*/till/transactions_*.csv")
        if not r["Transaction ID"].startswith("BAD")
    ]
    assert {r["Transaction ID"]: cents(r["Total Collected"]) for r in good} == items


def test_scanned_card_carries_a_member_number(sample: Path) -> None:
    members = {row["member_no"] for row in read(sample, "night_*/till/loyalty_members_*.csv")}
    scanned = {row["Customer Reference ID"] for row in read(sample, "night_*/till/transactions_*.csv")} - {""}
    assert scanned
    assert scanned <= members


def test_truth_covers_every_delivered_record_exactly_once(sample: Path) -> None:
    delivered = {("crm", "contact", r["Id"]) for r in read(sample, "night_*/crm/*.csv")}
    delivered |= {
        ("shop", "customer", r["Customer ID"].lstrip("'")) for r in read(sample, "night_*/shop/customers_*")
    }
    delivered |= {("shop", "order", r["Name"]) for r in read(sample, "night_*/shop/orders_*")}
    delivered |= {
        ("till", "till_customer", r["Customer ID"]) for r in read(sample, "night_*/till/transactions_*")
    }
    delivered |= {("till", "member", r["member_no"]) for r in read(sample, "night_*/till/loyalty_*")}
    for night in range(1, NIGHTS + 1):
        delivered |= {
            ("email", "subscriber", r["LEID"]) for rows in audience(sample, night).values() for r in rows
        }
    delivered = {key for key in delivered if key[2] not in BAD_IDS}
    listed = [(r["source_system"], r["record_kind"], r["source_record_id"]) for r in truth(sample)]
    assert len(listed) == len(set(listed))
    assert set(listed) == delivered
    assert {key[:2] for key in listed} == KINDS


def test_truth_tells_on_which_night_a_record_first_comes(sample: Path) -> None:
    first_night: dict[str, int] = {}
    for night in range(NIGHTS, 0, -1):
        ids = [r["Id"] for r in read(sample, f"night_{night}/crm/*.csv")]
        ids += [r["Name"] for r in read(sample, f"night_{night}/shop/orders_2026-05-0{night + 3}.csv")]
        ids += [r["Customer ID"] for r in read(sample, f"night_{night}/till/transactions_*.csv")]
        first_night |= dict.fromkeys(ids, night)
    told = {r["source_record_id"]: int(r["first_night"]) for r in truth(sample)}
    expected = {id_: night for id_, night in first_night.items() if id_ not in BAD_IDS}
    assert {id_: told[id_] for id_ in expected} == expected
    assert set(expected.values()) == {1, 2, 3}


def test_truth_tells_from_which_night_on_a_record_is_no_longer_listed(sample: Path) -> None:
    listed = [
        {r["Id"] for r in read(sample, f"night_{night}/crm/*.csv")}
        | {r["Customer ID"].lstrip("'") for r in read(sample, f"night_{night}/shop/customers_*.csv")}
        | {r["member_no"] for r in read(sample, f"night_{night}/till/loyalty_members_*.csv")}
        | {r["LEID"] for rows in audience(sample, night).values() for r in rows}
        for night in range(1, NIGHTS + 1)
    ]
    gone = {
        id_: str(night)
        for night, (before, now) in enumerate(pairwise(listed), start=2)
        for id_ in before - now - BAD_IDS
    }
    assert {r["source_record_id"]: r["gone_night"] for r in truth(sample) if r["gone_night"]} == gone
    assert set(gone.values()) == {"2", "3"}


def test_junk_belongs_to_nobody_and_all_else_to_somebody(sample: Path) -> None:
    for row in truth(sample):
        assert (row["is_junk"] == "true") == (row["person_id"] == "")
    assert any(row["is_junk"] == "true" for row in truth(sample))


def test_people_number_what_was_asked_for(sample: Path) -> None:
    people = {row["person_id"] for row in truth(sample)} - {""}
    assert 190 <= len(people) <= 200


@pytest.mark.parametrize(
    "trouble",
    [
        "typo", "nickname", "umlaut", "moved", "married", "shared_email", "shared_phone", "twins",
        "parent_and_child_of_one_name", "strangers_of_one_name", "junk_email", "junk_name", "store_phone",
        "placeholder_birth_date", "swapped_names", "initials", "missing_values", "second_email", "nameless",
        "gmail_spelling", "capitals", "crm_merged", "crm_deleted", "email_cleaned",
        "typo_corrected", "unsubscribed", "consent_withdrawn",
        "consent_unknown", "refund_partial", "refund_full", "refund_later", "bad_row", "file_delivered_twice",
    ],
)  # fmt: skip
def test_each_trouble_has_a_named_case(cases: list[dict[str, Any]], trouble: str) -> None:
    assert trouble in {case["trouble"] for case in cases}


def test_named_cases_agree_with_the_truth(sample: Path, cases: list[dict[str, Any]]) -> None:
    person = {
        (r["source_system"], r["record_kind"], r["source_record_id"]): r["person_id"] for r in truth(sample)
    }
    for case in (c for c in cases if "people" in c):
        owners = [{person[tuple(key)] for key in records} for records in case["people"]]
        assert all(len(owner) == 1 for owner in owners), case["name"]
        if case["expectation"] == "not_a_person":
            assert set().union(*owners) == {""}
        else:
            assert len(set().union(*owners)) == len(owners), case["name"]


@pytest.mark.parametrize(
    ("case_name", "sign_of_the_fault"),
    [
        ("contact_without_id_and_name", ",false,,,,Ottilie,"),
        ("order_with_total_that_is_no_number", "#999001,"),
        ("member_with_one_field_too_many", "LC-999001,"),
        ("transaction_on_the_30th_of_february", "2026-02-30,"),
    ],
)
def test_bad_rows_stand_on_the_line_named(
    sample: Path, cases: list[dict[str, Any]], case_name: str, sign_of_the_fault: str
) -> None:
    (case,) = (c for c in cases if c["name"] == case_name)
    lines = (sample / case["file"]).read_text(encoding="utf-8").split("\n")
    assert lines[case["line"] - 1].startswith(sign_of_the_fault)


def test_ragged_row_has_one_field_too_many(sample: Path) -> None:
    (path,) = (sample / "night_1/till").glob("loyalty_members_*.csv")
    widths = Counter(len(row) for row in csv.reader(path.read_text(encoding="utf-8").splitlines()) if row)
    assert widths[15] == 1
    assert set(widths) == {14, 15}


def test_some_lines_are_blank(sample: Path) -> None:
    for pattern in ("crm/contacts_*.csv", "till/transactions_*.csv", "consent/preferences_*.csv"):
        (path,) = (sample / "night_1").glob(pattern)
        assert "" in path.read_text(encoding="utf-8").removesuffix("\n").split("\n")


def test_orders_file_comes_twice_under_another_name(sample: Path, cases: list[dict[str, Any]]) -> None:
    (case,) = (c for c in cases if c["trouble"] == "file_delivered_twice")
    first, second = (sample / name for name in case["files"])
    assert first.name != second.name
    assert first.read_bytes() == second.read_bytes()


def test_changes_between_the_nights_are_as_named(sample: Path, cases: list[dict[str, Any]]) -> None:
    columns = {"street": "MailingStreet", "family": "LastName", "email": "Email"}
    changed = [c["change"] for c in cases if c.get("change", {}).get("column") in columns]
    assert len(changed) == 3
    for change in changed:
        for night, value in ((1, change["before"]), (2, change["after"])):
            rows = {r["Id"]: r for r in read(sample, f"night_{night}/crm/contacts_*.csv")}
            assert rows[change["record"][2]][columns[change["column"]]] == value


def test_unsubscribed_member_changes_the_list(sample: Path, cases: list[dict[str, Any]]) -> None:
    (case,) = (c for c in cases if c["trouble"] == "unsubscribed")
    leid = case["change"]["record"][2]
    assert leid in {row["LEID"] for row in audience(sample, 1)["subscribed"]}
    assert leid in {row["LEID"] for row in audience(sample, 2)["unsubscribed"]}
    assert leid not in {row["LEID"] for row in audience(sample, 2)["subscribed"]}


def test_withdrawn_consent_comes_on_the_second_night(sample: Path) -> None:
    def ads(night: int) -> list[str]:
        rows = read(sample, f"night_{night}/consent/preferences_*.csv")
        email = "leonhard.vierthaler@home.example.com"
        return [r["status"] for r in rows if r["email"] == email and r["purpose"] == "ad_audiences"]

    assert (ads(1), ads(2)) == (["granted"], ["withdrawn"])


def test_order_refunded_later_is_delivered_again(sample: Path, cases: list[dict[str, Any]]) -> None:
    (case,) = (c for c in cases if c["trouble"] == "refund_later")
    name = case["people"][0][0][2]
    (before,) = (r for r in read(sample, "night_1/shop/orders_*") if r["Name"] == name and r["Total"])
    (after,) = (
        r for r in read(sample, "night_2/shop/orders_2026-05-05.csv") if r["Name"] == name and r["Total"]
    )
    assert (before["Refunded Amount"], before["Financial Status"]) == ("0.00", "paid")
    assert (after["Refunded Amount"], after["Financial Status"]) == (after["Total"], "refunded")


def test_second_night_has_new_people_and_purchases(sample: Path) -> None:
    contacts = [{r["Id"] for r in read(sample, f"night_{night}/crm/contacts_*.csv")} for night in (1, 2)]
    assert contacts[1] - contacts[0]
    assert read(sample, "night_2/till/transactions_*.csv")
    names = {r["Name"] for r in read(sample, "night_1/shop/orders_*")}
    assert {r["Name"] for r in read(sample, "night_2/shop/orders_2026-05-05.csv")} - names


def test_committed_sample_is_what_the_generator_writes(sample: Path) -> None:
    committed = Path(__file__).parents[3] / "data/samples"
    names = files_of(sample)
    _, different, missing = filecmp.cmpfiles(sample, committed, names, shallow=False)
    assert (different, missing) == ([], []), "regenerate with the command in data/samples/README.md"
