"""Taking places over HTTP: what is offered, to whom, and what time does to an offer."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from triskel.activities.domain.formats import FORMATS
from triskel.activities.main import MIGRATIONS, build
from triskel.activities.settings import Settings
from triskel.activities.usecases.places import lapse_offers
from triskel.chassis.clock import FixedClock
from triskel.chassis.testing import (
    Client,
    Tokens,
    client_of,
    deliver,
    outbox_events,
    settings_for,
)
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.contracts import registry as said
from triskel.contracts.codes import HELIX_OF, ActivityFormat, OrganisationKind, Role

HOLD = timedelta(hours=48)


class Town:
    """Two schools and a company; a visit and a masterclass are made on demand."""

    def __init__(self, client: Client, app: Any, tokens: Tokens, clock: FixedClock) -> None:
        self.client, self.app, self.tokens, self.clock = client, app, tokens, clock
        self.school, self.other, self.host = uuid4(), uuid4(), uuid4()
        self.partnership = uuid4()

    async def settle(self) -> None:
        kinds = {
            self.school: OrganisationKind.SCHOOL,
            self.other: OrganisationKind.SCHOOL,
            self.host: OrganisationKind.COMPANY,
        }
        approved = [
            said.OrganisationApproved(
                organisation=said.Organisation(
                    id=number,
                    region="FRH0",
                    version=1,
                    kind=kind,
                    helix=HELIX_OF[kind],
                    names={"fr": "Quelqu'un"},
                    status="approved",
                )
            )
            for number, kind in kinds.items()
        ]
        signed = said.PartnershipSigned(
            partnership=said.Partnership(
                id=self.partnership,
                region="FRH0",
                version=6,
                school_id=self.school,
                company_id=self.host,
                school_year="2025-2026",
                state="signed",
                proposed_by=Role.TEACHER,
                proposed_at=self.clock.now(),
                answer_by=self.clock.now(),
                starts_on=date(2025, 9, 1),
                ends_on=date(2026, 7, 3),
            ),
            by=Role.COORDINATOR,
        )
        await deliver(self.app.state.database, self.app.state.consumers, *approved, signed)

    def who(self, name: str) -> dict[str, str]:
        role, own = {
            "teacher": (Role.TEACHER, self.school),
            "head": (Role.HEAD, self.school),
            "elsewhere": (Role.TEACHER, self.other),
            "company": (Role.COMPANY, self.host),
            "coordinator": (Role.COORDINATOR, None),
            "authority": (Role.AUTHORITY, None),
            "stranger": (Role.COMPANY, uuid4()),
        }[name]
        return self.tokens.bearer(role, organisation=own, subject=name)

    async def post(self, path: str, who: str, body: Any = None, **headers: str) -> Any:
        return await self.client.post(path, json=body, headers=self.who(who) | headers)

    async def show(self, number: str, who: str = "coordinator") -> Any:
        answer = await self.client.get(f"/v1/activities/{number}", headers=self.who(who))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def act(self, number: str, action: str, who: str, body: Any = None) -> Any:
        known = await self.show(number)
        etag = {"If-Match": f'"{known["version"]}"'}
        return await self.post(f"/v1/activities/{number}/{action}", who, body, **etag)

    async def put(self, number: str, what: str, who: str, body: Any) -> Any:
        known = await self.show(number)
        etag = {"If-Match": f'"{known["version"]}"'}
        path = f"/v1/activities/{number}/{what}"
        return await self.client.put(path, json=body, headers=self.who(who) | etag)

    async def scheduled(self, form: str, places: int, **more: Any) -> str:
        draft = {
            "format": form,
            "title": "Enseigner la photonique",
            "school_year": "2025-2026",
            "host_id": str(self.host),
        }
        answer = await self.post("/v1/activities", "coordinator", draft | more)
        number: str = answer.json()["id"]
        start = self.clock.now() + timedelta(days=12)
        slot = {"starts_at": start.isoformat(), "place": "company"}
        slot["ends_at"] = (start + timedelta(hours=4)).isoformat()
        for action, body in (("propose", None), ("accept", None), ("schedule", slot)):
            answer = await self.act(number, action, "coordinator", body)
            assert answer.status_code == 200, answer.text
        answer = await self.put(number, "places", "company", {"places": places})
        assert answer.status_code == 200, answer.text
        return number

    async def masterclass(self, places: int) -> str:
        return await self.scheduled("teacher-masterclass", places)

    async def book(self, number: str, who: str, **body: Any) -> Any:
        asked = {"contact_id": str(uuid4())} | body
        return await self.post(f"/v1/activities/{number}/bookings", who, asked)

    async def lapse(self) -> int:
        state = self.app.state
        return await lapse_offers(HOLD)(state.database, state.outbox, state.clock)

    async def said(self) -> list[str]:
        found = await outbox_events(self.app.state.database)
        return [event.name_and_version()[0].removeprefix("activity-") for event in found]


@pytest.fixture
async def town(
    fresh_database: FreshDatabase, tokens: Tokens, clock: FixedClock
) -> AsyncIterator[Town]:
    settings = settings_for(Settings, await fresh_database(MIGRATIONS), tokens)
    app = build(settings, clock=clock, connect=False, fetch=tokens.fetch)
    async with client_of(app) as client:
        town = Town(client, app, tokens, clock)
        await town.settle()
        yield town


def rule(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:triskel:problem:")


async def test_a_place_that_a_teacher_leaves_is_offered_to_the_next_and_taken(town: Town) -> None:
    number = await town.masterclass(1)
    first = await town.book(number, "teacher")
    second = await town.book(number, "elsewhere")
    assert (first.json()["state"], second.json()["state"]) == ("booked", "waiting")
    assert second.json()["position"] == 1
    path = f"/v1/activities/{number}/bookings"
    left = await town.post(f"{path}/{first.json()['id']}/leave", "teacher")
    assert left.json()["state"] == "left"
    offered = (await town.show(number, "elsewhere"))["bookings"][0]
    assert offered["state"] == "offered"
    assert UUID(offered["id"]) == UUID(second.json()["id"])
    taken = await town.post(f"{path}/{offered['id']}/accept", "elsewhere")
    assert (taken.json()["state"], taken.json()["answer_by"]) == ("booked", None)
    assert (await town.said())[-5:] == [
        *("place-booked", "place-waitlisted", "place-left", "place-offered", "place-booked")
    ]
    versions = [e.aggregate.version for e in await outbox_events(town.app.state.database)]
    assert versions == list(range(1, len(versions) + 1))
    history = await town.client.get(
        f"/v1/activities/{number}/history", headers=town.who("coordinator")
    )
    assert [(s["action"], s["by"]) for s in history.json()][-2:] == [
        ("offer-place", "system"),
        ("accept-place", "teacher"),
    ]


async def test_an_offer_nobody_takes_lapses_once_and_goes_to_the_next_whoever_looks(
    town: Town,
) -> None:
    number = await town.masterclass(1)
    first = await town.book(number, "teacher")
    for _ in range(2):
        await town.book(number, "elsewhere")
    await town.post(f"/v1/activities/{number}/bookings/{first.json()['id']}/leave", "teacher")
    assert await town.lapse() == 0
    town.clock.advance(hours=48, seconds=1)
    assert sum(await asyncio.gather(*(town.lapse() for _ in range(4)))) == 1
    states = [b["state"] for b in (await town.show(number))["bookings"]]
    assert states == ["left", "lapsed", "offered"]
    assert (await town.said())[-2:] == ["place-lapsed", "place-offered"]


async def test_more_places_are_offered_at_once(town: Town) -> None:
    number = await town.masterclass(1)
    for _ in range(3):
        await town.book(number, "teacher")
    await town.put(number, "places", "company", {"places": 2})
    states = [b["state"] for b in (await town.show(number))["bookings"]]
    assert states == ["booked", "offered", "waiting"]


async def test_ten_teachers_at_once_get_the_places_that_there_are_and_no_more(town: Town) -> None:
    number = await town.masterclass(4)
    await asyncio.gather(*(town.book(number, "elsewhere") for _ in range(10)))
    states = [b["state"] for b in (await town.show(number))["bookings"]]
    assert (states.count("booked"), states.count("waiting")) == (4, 6)


async def test_classes_take_places_shrink_and_are_ready_before_a_visit_is_confirmed(
    town: Town,
) -> None:
    more = {"school_id": str(town.school), "partnership_id": str(town.partnership)}
    number = await town.scheduled("company-visit", 30, **more)
    visit = {"transport": "coach", "safety_equipment": ["lunettes de protection"]}
    await town.put(number, "visit", "company", visit)
    whole = {"contact_id": None, "label": "2nde 4", "size": 28, "adults": 1}
    first = await town.book(number, "teacher", **whole)
    second = await town.book(number, "teacher", contact_id=None, label="2nde 5", size=4)
    assert (first.json()["state"], second.json()["state"]) == ("booked", "waiting")
    ticked = [*FORMATS[ActivityFormat.COMPANY_VISIT].preconditions, "safety-equipment-ready"]
    refused = await town.act(number, "confirm", "head", {"preconditions": ticked})
    assert rule(refused) == (422, "too-few-adults")
    assert "confirm" not in (await town.show(number, "head"))["allowed_actions"]
    path = f"/v1/activities/{number}/bookings/{first.json()['id']}"
    changes = {"size": 26, "adults": 2, "consents": 26}
    changed = await town.client.patch(path, json=changes, headers=town.who("teacher"))
    assert (changed.status_code, changed.json()["size"]) == (200, 26)
    states = [b["state"] for b in (await town.show(number))["bookings"]]
    assert states == ["booked", "offered"]
    confirmed = await town.act(number, "confirm", "head", {"preconditions": ticked})
    assert confirmed.json()["state"] == "confirmed"
    assert rule(await town.book(number, "company", **whole))[0] == 409


async def test_other_schools_see_a_masterclass_and_of_its_bookings_their_own(town: Town) -> None:
    number = await town.masterclass(3)
    await town.book(number, "teacher")
    mine = await town.book(number, "elsewhere")
    seen = await town.show(number, "elsewhere")
    assert [b["id"] for b in seen["bookings"]] == [mine.json()["id"]]
    assert seen["places_free"] == 1
    assert seen["allowed_actions"] == ["book", "leave"]
    assert len((await town.show(number, "company"))["bookings"]) == 2
    assert (await town.show(number, "authority"))["bookings"] == []
    hidden = await town.client.get(f"/v1/activities/{number}", headers=town.who("stranger"))
    assert rule(hidden) == (403, "organisation-not-yours")
    assert rule(await town.book(number, "company")) == (409, "school-not-ready")


async def test_open_masterclasses_are_found_by_date_in_pages(town: Town) -> None:
    numbers = []
    for _ in range(3):
        numbers.append(await town.masterclass(3))
        town.clock.advance(hours=1)
    found: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = await town.client.get(
            "/v1/masterclasses", params=query, headers=town.who("elsewhere")
        )
        found += [item["id"] for item in page.json()["items"]]
        if page.json()["next"] is None:
            break
        query["cursor"] = page.json()["next"]
    assert found == numbers


async def test_what_the_workers_and_lists_look_for_has_an_index(town: Town) -> None:
    await town.masterclass(3)
    queries = {
        "activities_with_offers": "select * from activities where place_answer_by < now()",
        "activities_open_masterclasses": "select * from activities where region = 'FRH0' and "
        "format = 'teacher-masterclass' and state in ('scheduled', 'confirmed') "
        "order by starts_at, id limit 50",
    }
    async with town.app.state.database.reading() as session:
        await session.execute(text("set local enable_seqscan = off"))
        for index, query in queries.items():
            plan = [row[0] for row in await session.execute(text(f"explain {query}"))]
            assert any(index in line for line in plan), plan
