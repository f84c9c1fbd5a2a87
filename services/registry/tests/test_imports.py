"""Directories of any country: each site once, what is gone is closed, every row accounted for."""

import csv
import io
from collections import defaultdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.event import listen, remove

from triskel.chassis.testing import ApiClient, Tokens, outbox_events
from triskel.contracts.codes import Role
from triskel.registry.imports import jobs

FRENCH = files("triskel.cli") / "data" / "fr-annuaire-education-ille-et-vilaine-2023.csv"
DUTCH = Path(__file__).parent / "data" / "nl-duo-examenkandidaten-2019-2024-first-rows.csv"


@pytest.fixture
def tokens() -> Tokens:
    """Of two regions that share a deployment."""
    return Tokens("https://issuer.test", "FRH0", "NL")


@pytest.fixture
def settings_more() -> dict[str, Any]:
    return {"regions": ("FRH0", "NL")}


def without(content: bytes, *codes: str) -> bytes:
    """The directory as it would be without these establishments."""
    lines = content.split(b"\r\n")
    gone = tuple(code.encode() for code in codes)
    return b"\r\n".join(line for line in lines if not any(code in line for code in gone))


async def test_a_dutch_site_with_many_rows_becomes_one_school_that_teaches_what_any_row_says(
    client: ApiClient, tokens: Tokens, imported: Any
) -> None:
    # an independent reading of the file
    types: dict[str, set[str]] = defaultdict(set)
    rows = list(csv.DictReader(io.StringIO(DUTCH.read_text(encoding="utf-8-sig")), delimiter=";"))
    for row in rows:
        types[row["VESTIGINGSCODE"]].add(row["ONDERWIJSTYPE VO"])
    imported.region = "NL"
    report = await imported(DUTCH.read_bytes(), "nl-duo")
    assert (report["rows"], report["created"]) == (len(rows), len(types))
    assert report["unchanged"] == len(rows) - len(types)
    events = await outbox_events(client.app.state.database)  # type: ignore[attr-defined]
    schools = {e.aggregate.identifiers[0].value: e.aggregate for e in events}  # type: ignore[attr-defined]
    assert schools.keys() == types.keys()
    for code, school in schools.items():
        upper = any("HAVO" in kind or "VWO" in kind for kind in types[code])
        assert school.levels == (("2", "3") if upper else ("2",)), code
        assert school.address.country == "NL"
    again = await imported(DUTCH.read_bytes(), "nl-duo")
    assert (again["created"], again["changed"]) == (0, 0)


async def test_another_years_spelling_of_the_dutch_columns_is_understood(
    client: ApiClient, tokens: Tokens, imported: Any
) -> None:
    sites = (
        "VESTIGINGSNUMMER;VESTIGINGSNAAM;STRAATNAAM;HUISNUMMER-TOEVOEGING;POSTCODE;PLAATSNAAM;"
        "ONDERWIJSSTRUCTUUR\n02VG01;Lyceum aan Zee;Drs. F. Bijlweg;10;1784MC;DEN HELDER;HAVO/VWO\n"
    )
    imported.region = "NL"
    assert (await imported(sites.encode(), "nl-duo"))["created"] == 1
    found = await client.get(
        "/v1/organisations?q=lyceum aan zee", headers=tokens.bearer(Role.TEACHER)
    )
    (school,) = found.json()["items"]
    assert school["address"]["street"] == "Drs. F. Bijlweg 10"
    answer = await imported.send(b"NAAM;PLAATS\nx;y\n", "nl-duo")
    assert answer.status_code == 422
    assert "vestigingscode" in answer.json()["detail"]


async def test_a_dutch_school_without_its_site_is_refused_with_the_rule(
    client: ApiClient, tokens: Tokens, imported: Any
) -> None:
    content = b"VESTIGINGSCODE;INSTELLINGSNAAM VESTIGING;ONDERWIJSTYPE VO\n00AH;Zonder;HAVO\n"
    report = await imported(content, "nl-duo")
    assert (report["created"], report["refused"]) == (0, 1)
    path = f"/v1/imports/{report['id']}/lines?outcome=refused"
    (line,) = (await client.get(path, headers=tokens.bearer(Role.COORDINATOR))).json()["items"]
    assert line["refusals"][0]["rule"] == "site-missing"


async def test_schools_that_are_gone_from_the_register_are_closed_and_never_deleted(
    client: ApiClient, tokens: Tokens, imported: Any
) -> None:
    whole = FRENCH.read_bytes()
    await imported(whole)
    later = without(whole, "0350024L", "0350026N")
    dry = await imported(later, max_closed=5, dry_run=True)
    assert (dry["closed"], dry["changed"]) == (2, 0)
    done = await imported(later, max_closed=5)
    assert (done["closed"], done["changed"], done["created"]) == (2, 0, 0)
    assert (await imported(later, max_closed=5))["closed"] == 0
    events = await outbox_events(client.app.state.database)  # type: ignore[attr-defined]
    closed = [e for e in events if e.event_type().endswith("organisation-closed.v1")]
    assert {(e.aggregate.version, e.aggregate.open) for e in closed} == {(2, False)}  # type: ignore[attr-defined]
    # back in the register: open again
    assert (await imported(whole, max_closed=5))["changed"] == 2


async def test_a_file_that_does_not_say_it_is_whole_closes_nothing(
    client: ApiClient, tokens: Tokens, imported: Any
) -> None:
    whole = FRENCH.read_bytes()
    await imported(whole)
    assert (await imported(without(whole, "0350024L")))["closed"] == 0


async def test_a_file_that_was_cut_off_closes_nothing_and_changes_nothing(
    client: ApiClient, tokens: Tokens, imported: Any
) -> None:
    whole = FRENCH.read_bytes()
    await imported(whole)
    half = b"\r\n".join(whole.split(b"\r\n")[:500])
    report = await imported(half, max_closed=20)
    assert report["state"] == "failed"
    assert report["failure"]["rule"] == "too-many-would-close"
    assert (report["rows"], report["changed"], report["closed"]) == (0, 0, 0)
    found = await client.get(
        "/v1/organisations?open=false&limit=200", headers=tokens.bearer(Role.TEACHER)
    )
    assert not any(item["version"] > 1 for item in found.json()["items"])


async def test_a_whole_register_of_one_area_leaves_the_others_alone(
    client: ApiClient, tokens: Tokens, imported: Any
) -> None:
    head, first, *rest = FRENCH.read_bytes().split(b"\r\n")
    await imported(b"\r\n".join([head, *rest]))
    column = head.decode("utf-8-sig").split(";").index("Code_departement")
    moved = first.split(b";")
    moved[column] = b"029"  # Finistère
    report = await imported(b"\r\n".join([head, b";".join(moved)]), max_closed=0)
    assert (report["created"], report["closed"]) == (1, 0)


async def test_the_report_of_an_import_can_be_downloaded_with_before_and_after(
    client: ApiClient, tokens: Tokens, imported: Any
) -> None:
    whole = FRENCH.read_bytes()
    await imported(whole)
    renamed = without(whole, "0350026N").replace("Lycée Emile Zola".encode(), b"=HYPERLINK(1)")
    assert renamed.count(b"=HYPERLINK") == 1
    report = await imported(renamed, max_closed=5)
    path = f"/v1/imports/{report['id']}/lines.csv"
    answer = await client.get(path, headers=tokens.bearer(Role.COORDINATOR))
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    outcomes = [row["outcome"] for row in rows]
    assert outcomes.count("unchanged") == report["unchanged"]
    (changed,) = [row for row in rows if row["outcome"] == "changed"]
    assert changed["identifier"] == "0350024L"
    assert "Emile Zola" in changed["before"]
    (closed,) = [row for row in rows if row["outcome"] == "closed"]
    assert (closed["identifier"], closed["before"], closed["after"]) == (
        "0350026N",
        "true",
        "false",
    )
    assert (await client.get(path, headers=tokens.bearer(Role.TEACHER))).status_code == 403


async def test_a_cell_of_the_report_cannot_be_a_formula(
    client: ApiClient, tokens: Tokens, imported: Any
) -> None:
    content = b"kind,name,scheme,identifier,country\ncompany,Ker,siren,=1+1,FR\n"
    report = await imported(content, "triskel-template")
    path = f"/v1/imports/{report['id']}/lines.csv"
    report_csv = (await client.get(path, headers=tokens.bearer(Role.COORDINATOR))).text
    assert "'=1+1" in report_csv


async def test_an_import_that_a_crash_interrupted_goes_on_behind_its_last_chunk(
    client: ApiClient, tokens: Tokens, imported: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "CHUNK_ROWS", 100)
    answer = await imported.send(FRENCH.read_bytes(), max_closed=5)
    kept, done = jobs.apply, 0

    async def crashing(*given: Any) -> Any:
        nonlocal done
        done += 1
        if done == 4:
            raise ConnectionResetError("kill -9, as the database sees it")
        return await kept(*given)

    monkeypatch.setattr(jobs, "apply", crashing)
    with pytest.raises(ConnectionResetError):
        await imported.work()
    report = await imported.report(answer)
    assert (report["state"], report["rows"], report["total"]) == ("running", 300, 996)
    assert await imported.work() == 1
    report = await imported.report(answer)
    assert (report["state"], report["rows"], report["created"]) == ("done", 996, 993)
    # as if nothing had happened: each line once, each school said once
    events = await outbox_events(client.app.state.database)  # type: ignore[attr-defined]
    assert len({e.aggregate.id for e in events}) == len(events) == 993
    path = f"/v1/imports/{report['id']}/lines.csv"
    report_csv = (await client.get(path, headers=tokens.bearer(Role.COORDINATOR))).text
    numbers = [row["line"] for row in csv.DictReader(io.StringIO(report_csv))]
    assert len(numbers) == len(set(numbers)) == 996


async def test_a_file_that_is_broken_in_its_middle_changes_nothing(
    client: ApiClient, imported: Any
) -> None:
    whole = FRENCH.read_bytes().split(b"\r\n")
    broken = b"\r\n".join([*whole[:700], b'"' + b"x" * 200_000])
    report = await imported(broken)
    assert (report["state"], report["failure"]["rule"]) == ("failed", "file-malformed")
    assert report["rows"] == 0
    assert await outbox_events(client.app.state.database) == []  # type: ignore[attr-defined]


async def test_an_import_writes_sets_histories_and_reports_too(
    client: ApiClient, imported: Any
) -> None:
    """Statements that are sent row by row, and all: as many for few rows as for many."""
    engine = client.app.state.database.engine.sync_engine  # type: ignore[attr-defined]
    lines = FRENCH.read_bytes().split(b"\r\n")
    sent: list[tuple[str, bool]] = []

    def note(*given: Any) -> None:
        sent.append((given[2], given[5]))

    async def statements(rows: list[bytes]) -> int:
        sent.clear()
        listen(engine, "before_cursor_execute", note)
        report = await imported(b"\r\n".join([lines[0], *rows, b""]), "fr-annuaire")
        remove(engine, "before_cursor_execute", note)
        assert report["created"] == len(rows)
        assert not [statement for statement, many in sent if many]
        return len(sent)

    assert await statements(lines[1:11]) == await statements(lines[11:211])


async def test_a_fault_of_ours_does_not_keep_the_next_import_waiting(
    imported: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await imported.send(FRENCH.read_bytes())
    second = await imported.send(FRENCH.read_bytes(), dry_run=True)

    async def faulty(*given: Any) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "apply", faulty)
        assert await imported.work() == 1
    assert (await imported.report(first))["failure"]["rule"] == "import-broke"
    assert await imported.work() == 1
    assert (await imported.report(second))["created"] == 993
    assert await imported.work() == 0


async def test_a_file_of_another_kind_is_refused_at_once(imported: Any) -> None:
    answer = await imported.send(b"a;b\n1;2\n")
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("column-missing")
    assert await imported.work() == 0


async def test_the_file_is_not_kept_once_its_import_is_done(
    client: ApiClient, imported: Any
) -> None:
    await imported(FRENCH.read_bytes())
    async with client.app.state.database.reading() as session:  # type: ignore[attr-defined]
        assert await session.scalar(text("select count(*) from import_files")) == 0


async def test_the_ministrys_geolocated_edition_is_the_same_directory(imported: Any) -> None:
    edition = (
        "Numéro UAI;Appellation officielle;Nature UAI libé;Secteur public/privé libé;"
        "Code postal UAI;Libellé commune;Code commune;Latitude;Longitude;État établissement libé;"
        "Code département\n"
        "0350024L;Lycée Emile Zola;LYCEE GENERAL ET TECHNOLOGIQUE;Public;35000;Rennes;35238;"
        "48.108;-1.673;OUVERT;035\n"
    )
    client = imported.client
    assert (await imported(edition.encode()))["created"] == 1
    events = await outbox_events(client.app.state.database)
    (school,) = [event.aggregate for event in events]
    assert (school.kind, school.levels, school.nuts3) == ("school", ("3",), "FRH03")  # type: ignore[attr-defined]
    assert (school.open, school.public_sector) == (True, True)  # type: ignore[attr-defined]
    assert school.address.municipality == "Rennes"  # type: ignore[attr-defined]


async def test_a_cell_that_may_be_empty_and_holds_no_number_is_told_and_the_row_counts(
    platform: Any, imported: Any
) -> None:
    content = (
        "kind;name;scheme;identifier;country;nuts3;latitude;longitude;capacity\n"
        "company;Ker;siren;732829320;FR;FRH03;48;-1;3\n"
        "company;Nan;siren;552100554;FR;FRH03;nan;-1;3\n"
        f"company;Grand;siren;542065479;FR;FRH03;48;-1;{10**30}\n"
        "company;Sans;siren;;FR;FRH03;48;-1;3\n"
    )
    report = await imported(content.encode(), "triskel-template")
    assert (report["state"], report["created"], report["refused"]) == ("done", 3, 1)
    assert report["remarked"] == 2
    path = f"/v1/imports/{report['id']}/lines?remarked=true"
    lines = (await platform.client.get(path, headers=platform.who(Role.COORDINATOR))).json()[
        "items"
    ]
    told = {line["number"]: {remark["field"] for remark in line["remarks"]} for line in lines}
    assert told == {3: {"latitude, longitude"}, 4: {"capacity"}}


async def test_what_is_no_utf_8_or_no_text_is_refused_with_the_byte(imported: Any) -> None:
    head = b"kind;name;scheme;identifier;country\n"
    large = head + b"company;" + "é".encode() * (1 << 20)
    for content, rule, byte in (
        (large + b"\xe9;", "file-not-utf8", len(large)),
        (head + b"company\xe9", "file-not-utf8", len(head) + 7),
        (head + b"a\x00", "file-not-text", len(head) + 1),
        (head + "é".encode()[:1], "file-not-utf8", len(head)),
    ):
        answer = await imported.send(content, "triskel-template")
        assert answer.json()["type"].endswith(rule)
        assert f"byte {byte} " in answer.json()["detail"]
