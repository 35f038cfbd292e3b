"""Which column of a stranger's file is what, by its header and by its values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.nightly.link_file.findings import refuse_too_few_columns
from cdp_pipeline.nightly.link_file.names import load_given_names
from cdp_pipeline.nightly.link_file.reading import read_file
from cdp_pipeline.nightly.link_file.recognition import recognise_file
from cdp_pipeline.nightly.link_file.records import RecognisedFile, create_records
from cdp_pipeline.nightly.link_file.roles import Role, parse_told
from cdp_pipeline.nightly.link_file.unread import unreadable_birth_dates

Recognise = Callable[..., RecognisedFile]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return load_project(tmp_path_factory.mktemp("any"))


@pytest.fixture
def engine(project: Project) -> Iterator[Engine]:
    with Engine.open() as opened:
        opened.create_schemas(["validate"])
        load_given_names(opened, project)
        yield opened


@pytest.fixture
def recognise(project: Project, engine: Engine, tmp_path: Path) -> Recognise:
    def recognised(
        text: str, *told: str, country: str = "DE", of_files: int = 1, encoding: str = "utf-8"
    ) -> RecognisedFile:
        path = tmp_path / "people.csv"
        path.write_text(text, encoding=encoding)
        given = read_file(project, path)
        return recognise_file(engine, given, parse_told(told), country, number=0, of_files=of_files)

    return recognised


def roles_of(file: RecognisedFile) -> dict[str, str | None]:
    return {column.header: column.role for column in file.columns}


def reasons_of(file: RecognisedFile) -> dict[str, str]:
    return {column.header: column.reason for column in file.columns if column.role is None}


def records_of(
    engine: Engine, project: Project, file: RecognisedFile, *columns: str
) -> list[tuple[object, ...]]:
    create_records(engine, [file], project.layouts["link_input"], "2100-01-01")
    return engine.fetch_all(f"select {', '.join(columns)} from validate.link_input order by line")


GERMAN = "Kundennr;Vorname;Nachname;Geburtsdatum;E-Mail;Handy;Straße;Hausnr;PLZ;Ort\n"
FEBRL = "rec_id,given_name,surname,street_number,address_1,address_2,suburb,postcode,state,date_of_birth,soc_sec_id\n"
FRENCH = "Prénom;Nom de famille;Né le;Courriel;Tél. portable;Adresse;Code postal;Ville\n"
SPANISH = (
    "ID cliente|Nombre|Primer apellido|Segundo apellido|Fecha nac|Móvil|Dirección|Número|C.P.|Población\n"
)
ITALIAN = "codice,nome,cognome,data nascita,indirizzo e-mail,cellulare,via,numero civico,cap,comune\n"
AMERICAN = (
    "CustomerID,First,MI,Last,DOB,Home Phone,Work Phone,EmailAddress,Address Line 1,City,State,ZIP Code\n"
)
HISTORICAL = "record_id,full_name,first_and_surname,first_name,surname,dob,birth_place,postcode_fake,gender\n"

HEADERS = {
    GERMAN: "record_id given_name family_name birth_date email phone street house_number postcode city",
    FEBRL: "record_id given_name family_name house_number street address_line_2 city postcode region birth_date -",
    FRENCH: "given_name family_name birth_date email phone street postcode city",
    SPANISH: "record_id given_name family_name second_family_name birth_date phone street house_number postcode city",
    ITALIAN: "record_id given_name family_name birth_date email phone street house_number postcode city",
    AMERICAN: "record_id given_name middle_name family_name birth_date phone phone email street city region postcode",
    HISTORICAL: "record_id full_name full_name given_name family_name birth_date - postcode gender",
}


@pytest.mark.parametrize(
    ("header", "roles"),
    HEADERS.items(),
    ids=["German", "FEBRL", "French", "Spanish", "Italian", "US", "historical"],
)
def test_headers_of_many_makers_say_what_a_column_is(recognise: Recognise, header: str, roles: str) -> None:
    found = roles_of(recognise(header))
    # Of no values the rest is left: a file of a header alone holds no attribute worth comparing.
    assert [role if role != "attribute" else "-" for role in found.values()] == roles.split()


def test_values_say_what_an_unknown_header_does_not(recognise: Recognise) -> None:
    rows = "".join(f"p{n}@mail.example,+49 30 12345{n},19{n}0-01-0{n}\n" for n in range(1, 9))
    assert list(roles_of(recognise(f"f1,f2,f3\n{rows}")).values()) == ["email", "phone", "birth_date"]


def test_dates_close_together_are_no_births(recognise: Recognise) -> None:
    rows = "".join(f"Anna,Berger,2026-01-0{n}\n" for n in range(1, 9))
    assert roles_of(recognise(f"first_name,last_name,when\n{rows}"))["when"] != "birth_date"


def test_one_wrong_value_in_twenty_changes_no_role(recognise: Recognise) -> None:
    rows = "".join(f"p{n}@mail.example\n" for n in range(19))
    assert roles_of(recognise(f"f1\n{rows}none\n")) == {"f1": "email"}
    assert roles_of(recognise(f"f1\n{rows}none\nnothing\n")) != {"f1": "email"}


def test_values_overrule_a_header_that_they_contradict(recognise: Recognise) -> None:
    file = recognise("mail,name,mobile\n" + "yes,1,no\nno,2,yes\nyes,3,no\n" * 30)
    assert not {"email", "full_name"} & set(roles_of(file).values())


def test_what_was_told_outranks_header_and_values(recognise: Recognise) -> None:
    text = "Mitglied,email,Spitzname\n7,a@mail.example,Sepp\n8,b@mail.example,Sepp\n"
    file = recognise(text, "Mitglied=record_id", "Spitzname=given_name", "email=ignore")
    assert roles_of(file) == {"Mitglied": "record_id", "email": None, "Spitzname": "given_name"}


@pytest.mark.parametrize("told", ["Mitglied", "Mitglied=member", "=email "])
def test_a_wrong_role_is_answered_with_the_right_ones(told: str) -> None:
    with pytest.raises(
        LandingFileError, match=r"say HEADER=ROLE\. Roles: record_id, source_system, given_name"
    ):
        parse_told([told])


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("customer_id,name\n1,Anna B\n2,Otto L\n", "record_id"),
        ("customer_id,name\n1,Anna B\n1,Otto L\n", None),
        ("customer_id,name\n1,Anna B\n,Otto L\n", None),
        ("kz,name\n" + "".join(f"A-{n},Anna B\n" for n in range(20)), "record_id"),
        ("age,name\n31,Anna B\n42,Otto L\n", None),
        ("ssn,name\n123,Anna B\n124,Otto L\n", None),
    ],
    ids=["unique", "repeated", "empty", "unknown header", "by chance", "a person's number"],
)
def test_a_record_id_tells_all_records_apart(recognise: Recognise, text: str, role: str | None) -> None:
    file = recognise(text)
    assert file.columns[0].role == role, file.columns[0]


def test_ids_may_repeat_in_another_system(recognise: Recognise) -> None:
    file = recognise("source,id,name\nweb,1,Anna B\nshop,1,Otto L\n")
    assert roles_of(file) == {"source": "source_system", "id": "record_id", "name": "full_name"}


def test_a_number_that_two_files_may_share_is_no_record_id(recognise: Recognise) -> None:
    text = "kz,name\n" + "".join(f"A-{n},Anna B\n" for n in range(20))
    assert roles_of(recognise(text))["kz"] == "record_id"
    assert roles_of(recognise(text, of_files=2))["kz"] == "attribute"


def test_records_without_an_id_are_told_by_their_content(
    recognise: Recognise, engine: Engine, project: Project
) -> None:
    text = "name,email\nAnna B,a@mail.example\nOtto L,o@mail.example\nAnna B,a@mail.example\n"
    keys = [key for (key,) in records_of(engine, project, recognise(text), "source_record_id")]
    assert len(set(keys)) == 3
    turned = "name,email\nOtto L,o@mail.example\nAnna B,a@mail.example\nAnna B,a@mail.example\n"
    again = [key for (key,) in records_of(engine, project, recognise(turned), "source_record_id")]
    assert set(again) == set(keys)
    assert engine.fetch_column("select delivered_id from main.given_record order by line") == ["2", "3", "4"]


BIRTHS = {
    "DOB\n03/02/1980\n12/25/1975\n": ["1980-03-02", "1975-12-25"],
    "DOB\n03/02/1980\n25/12/1975\n": ["1980-02-03", "1975-12-25"],
    "DOB\n19800302\n19751225\n": ["1980-03-02", "1975-12-25"],
    "DOB\n02.03.1980\n1975-12-25\n": ["1980-03-02", "1975-12-25"],
    "DOB\n02.03.45\n25.12.01\n": ["1945-03-02", "2001-12-25"],
    "DOB\n2 Mar 1980\n25 Dec 1975\n": ["1980-03-02", "1975-12-25"],
}


@pytest.mark.parametrize(("text", "dates"), BIRTHS.items())
def test_birth_dates_are_read_as_the_whole_column_writes_them(
    recognise: Recognise, engine: Engine, project: Project, text: str, dates: list[str]
) -> None:
    assert records_of(engine, project, recognise(text), "birth_date") == [(date,) for date in dates]


@pytest.mark.parametrize(("country", "date"), [("DE", "1980-02-03"), ("US", "1980-03-02")])
def test_the_country_decides_where_values_do_not(
    recognise: Recognise, engine: Engine, project: Project, country: str, date: str
) -> None:
    file = recognise("dob\n03/02/1980\n", country=country)
    assert records_of(engine, project, file, "birth_date") == [(date,)]
    assert "day or month first?" in file.columns[0].reason


def test_a_birth_date_that_is_none_is_counted_and_empty(
    recognise: Recognise, engine: Engine, project: Project
) -> None:
    file = recognise("name,dob\nA B,1980-02-30\nC D,00/00/0000\nE F,1980-02-28\nG H,\nI J,1981-01-05\n")
    assert unreadable_birth_dates(engine, file) == [2, 3]
    dates = [date for (date,) in records_of(engine, project, file, "birth_date")]
    assert dates == [None, None, "1980-02-28", None, "1981-01-05"]


def test_birth_years_alone_are_compared_as_text(recognise: Recognise) -> None:
    file = recognise("first_name,dob\nAnna,1980\nOtto,1980\nEva,1990\n")
    assert roles_of(file)["dob"] == "attribute"


def test_parts_of_names_and_streets_are_joined_in_the_files_order(
    recognise: Recognise, engine: Engine, project: Project
) -> None:
    text = (
        "first_name,middle name,last_name,street_number,address_1,address_2\n"
        "Anna,M.,Berger,8,Ring Road,Flat 2\n,M.,Lang,9,,\n"
    )
    columns = ("given_name", "family_name", "street", "attribute_1")
    assert records_of(engine, project, recognise(text), *columns) == [
        ("Anna M.", "Berger", "8 Ring Road", "address_2=Flat 2"),
        (None, "Lang", None, None),
    ]
    german = "Straße,Hausnr,Vorname\nRing,8,Anna\n"
    assert records_of(engine, project, recognise(german), "street") == [("Ring 8",)]
    second_line = "Adresse,Adresszusatz,Vorname\nRing,8a,Anna\nUfer 1,8a,Otto\n"
    assert records_of(engine, project, recognise(second_line), "street") == [("Ring 8a",), ("Ufer 1",)]


@pytest.mark.parametrize(
    ("country", "place", "parted"),
    [
        ("DE", "70173 Stuttgart", ("70173", "Stuttgart")),
        ("CH", "CH-8001 Zürich", ("8001", "Zürich")),
        ("NL", "1012 AB Amsterdam", ("1012 AB", "Amsterdam")),
        ("DE", "Stuttgart", (None, "Stuttgart")),
    ],
)
def test_postcode_and_city_in_one_column_are_parted(
    recognise: Recognise, engine: Engine, project: Project, country: str, place: str, parted: tuple[str, str]
) -> None:
    file = recognise(f"Name,PLZ/Ort\nAnna B,{place}\n", country=country)
    assert records_of(engine, project, file, "postcode", "city") == [parted]
    beside = recognise(f"Name,PLZ,Ort\nAnna B,99999,{place}\n", country=country)
    assert records_of(engine, project, beside, "postcode", "city") == [("99999", place)]


def test_a_full_name_fills_what_its_parts_leave_empty(
    recognise: Recognise, engine: Engine, project: Project
) -> None:
    text = "full name,first name,last name\nAnna Maria Berger,,Berger\nOtto Lang,Otto,\nEva Klein,Ev,Kleen\nUwe Ohm,,\n"
    columns = ("given_name", "family_name", "full_name")
    assert records_of(engine, project, recognise(text), *columns) == [
        ("Anna Maria", "Berger", "Anna Maria Berger"),
        ("Otto", "Lang", "Otto Lang"),
        ("Ev", "Kleen", "Eva Klein"),
        (None, None, "Uwe Ohm"),
    ]


@pytest.mark.parametrize(
    ("country", "name"), [("ES", ("María", "García López")), ("DE", (None, None))], ids=["Spain", "Germany"]
)
def test_two_family_names_stay_together_where_people_have_two(
    recognise: Recognise, engine: Engine, project: Project, country: str, name: tuple[str | None, str | None]
) -> None:
    file = recognise("name,email\nMaría García López,m@mail.example\n", country=country)
    assert records_of(engine, project, file, "given_name", "family_name") == [name]


def test_each_email_and_phone_column_is_a_contact_point(
    recognise: Recognise, engine: Engine, project: Project
) -> None:
    text = "email,email_2,phone 1,work phone\na@mail.example,b@mail.example,030 1234567,030 7654321\n"
    columns = ("email", "email_2", "phone", "phone_2")
    assert records_of(engine, project, recognise(text), *columns) == [
        ("a@mail.example", "b@mail.example", "030 1234567", "030 7654321")
    ]


REST = (
    "first_name,birth_place,occupation,country of birth,newsletter,created_at,picture,batch,notes,entity_id,balance"
    ",empty\n"
    + "Anna,Ulm,baker,DE,yes,2026-01-01 10:00,/img/a.png,7,she asked us twice to call her back later,1,1.50,\n"
    + "Otto,Ulm,cook,DE,no,2026-01-02 10:00,/img/b.png,7,he wants to know more about the new shoes,1,2.50,\n"
    + "Eva,Bonn,cook,AT,no,2026-01-02 11:00,/img/c.png,7,the parcel never came and she was angry,2,2.75,\n"
)


def test_what_else_is_said_of_a_person_is_an_attribute_and_the_rest_is_left_out_by_name(
    recognise: Recognise, engine: Engine, project: Project
) -> None:
    file = recognise(REST)
    assert file.attributes == ["birth_place", "occupation", "country_of_birth"]
    assert reasons_of(file) == {
        "newsletter": "an answer about consent",
        "created_at": "of the record, not of a person",
        "picture": "file paths",
        "batch": "the same in every record",
        "notes": "free text",
        "entity_id": "of the record, not of a person",
        "balance": "amounts",
        "empty": "empty",
    }
    assert records_of(engine, project, file, "attribute_1", "attribute_2")[0] == (
        "birth_place=Ulm",
        "occupation=baker",
    )


def test_there_are_never_more_attributes_than_places(recognise: Recognise) -> None:
    header = ",".join(f"trait_{chr(97 + n)}" for n in range(15))
    rows = "".join(",".join(f"{chr(97 + n)}{row % (n + 2)}x" for n in range(15)) + "\n" for row in range(40))
    file = recognise(f"{header}\n{rows}")
    assert len(file.attributes) == 12
    assert list(reasons_of(file)) == ["trait_a", "trait_b", "trait_c"]


def test_a_file_that_says_too_little_of_anybody_is_refused_with_the_remedy(recognise: Recognise) -> None:
    file = recognise("source_record_id,email,x\n1,a@mail.example,7\n2,b@mail.example,7\n")
    with pytest.raises(
        LandingFileError, match=r"too few .*\(email as email\): linking needs 2.*--column x=full_name"
    ):
        refuse_too_few_columns([file])


def test_letters_of_older_encodings_are_read(recognise: Recognise, engine: Engine, project: Project) -> None:
    file = recognise("Prénom;Nom\nZoé;Lefèvre\n", encoding="cp1252")
    assert records_of(engine, project, file, "given_name", "family_name") == [("Zoé", "Lefèvre")]


def test_every_role_can_be_told() -> None:
    assert parse_told([f"x {role}={role}" for role in Role]) == {f"x {role}": role for role in Role}
