"""Headers of a stranger's file that stand below titles, twice, or say nothing; and what helps where one is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.inspection.header_row import header_below_titles
from cdp_pipeline.nightly.link_file.names import load_given_names
from cdp_pipeline.nightly.link_file.reading import GivenFile, read_file
from cdp_pipeline.nightly.link_file.recognition import recognise_file
from cdp_pipeline.nightly.link_file.roles import Role, TakenColumn, parse_told, refuse_unknown_headers
from cdp_pipeline.nightly.link_file.seeds import country_code

TITLES = ["TSV Ulm 1899 e.V.;;;", "", "Mitglieder, Stand 1.4.2026;;;"]
TABLE = ["Mitglied;geb.;Telefon;Mail", "Berger, Anna;03.02.1980;0731 1234;a@mail.example", "Lang, Otto;;;"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return load_project(tmp_path_factory.mktemp("any"))


@pytest.fixture
def read(project: Project, tmp_path: Path) -> Callable[..., GivenFile]:
    def reading(
        content: bytes | list[str], name: str = "people.csv", header_row: int | None = None
    ) -> GivenFile:
        path = tmp_path / name
        path.write_bytes(
            content if isinstance(content, bytes) else "\r\n".join([*content, ""]).encode("cp1252")
        )
        return read_file(project, path, header_row)

    return reading


def workbook(rows: list[str], merged: int | None = None) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row.split(";"))
        if merged is not None:
            sheet.merge_range(merged, 0, merged, 3, "Mitglieder")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "row"),
    [
        ([*TITLES, *TABLE], "people.csv", 4),
        (["Mitglieder des TSV Ulm", *TABLE], "people.csv", 2),
        (["sep=;", "Mitglieder", *TABLE], "people.csv", 3),
        (["Person;;Kontakt;", *TABLE], "people.csv", 2),
        (workbook([*TITLES, *TABLE]), "people.xlsx", 4),
        (workbook(["", *TABLE], merged=0), "people.xlsx", 2),
        (TABLE, "people.csv", None),
        (workbook(TABLE), "people.xlsx", None),
    ],
    ids=[
        "titles",
        "one title",
        "separator told",
        "groups",
        "workbook",
        "merged",
        "none",
        "none in a workbook",
    ],
)
def test_the_header_is_found_below_titles(
    read: Callable[..., GivenFile], content: bytes | list[str], name: str, row: int | None
) -> None:
    given = read(content, name)
    assert given.inspection.header == ["Mitglied", "geb.", "Telefon", "Mail"]
    assert given.inspection.header_row == row
    assert given.records["line"].to_pylist() == [(row or 1) + 1, (row or 1) + 2]
    assert given.records["mitglied"].to_pylist() == ["Berger, Anna", "Lang, Otto"]


@pytest.mark.parametrize(
    "content",
    [
        # A first row half as wide, and below it a record or a second name: nobody can tell.
        ["Name;Ort;Mail;", "Anna B;Ulm;a@mail.example;1", "Otto L;Ulm;o@mail.example;2"],
        ["Name;;;", "Anna;a@mail.example;0731 1234;7", "Otto;o@mail.example;0731 9876;8"],
    ],
)
def test_an_unclear_header_is_not_guessed(read: Callable[..., GivenFile], content: list[str]) -> None:
    assert read(content).inspection.header_row is None


def test_a_row_that_stray_separators_widen_is_no_header() -> None:
    rows = [["Name", "Mail"], *[["Anna B", "a@mail.example"]] * 8, ["Otto", "B", "u", "x", "y"]]
    assert header_below_titles(list(enumerate(rows, start=1))) is None
    assert header_below_titles([(1, ["Members", ""]), *enumerate(rows[:3], start=2)]) == 2


def test_the_row_of_the_header_can_be_told(read: Callable[..., GivenFile]) -> None:
    lines = ["Verein;TSV;Ulm;", "Name;Ort;Mail;Nr", "Anna B;Ulm;a@mail.example;1"]
    assert read(lines).inspection.header == ["Verein", "TSV", "Ulm"]
    assert read(lines, header_row=2).inspection.header == ["Name", "Ort", "Mail", "Nr"]


@pytest.mark.parametrize(
    ("content", "name", "header_row", "message"),
    [
        (b"", "people.csv", None, "not even a header. Save it again in the program that wrote it."),
        (b'name,mail\n"Anna B,a@mail.example\n', "people.csv", None, "told apart. Save it again"),
        (
            b"name,mail\nAnna,7,8\n",
            "people.csv",
            None,
            "If the columns' names stand further down, say where: --header-row N",
        ),
        (TABLE, "people.csv", 9, "ends before row 9, .* Give --header-row another number."),
        (workbook(TABLE), "people.xlsx", 9, "ends before row 9, .* Give --header-row another number."),
        (TABLE, "people.csv", 2, "its row 2 looks like data"),
    ],
)
def test_a_refusal_tells_what_helps_with_a_file_of_ones_own(
    read: Callable[..., GivenFile],
    content: bytes | list[str],
    name: str,
    header_row: int | None,
    message: str,
) -> None:
    with pytest.raises(LandingFileError, match=message) as caught:
        read(content, name, header_row)
    assert "config/layouts" not in str(caught.value)
    assert "new export" not in str(caught.value)


def test_a_folder_is_no_file(project: Project, tmp_path: Path) -> None:
    with pytest.raises(LandingFileError, match="is a folder"):
        read_file(project, tmp_path)


def test_a_header_that_stands_twice_can_be_told_by_nobody(read: Callable[..., GivenFile]) -> None:
    given = read(["Name;Phone;Phone;E-Mail", "Anna B;1;2;a@mail.example"])
    assert given.inspection.header == ["Name", "E-Mail"]
    for told, message in (
        ("Phone=phone", "--column Phone: more than one column is headed so"),
        ("email=email", "no such header in .* Did you mean 'E-Mail'"),
    ):
        with pytest.raises(LandingFileError, match=message):
            refuse_unknown_headers(parse_told([told]), [given.inspection])


def test_the_nearest_role_is_named() -> None:
    with pytest.raises(LandingFileError, match=r"Did you mean Post=email\? Roles:"):
        parse_told(["Post=mail"])


@pytest.mark.parametrize(
    ("told", "code"),
    [("de", "DE"), ("Germany", "DE"), ("Österreich", "AT"), (" UK ", "GB"), ("España", "ES")],
)
def test_a_country_may_be_named(project: Project, told: str, code: str) -> None:
    assert country_code(project, told) == code


@pytest.mark.parametrize(
    ("told", "guess"), [("Germny", r"Did you mean DE \(germany\)"), ("XQ", "no country")]
)
def test_an_unknown_country_is_refused(project: Project, told: str, guess: str) -> None:
    with pytest.raises(LandingFileError, match=guess):
        country_code(project, told)


GIVEN = ["Anna", "Otto", "Eva", "Max", "Lena"]
FAMILY = ["Berger", "Lang", "Kleinert", "Ohm", "van Dyk", "Rot", "Uhl"]
PEOPLE = [f"{given} {family}" for given in GIVEN for family in FAMILY]
FOREIGN = [
    f"{given} {family}"
    for given in ("Wanjiru", "Otieno", "Chebet")
    for family in map(str.title, map("x{}o".format, "abcdefghijklm"))
]
STREETS = [
    f"{name} {kind}"
    for kind in ("Road", "Lane")
    for name in ("Victoria", "Mill", "High", "New", "Park", "Hill", "Bay", "Elm", "Ash", "Fox")
]
COMPANIES = [
    f"{name} {kind}"
    for kind in ("Ltd", "Foods", "Inc")
    for name in ("Holwell", "Ashby", "Crane", "Dunmore", "Elgin", "Farley", "Garth")
]
PRODUCTS = [f"{letter}ol {letter}esta" for letter in "ABCDEFGHIJKLMNOPQRSTUV"]
JOBS = ["Managing Director", "Head of Sales", "Buyer", "Key Account Manager"] * 10


@pytest.fixture
def roles(read: Callable[..., GivenFile], project: Project) -> Callable[..., dict[str, Role | None]]:
    def recognised(columns: dict[str, list[str]], *told: str) -> dict[str, Role | None]:
        rows = zip(*columns.values(), strict=False)
        given = read([";".join(columns), *map(";".join, rows)])
        with Engine.open() as engine:
            load_given_names(engine, project)
            found: list[TakenColumn] = recognise_file(
                engine, given, parse_told(told), "DE", number=0, of_files=1
            ).columns
        return {column.header: column.role for column in found}

    return recognised


@pytest.mark.parametrize(
    "values",
    [
        PEOPLE,
        [name.upper() for name in PEOPLE],
        [", ".join(reversed(name.split(" ", 1))) for name in PEOPLE],
        [f"Frau Dr. {name}" for name in PEOPLE],
        [f"{name[:4]} & {name}" for name in PEOPLE],
        FOREIGN,
        [*PEOPLE, "Anna", "info 7", "Ohm GmbH & Co"],
    ],
    ids=[
        "given name first",
        "capitals",
        "family name first",
        "titles",
        "couples",
        "names that no list has",
        "some are none",
    ],
)
def test_a_column_of_names_is_known_by_its_values(
    roles: Callable[..., dict[str, Role | None]], values: list[str]
) -> None:
    numbers = [str(n) for n in range(len(values))]
    assert roles({"Nr": numbers, "Donor": values})["Donor"] is Role.FULL_NAME


@pytest.mark.parametrize(
    "values",
    [STREETS, COMPANIES, PRODUCTS, [], JOBS, ["Berger", "Lang"] * 20, ["Leeds Central", "Bath Spa"] * 20],
)
def test_other_words_are_no_names(roles: Callable[..., dict[str, Role | None]], values: list[str]) -> None:
    assert roles({"Donor": values})["Donor"] is not Role.FULL_NAME


def test_names_of_others_are_not_the_persons(roles: Callable[..., dict[str, Role | None]]) -> None:
    doctors = ["Anna Berger", "Otto Lang"] * 20
    assert roles({"Doctor": doctors, "Spouse": PEOPLE, "Patient": PEOPLE[::-1]}) == {
        "Doctor": Role.ATTRIBUTE,
        "Spouse": None,
        "Patient": Role.FULL_NAME,
    }
    assert roles({"Doctor": doctors})["Doctor"] is not Role.FULL_NAME


def test_values_never_outrank_a_header_or_the_user(roles: Callable[..., dict[str, Role | None]]) -> None:
    assert roles({"Donor": PEOPLE, "Name": PEOPLE})["Donor"] is not Role.FULL_NAME
    assert roles({"Donor": PEOPLE}, "Donor=attribute")["Donor"] is Role.ATTRIBUTE


def test_a_remark_in_brackets_changes_no_header(roles: Callable[..., dict[str, Role | None]]) -> None:
    found = roles(
        {"Phone (home)": ["0731 1234", "12 34"], "E-mail [1]": ["a@mail.example", "b@mail.example"]}
    )
    assert list(found.values()) == [Role.PHONE, Role.EMAIL]
