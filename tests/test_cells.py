"""Every cell of the page's second half, tried on things in each of their states with what the real
database says beside them: none is open by mistake."""

import dataclasses
import re
from collections import defaultdict
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.actions import Action, ActionTable
from triskel.chassis.clock import FixedClock
from triskel.chassis.commands import Aggregate, Context
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.cli.aggregate_pages import aggregates_of
from triskel.cli.authorisation import NO, YES
from triskel.cli.cells import (
    ELSEWHERE,
    HOST,
    NOW,
    OTHERS,
    OWN,
    SCHOOL,
    THING,
    Cells,
    cells_of,
    subjects_of,
)
from triskel.contracts.catalogue import SERVICES

PAGE = (Path(__file__).parents[1] / "docs/reference/authorisation.md").read_text(encoding="utf-8")
PERSONS = (*OWN, *OTHERS)
SCHOOLS = {"head of another", "teacher of another"}
ABROAD = {"head of another region", "teacher of another region"}
OPEN_TO_OTHERS = {
    # any school may take a place; whose booking it is, is asked of what is named in the path
    **{("activity", action): SCHOOLS for action in ("book", "leave", "accept-place")},
    ("offer", "request"): SCHOOLS | ABROAD,
}


def page_of(service: str, name: str) -> Cells:
    """What the page says of an aggregate: for each action and person the states."""
    section = PAGE.split(f"### {name.capitalize()} ({service})\n")[1].split("\n#")[0]
    found: Cells = {}
    for line in section.strip().splitlines()[2:]:
        action, everywhere, *own, others = line.strip("| ").split(" | ")
        told = re.findall(r"([\w ]+): (yes|`[^:]+`)(?:, |$)", others)
        shown = dict(zip((each.name for each in OWN), own, strict=True)) | dict(told)
        for person in PERSONS:
            cell = shown.get(person.name, NO)
            states = re.findall("`([^`]+)`", everywhere if cell == YES else cell)
            found[action.strip("`"), person.name] = frozenset(states)
    return found


def test_who_has_nothing_to_do_with_a_thing_may_do_nothing_with_it() -> None:
    for service in SERVICES:
        aggregates = aggregates_of(service)
        assert bool(aggregates) is (service in ACTED_ON)
        for aggregate in aggregates:
            for (action, person), states in cells_of(aggregate, OTHERS).items():
                may = person in OPEN_TO_OTHERS.get((aggregate.name, action), ())
                assert bool(states) is may, (aggregate.name, action, person)


_THERE = {
    "registry": [
        f"insert into matching_participants (round_id, organisation_id, side, entry_id, "
        f"ranking_version) values (:thing, :{side}, '{side}', :thing, 0)"
        for side in ("school", "host")
    ],
    "activities": [
        "insert into partnerships (id, version, region, school_id, company_id, school_year, state) "
        "values (:elsewhere, 1, 'FRH0', :school, :host, '2025-2026', 'active')"
    ],
}


class House:
    """A service's database, in which the school and the host of the cells are known."""

    def __init__(self, service: str, session: AsyncSession) -> None:
        self.service, self.session = service, session
        self.aggregates = {each.name: each for each in aggregates_of(service)}

    async def settle(self) -> None:
        """What decisions ask of the database, and only its owner would have put in there."""
        known = {"thing": THING, "school": SCHOOL, "host": HOST, "elsewhere": ELSEWHERE}
        if self.service == "registry":
            for each in subjects_of(self.aggregates["organisation"]):
                if (each.state, each.kind) in (("approved", "school"), ("approved", "company")):
                    self.add("organisation", each, search_name="x")
            self.add("partnership", next(subjects_of(self.aggregates["partnership"])))
            await self.session.flush()
        # a participant of a round that is nowhere
        await self.session.execute(text("set local session_replication_role = replica"))
        for statement in _THERE[self.service]:
            await self.session.execute(text(statement), known)

    def add(self, name: str, subject: Any, **more: Any) -> None:
        shape = self.aggregates[name].shape
        self.session.add(shape.row(**shape.to_columns(subject), **more))

    async def wrong(self, aggregate: Aggregate[Any, Any]) -> list[str]:
        """The cells that are not as the page says."""
        page = page_of(self.service, aggregate.name)
        # things of two organisations have one id here, by which facts are found
        by_owner: dict[Any, list[Any]] = defaultdict(list)
        for subject in subjects_of(aggregate):
            by_owner[getattr(subject, "organisation_id", None)].append(subject)
        table = ActionTable(
            *(dataclasses.replace(action, guards=()) for action in aggregate.actions)
        )
        outbox = Outbox(self.service, FixedClock(NOW))
        found = {
            f"{name} is not on the page" for name in table.by_people() if (name, "head") not in page
        }
        tried: Cells = dict.fromkeys(page, frozenset())
        for person in PERSONS:
            context = Context(person.caller, self.session, outbox, NOW)
            for owned in by_owner.values():
                for attempt in await aggregate.attempts(context, owned):
                    for name in table.allowed(attempt):
                        before = tried.get((name, person.name), frozenset())
                        tried[name, person.name] = before | {str(attempt.subject.state)}
        found |= {
            f"{action} as {person} from {', '.join(sorted(states))}"
            for (action, person), states in tried.items()
            if states != page.get((action, person))
        }
        return sorted(found)


_CONTROLS = {
    "registry": (
        "partnership",
        "decline",
        "proposed",
        ("head", "teacher", "signatory", "coordinator"),
    ),
    "activities": ("offer", "pause", "published", ("signatory", "coordinator")),
}
ACTED_ON = ("registry", "activities")


@pytest.fixture(params=ACTED_ON)
async def house(
    request: pytest.FixtureRequest, fresh_database: FreshDatabase
) -> AsyncIterator[House]:
    spec = import_module(f"triskel.{request.param}.main").SPEC
    database = Database(await fresh_database(spec.migrations))
    async with database.transaction() as session:
        house = House(request.param, session)
        await house.settle()
        yield house
        await session.rollback()
    await database.close()


async def test_every_cell_is_as_the_page_says_and_one_that_is_opened_is_found(
    house: House,
) -> None:
    for aggregate in house.aggregates.values():
        assert await house.wrong(aggregate) == [], aggregate.name

    # the control: one action is open to everybody, and one in every state
    def opened(aggregate: Aggregate[Any, Any], name: str, **more: Any) -> Aggregate[Any, Any]:
        actions: list[Action[Any, Any, ...]] = [
            dataclasses.replace(action, **more) if action.name == name else action
            for action in aggregate.actions
        ]
        return dataclasses.replace(aggregate, actions=ActionTable(*actions))

    name, action, state, may = _CONTROLS[house.service]
    known = house.aggregates[name]
    found = await house.wrong(opened(known, action, who=()))
    assert f"{action} as ops from {state}" in found
    late = await house.wrong(opened(known, action, sources=frozenset()))
    assert {line.split(" from ")[0] for line in late} == {f"{action} as {each}" for each in may}
