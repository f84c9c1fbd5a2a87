"""Files as offices send them: read as they are, or refused with the line, and never half."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triskel.chassis.testing import outbox_events
from triskel.contracts import registry as said
from triskel.contracts.codes import Role
from triskel.contracts.refusals import Invalid
from triskel.registry.imports.gateways import dutch, french, template
from triskel.registry.imports.gateways.directories import read
from triskel.registry.imports.gateways.entries import Entry

FILES = Path(__file__).parent / "data" / "files"


def file(name: str) -> bytes:
    return (FILES / f"{name}.csv").read_bytes()


def entries(name: str, dataset: str = "fr-annuaire") -> dict[str | None, Entry]:
    return {entry.identifier: entry for entry in read(dataset, file(name))}


def rules(entry: Entry) -> list[str]:
    return [remark["rule"] for remark in entry.remarks]


async def schools(platform: Any) -> list[dict[str, Any]]:
    path = "/v1/organisations?kind=school&limit=200"
    answer = await platform.client.get(path, headers=platform.who(Role.COORDINATOR))
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_a_quote_that_is_not_closed_refuses_the_file_and_closes_no_school(
    platform: Any, imported: Any
) -> None:
    assert (await imported(file("a01-whole")))["created"] == 6
    known, spoken = await schools(platform), await platform.said()
    report = await imported(file("a01-unclosed-quote"), max_closed=10)
    assert (report["state"], report["rows"], report["closed"]) == ("failed", 0, 0)
    assert report["failure"]["rule"] == "file-malformed"
    assert "Line 3:" in report["failure"]["detail"]
    assert await schools(platform) == known
    assert await platform.said() == spoken


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda lines: [*lines[:4], lines[4].rpartition(b";")[0], *lines[5:]],
        lambda lines: [*lines[:4], lines[4] + b";", *lines[5:]],
        lambda lines: [*lines[:4], lines[4].replace(b"OUVERT", b'"OUV\r\nERT"'), *lines[5:]],
        lambda lines: [*lines[:4], lines[4][:20]],
    ],
    ids=["narrower", "wider", "line break in a state", "cut off"],
)
async def test_a_row_of_another_shape_refuses_the_file_before_anything_is_written(
    platform: Any, imported: Any, spoilt: Any
) -> None:
    report = await imported(b"\r\n".join(spoilt(file("a01-whole").split(b"\r\n"))))
    assert (report["state"], report["created"]) == ("failed", 0)
    assert "Line 5:" in report["failure"]["detail"]
    assert await outbox_events(platform.app.state.database) == []


async def test_a_register_in_which_a_school_cannot_be_told_closes_none(
    platform: Any, imported: Any
) -> None:
    whole = file("a01-whole")
    await imported(whole)
    unclear = whole.replace(b"0350103X", b"0350103?")
    report = await imported(unclear, max_closed=10)
    assert (report["state"], report["failure"]["rule"]) == ("failed", "register-not-whole")
    assert "Line 5 " in report["failure"]["detail"]
    # without closing it is one row that is refused
    assert (await imported(unclear))["refused"] == 1
    assert all(school["open"] for school in await schools(platform))


@pytest.mark.parametrize(
    ("name", "encoding", "separator"),
    [
        ("a02-excel-sep", "utf-8", "semicolon"),
        ("a03-cp1252", "windows-1252", "semicolon"),
        ("a03-utf-16", "utf-16", "semicolon"),
        ("a03b-tabs", "utf-8", "tab"),
    ],
)
async def test_the_report_tells_how_a_file_was_written(
    platform: Any, imported: Any, name: str, encoding: str, separator: str
) -> None:
    report = await imported(file(name))
    assert (report["created"], report["encoding"], report["separator"]) == (1, encoding, separator)
    (school,) = await schools(platform)
    assert school["names"]["fr"] in ("Collège Éole", "Collège des Essais")


def test_a_dutch_sites_number_may_stand_in_a_column_of_its_own() -> None:
    found = entries("a04-duo-number-apart", "nl-duo")
    assert found.keys() == {"00ZZ00", "00ZZ01"}
    assert not any(entry.refusals for entry in found.values())


def test_a_dutch_sites_rows_may_stand_apart() -> None:
    head = "VESTIGINGSCODE;INSTELLINGSNAAM VESTIGING;ONDERWIJSTYPE VO\n"
    rows = ("00AA00;A;VMBO\n", "00BB00;B;VMBO\n", "00AA00;A;HAVO\n")
    found = list(read("nl-duo", (head + "".join(rows)).encode()))
    assert [entry.details["levels"] for entry in found] == [["2", "3"], ["2"], ["2", "3"]]


def test_a_siret_is_read_where_its_digits_are_left_and_told_where_they_are_lost() -> None:
    found = entries("a06-sirets")
    units = {code: entry.details["legal_unit"] for code, entry in found.items()}
    lost = units.pop("0350204G")
    assert {unit["value"] for unit in units.values()} == {"73282932000074"}
    assert lost is None
    assert rules(found["0350204G"]) == ["digits-lost"]
    assert rules(found["0350203F"]) == ["cell-put-right"]
    assert not any(entry.refusals for entry in found.values())


def test_coordinates_that_are_none_are_told_and_swapped_ones_are_turned() -> None:
    found = entries("a07-coordinates")
    told = {entry.details["names"]["fr"].split()[1]: entry for entry in found.values()}
    rennes = {"latitude": 48.11, "longitude": -1.67}
    assert {name: (entry.details["position"], rules(entry)) for name, entry in told.items()} == {
        "swapped": (rennes, ["position-turned"]),
        "zero": (None, ["position-zero"]),
        "lambert93": (None, ["position-lambert-93"]),
        "comma": (rennes, []),
        "blank": (None, []),
        "half": (None, ["cell-unreadable"]),
        "nan": (None, ["cell-unreadable"]),
    }


def test_the_types_of_the_geolocated_edition_are_schools_with_their_levels() -> None:
    found = [*entries("a08-geolocated").values()]
    assert {entry.details["kind"] for entry in found} == {"school"}
    levels = ["".join(entry.details["levels"]) for entry in found]
    assert levels == ["1", "0", "2", "3", "3", "23", "23", "3", "2", "3", "23", "3"]


def test_a_school_that_will_open_is_not_open_and_one_that_will_close_is() -> None:
    found = entries("a09-states")
    states = [entry.open is not False for entry in found.values()]  # null: not told
    assert states == [True, False, False, True, False, True, False, True, False]
    assert not any(entry.remarks for entry in found.values())


def test_pupils_are_read_as_people_write_them_and_left_out_where_nobody_can() -> None:
    found = entries("a11-pupils")
    assert [entry.details["pupils"] for entry in found.values()] == [312, 1204, None]
    assert rules(found["0350802G"]) == ["cell-unreadable"]
    assert not any(entry.refusals for entry in found.values())


def test_a_name_is_on_one_line() -> None:
    content = file("a11-pupils").replace(b";A;", b';"Coll\xc3\xa8ge\r\ndes  Essais";')
    first = next(iter(read("fr-annuaire", content)))
    assert first.details["names"] == {"fr": "Collège des Essais"}


async def test_a_cell_that_cannot_be_read_leaves_what_is_known_and_is_told_in_the_report(
    platform: Any, imported: Any
) -> None:
    whole = file("a01-whole").replace(b";;48.11", b";73282932000074;48.11")
    await imported(whole)
    known = await schools(platform)
    for old, new in (
        (b"73282932000074", b"NR"),
        (b";48.11;-1.67;", b";0;0;"),
        (b";312;", b";NC;"),
        (b";OUVERT;", b";?!x;"),
    ):
        report = await imported(whole.replace(old, new))
        assert (report["unchanged"], report["remarked"], report["refused"]) == (6, 6, 0), new
    assert await schools(platform) == known
    path = f"/v1/imports/{report['id']}/lines.csv"
    table = (await platform.client.get(path, headers=platform.who(Role.COORDINATOR))).text
    assert table.count("cell-unreadable") == 6


HEADS = {
    "fr-annuaire": (
        *french.REQUIRED,
        *("siren_siret", "latitude", "longitude", "nombre_d_eleves", "etat", "adresse_1", "mail"),
    ),
    "nl-duo": ("BRIN NUMMER", *(dutch.ALIASES[name][0] for name in dutch.REQUIRED), "STRAATNAAM"),
    "triskel-template": template.COLUMNS,
}
CELLS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            *("0350024L", "00AB01", "00AB", "1", "school", "company", "uai", "siren", "FR", "fr"),
            *("732829320", "1e400", "-inf", "1_0", "٣", "0", "48,1", "9" * 400, "OUVERT", '"'),
            *("a@b.example", "x" * 3000, "2 3", "Ecole", "SECTION .. ADAPTE"),
        ]
    ),
)


@given(st.data(), st.sampled_from(sorted(HEADS)))
def test_any_cells_make_a_report_and_what_is_kept_can_be_said(data: Any, dataset: str) -> None:
    head = HEADS[dataset]
    table = data.draw(st.lists(st.lists(CELLS, min_size=len(head), max_size=len(head)), max_size=4))
    text = "\n".join(";".join(row) for row in [list(head), *table])
    try:
        found = list(read(dataset, text.encode("utf-8")))
    except Invalid as why:
        assert why.sentence
        return
    for entry in found:
        if entry.refusals:
            continue
        details = entry.details
        for part, model in (("address", said.Address), ("position", said.Position)):
            assert details[part] is None or model.model_validate(details[part])
        assert details["pupils"] is None or details["pupils"] >= 0
        (name,) = details["names"].values()
        assert 0 < len(name) <= 200
        assert all(len(value) <= 200 for value in details["address"].values() if value)


@given(st.binary(), st.sampled_from(sorted(HEADS)), st.booleans())
def test_any_bytes_as_a_file_are_a_report_or_a_refusal(
    content: bytes, dataset: str, headed: bool
) -> None:
    head = ";".join(HEADS[dataset]).encode() + b"\n" if headed else b""
    try:
        for entry in read(dataset, head + content):
            assert entry.refusals or entry.identifier
    except Invalid as why:
        assert why.rule
