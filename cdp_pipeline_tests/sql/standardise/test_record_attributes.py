"""Further columns of a stranger's file, as text to compare; and birth dates of other centuries."""

from __future__ import annotations

from cdp_pipeline_tests.warehouse import Row, rows_of

RECORD: Row = {"source_record_id": "1", "given_name": "Anna"}
COLUMNS = ["source_record_id", "attribute", "attribute_value"]


def test_an_attribute_is_folded_text() -> None:
    record = {**RECORD, "attribute_1": "birth_place=  Saint-Étienne\u00a0 (Loire)", "attribute_12": "job=a=B"}
    assert rows_of("record_attribute", given={"link_input": [record]}, columns=COLUMNS) == [
        ("1", "birth_place", "saint-etienne (loire)"),
        ("1", "job", "a=b"),
    ]


def test_words_for_nothing_are_no_value() -> None:
    values = ["", " ", "N/A", "unknown", "xxx", "000000", "--", "Bäcker"]
    records = [{"source_record_id": str(n), "attribute_1": f"job={value}"} for n, value in enumerate(values)]
    assert rows_of("record_attribute", given={"link_input": records}, columns=COLUMNS) == [
        ("7", "job", "backer")
    ]


def test_gender_is_written_in_one_way_where_its_word_is_known() -> None:
    words = {"1": "F", "2": "Frau Dr.", "3": "homme", "4": "Unbek."}
    records = [{"source_record_id": key, "gender": word} for key, word in words.items()]
    assert rows_of("record_attribute", given={"link_input": records}, columns=COLUMNS) == [
        ("1", "gender", "female"),
        ("2", "gender", "female"),
        ("3", "gender", "male"),
        ("4", "gender", "unbek."),
    ]


def test_a_project_without_such_files_has_no_attributes() -> None:
    assert rows_of("record_attribute", given={}, columns=COLUMNS) == []


def test_early_birth_dates_stay_where_a_source_lists_people_of_those_days() -> None:
    painters = [{"source_record_id": f"p{n}", "birth_date": f"18{n}-02-03"} for n in range(10, 30)]
    customers = [{"source_record_id": f"c{n}", "birth_date": "1980-02-03"} for n in range(20)]
    placeholders = [{"source_record_id": f"x{n}", "birth_date": "1899-12-30"} for n in range(30)]
    for records, kept in ((painters, 20), (painters[:19], 0), ([*customers, *placeholders], 20)):
        rows = rows_of("customer_record", given={"link_input": records}, columns=["birth_date"])
        assert sum(date is not None for (date,) in rows) == kept
