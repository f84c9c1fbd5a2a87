"""What people have set is theirs: imports leave it, and what registers say otherwise is shown."""

from importlib import import_module
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from triskel.contracts import registry as contract
from triskel.contracts.codes import Role
from triskel.registry.conflicts.schemas import Followed
from triskel.registry.organisations.rules.facts import FOLLOWED, NOTHING, filled

upgrade = import_module("triskel.registry.migrations.versions.0029_own_fields")
HEAD = (
    "kind;name;language;scheme;identifier;country;nuts3;"
    "street;municipality;levels;sector;capacity\n"
)
ROW = "school;{name};fr;uai;0350024L;FR;FRH03;{street};{municipality};{levels};85.31;{capacity}\n"
SAID = {
    "name": "Zola",
    "street": "2 avenue Janvier",
    "municipality": "Rennes",
    "levels": "2 3",
    "capacity": 5,
}


class School:
    """An official one, its register's file, its people and its coordinator."""

    def __init__(self, platform: Any, imported: Any) -> None:
        self.platform, self._imported = platform, imported
        self.id = ""

    async def night(self, **says: Any) -> dict[str, Any]:
        """The register says this of it."""
        self.platform.clock.advance(days=1)
        content = (HEAD + ROW.format(**(SAID | says))).encode()
        report: dict[str, Any] = await self._imported(content, "triskel-template")
        return report

    @property
    def coordinator(self) -> dict[str, str]:
        found: dict[str, str] = self.platform.who(Role.COORDINATOR)
        return found

    @property
    def head(self) -> dict[str, str]:
        found: dict[str, str] = self.platform.who(Role.HEAD, self.id)
        return found

    async def get(self, path: str = "", who: dict[str, str] | None = None) -> Any:
        url = f"/v1/organisations/{self.id}{path}"
        return await self.platform.client.get(url, headers=who or self.coordinator)

    async def set(self, who: dict[str, str], **changes: Any) -> Any:
        seen = {"If-Match": (await self.get()).headers["ETag"]}
        url = f"/v1/organisations/{self.id}"
        done = await self.platform.client.patch(url, json=changes, headers=who | seen)
        assert done.status_code == 200, done.text
        return done.json()

    async def decide(self, who: dict[str, str], action: str, field: str) -> Any:
        seen = {"If-Match": (await self.get()).headers["ETag"]}
        url = f"/v1/organisations/{self.id}/{action}"
        return await self.platform.client.post(url, json={"field": field}, headers=who | seen)

    async def conflicts(self, who: dict[str, str] | None = None) -> list[dict[str, Any]]:
        answer = await self.get("/conflicts", who)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found


@pytest.fixture
async def school(platform: Any, imported: Any) -> School:
    """As its register names it, with no capacity."""
    made = School(platform, imported)
    await made.night(capacity="")
    found = await platform.client.get(
        "/v1/organisations?identifier=0350024L", headers=made.coordinator
    )
    made.id = found.json()["items"][0]["id"]
    return made


async def test_an_import_leaves_what_people_have_set_and_shows_what_it_says_otherwise(
    school: School,
) -> None:
    await school.set(school.head, partnership_capacity=2)
    await school.set(school.coordinator, levels=["3"])
    first = await school.night(name="Lycée Zola")
    # what nobody has set is the register's
    assert (first["changed"], first["remarked"]) == (1, 1)
    known = (await school.get()).json()
    assert (known["partnership_capacity"], known["levels"]) == (2, ["3"])
    assert known["names"] == {"fr": "Lycée Zola"}
    since = (school.platform.clock.now()).isoformat().replace("+00:00", "Z")
    of_school = {"organisation_id": school.id, "since": since}
    expected = [
        of_school | {"field": "levels", "value": ["3"], "register_value": ["2", "3"]},
        of_school | {"field": "partnership_capacity", "value": 2, "register_value": 5},
    ]
    assert await school.conflicts(school.head) == await school.conflicts() == expected
    listed = await school.platform.client.get("/v1/conflicts?limit=1", headers=school.coordinator)
    assert listed.json()["items"] == expected[:1]
    assert listed.json()["next"]
    # the next night says the same: nothing is new, not even since when
    again = await school.night(name="Lycée Zola")
    assert (again["changed"], again["unchanged"]) == (0, 1)
    assert await school.conflicts() == expected


async def test_a_conflict_is_between_an_organisation_and_its_coordinator(school: School) -> None:
    await school.set(school.head, partnership_capacity=2)
    await school.night()
    stranger = school.platform.who(Role.COMPANY)
    assert (await school.get("/conflicts", stranger)).status_code == 403
    client = school.platform.client
    assert (await client.get("/v1/conflicts", headers=school.head)).status_code == 403
    assert "take-register-value" in (await school.get(who=school.head)).json()["allowed_actions"]
    assert "own_fields" not in (await school.get()).text


async def test_what_the_register_says_can_be_taken_and_is_followed_from_then_on(
    school: School,
) -> None:
    address = {"municipality": "Saint-Malo", "country": "FR"}
    await school.set(school.coordinator, address=address)
    await school.night(capacity="")
    taken = await school.decide(school.head, "take-register-value", "address")
    assert taken.json()["address"]["municipality"] == "Rennes"
    assert "take-register-value" not in taken.json()["allowed_actions"]
    assert (await school.platform.said())[-1] == "organisation-updated"
    assert await school.conflicts() == []
    await school.night(municipality="Cesson-Sévigné", capacity="")
    assert (await school.get()).json()["address"]["municipality"] == "Cesson-Sévigné"


async def test_what_was_kept_is_shown_again_once_the_register_says_something_else(
    school: School,
) -> None:
    await school.set(school.head, partnership_capacity=2)
    await school.night()
    kept = await school.decide(school.head, "keep-own-value", "partnership_capacity")
    assert kept.json()["partnership_capacity"] == 2
    assert "keep-own-value" not in kept.json()["allowed_actions"]
    await school.night()
    assert await school.conflicts() == []
    await school.night(capacity=6)
    assert [each["register_value"] for each in await school.conflicts()] == [6]


async def test_a_conflict_is_gone_when_both_say_the_same_whoever_gave_in(school: School) -> None:
    await school.set(school.head, partnership_capacity=2)
    await school.night()
    await school.set(school.head, partnership_capacity=5)
    assert await school.conflicts() == []
    await school.night(capacity=7)
    assert len(await school.conflicts()) == 1
    await school.night(capacity=5)
    assert await school.conflicts() == []
    # what people take away is the register's again
    await school.set(school.head, partnership_capacity=None)
    await school.night(capacity=9)
    assert (await school.get()).json()["partnership_capacity"] == 9


async def test_facts_of_the_register_are_set_aside_by_the_coordinator_alone(
    school: School,
) -> None:
    await school.set(school.coordinator, names={"fr": "Émile Zola"})
    await school.night(capacity="")
    refused = await school.decide(school.head, "keep-own-value", "names")
    assert school.platform.rule(refused) == (403, "fact-of-register")
    assert (await school.decide(school.coordinator, "keep-own-value", "names")).is_success
    refused = await school.decide(school.coordinator, "take-register-value", "names")
    assert school.platform.rule(refused) == (404, "conflict-unknown")


async def test_what_an_organisation_registered_of_itself_stays_when_a_register_follows_it(
    platform: Any, imported: Any
) -> None:
    school = School(platform, imported)
    made = await platform.organisation("school", platform.who(Role.HEAD), levels=["3"])
    school.id = made.json()["id"]
    await school.set(school.coordinator, identifiers=[{"scheme": "uai", "value": "0350024L"}])
    await school.night()
    known = (await school.get()).json()
    assert (known["names"], known["levels"]) == ({"fr": "Un school"}, ["3"])
    assert known["address"]["municipality"] == "Rennes"
    assert {each["field"] for each in await school.conflicts()} == {"names", "levels"}


async def test_a_dry_run_finds_conflicts_and_records_none(school: School, imported: Any) -> None:
    await school.set(school.head, partnership_capacity=2)
    content = (HEAD + ROW.format(**SAID)).encode()
    assert (await imported(content, "triskel-template", dry_run=True))["remarked"] == 1
    assert await school.conflicts() == []


@pytest.mark.parametrize("action", ["take-register-value", "keep-own-value"])
async def test_a_conflict_refuses_by_id_then_caller_then_part_then_version(
    school: School, action: str
) -> None:
    await school.set(school.head, partnership_capacity=2)
    await school.night()
    known = (await school.get()).json()

    async def answers(field: str) -> list[int]:
        found: list[int] = await school.platform.refusals_in_order(
            f"/v1/organisations/{{id}}/{action}",
            known,
            may=school.coordinator,
            stranger=school.platform.who(Role.COMPANY),
            body={"field": field},
        )
        return found

    assert await answers("pupils") == [404, 403, 404, 404]
    assert await answers("partnership_capacity") == [404, 403, 412, 200]


async def test_a_row_of_empty_cells_erases_nothing(school: School) -> None:
    await school.night()
    known = (await school.get()).json()
    empty = dict.fromkeys(("street", "municipality", "levels", "capacity"), "")
    report = await school.night(**empty)
    assert (report["changed"], report["unchanged"]) == (0, 1)
    assert (await school.get()).json() == known


async def test_at_the_upgrade_what_people_registered_or_changed_counts_as_set_by_them(
    school: School, imported: Any
) -> None:
    await school.set(school.coordinator, pupils=900)
    other = school.platform.organisation("company", sector="26.70", partnership_capacity=3)
    company = (await other).json()["id"]
    row = "company;Atelier;siren;732829320;FR;FRH03\n"
    head = "kind;name;scheme;identifier;country;nuts3\n"
    await imported((head + row).encode(), "triskel-template")
    async with school.platform.app.state.database.transaction() as session:
        await session.execute(text("update organisations set own_fields = '{}'"))
        await session.execute(text(upgrade.THEIRS))
        found = await session.execute(text("select id, own_fields from organisations"))
        known = {str(organisation_id): fields for organisation_id, fields in found}
    said = ["address", "levels", "names", "nuts3", "pupils", "sector"]
    assert known.pop(school.id) == said
    assert known.pop(company) == ["names", "partnership_capacity", "sector"]
    assert list(known.values()) == [[]]  # nobody but its register has said anything of it


CELLS = st.one_of(
    st.none(),
    st.just(""),
    st.text(min_size=1, max_size=5),
    st.booleans(),
    st.integers(0, 9),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.sampled_from("abc"), st.none() | st.text(max_size=3), max_size=3),
)
FIELDS = st.dictionaries(st.sampled_from([*FOLLOWED, "legal_unit", "open"]), CELLS)


@given(FIELDS, FIELDS)
def test_an_empty_cell_never_erases_a_value_and_a_full_one_always_counts(
    known: dict[str, Any], given_cells: dict[str, Any]
) -> None:
    known = {
        name: value
        for name, value in known.items()
        if isinstance(value, dict) == isinstance(given_cells.get(name, value), dict)
    }
    after = known | filled(known, given_cells)
    for name, value in known.items():
        if value not in NOTHING:
            assert after[name] not in NOTHING
        if isinstance(value, dict):
            assert all(after[name][part] for part, cell in value.items() if cell)
    for name, value in given_cells.items():
        if isinstance(value, dict):
            assert all(after[name][part] == cell for part, cell in value.items() if cell)
        elif value not in NOTHING:
            assert after[name] == value
        else:
            assert after.get(name) == known.get(name)


def test_every_field_that_an_import_sets_and_people_may_is_kept_for_them() -> None:
    set_by_people = contract.Organisation.model_fields.keys() - {
        *("id", "region", "version", "kind", "exact_kind", "helix", "status", "open"),
        *("merged_into", "identifiers", "legal_unit", "sites", "stated"),
    }
    assert set(FOLLOWED) == set(get_args(Followed)) == set_by_people
