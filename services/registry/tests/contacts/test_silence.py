"""Of whom, and of whose organisation, nothing was seen for long is told so by mail, then erased."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from triskel.chassis.retention import RETENTION
from triskel.chassis.testing import outbox_events
from triskel.contracts.codes import Role
from triskel.contracts.registry import ContactErasureAnnounced
from triskel.registry.contacts.jobs import announce_erasures, erase_silent

A_YEAR_LATER = datetime(2026, 10, 1, 8, tzinfo=UTC)
A_MOMENT = timedelta(microseconds=1)


async def known(platform: Any, organisation: str, name: str = "maelle") -> str:
    """A contact with a consent that the coordinator holds."""
    body = {
        "organisation_id": organisation,
        "name": "Maëlle Exemple",
        "email": f"{name}@lycee.example",
        "roles": ["head"],
        "consent_given_on": "2025-09-30",
    }
    who = platform.who(Role.COORDINATOR)
    made = await platform.client.post("/v1/contacts", json=body, headers=who)
    assert made.status_code == 201, made.text
    number: str = made.json()["id"]
    return number


@pytest.fixture
async def silent(platform: Any) -> str:
    """The contact of a school that does nothing, in a region that keeps contacts for a year."""
    await platform.decide(retention={"contacts_months": 12})
    return await known(platform, await platform.school())


async def announce(platform: Any) -> int:
    state = platform.app.state
    job = announce_erasures(state.settings)
    return await job(state.database, state.outbox, state.clock)


async def erase(platform: Any) -> int:
    state = platform.app.state
    gone: int = await state.workers[RETENTION].run(state.database, state.outbox, state.clock)
    return gone


async def shown(platform: Any, contact: str) -> Any:
    path = f"/v1/contacts/{contact}/export"
    return await platform.client.get(path, headers=platform.who(Role.COORDINATOR))


async def announced(platform: Any) -> list[ContactErasureAnnounced]:
    found = await outbox_events(platform.app.state.database)
    return [event for event in found if isinstance(event, ContactErasureAnnounced)]


async def execute(platform: Any, statement: str) -> None:
    async with platform.app.state.database.transaction() as session:
        await session.execute(text(statement))


async def test_who_gives_no_sign_of_life_is_told_once_and_erased_a_month_later(
    platform: Any, silent: str
) -> None:
    platform.clock.time = A_YEAR_LATER
    assert await announce(platform) == 0
    platform.clock.time = A_YEAR_LATER + A_MOMENT
    assert await announce(platform) == 1
    assert await announce(platform) == 0
    (told,) = await announced(platform)
    assert told.contact.confirmed
    assert told.expires_at == datetime(2026, 10, 31, 9, tzinfo=UTC) + A_MOMENT

    platform.clock.time = told.expires_at - A_MOMENT
    assert (await erase(platform), (await shown(platform, silent)).status_code) == (0, 200)
    platform.clock.time = told.expires_at
    assert (await erase(platform), (await shown(platform, silent)).status_code) == (1, 404)
    async with platform.app.state.database.reading() as session:
        said = await session.execute(
            text("select value from outbox where topic = 'registry.contacts'")
        )
        steps = await session.scalar(text("select count(*) from contact_steps"))
    # a tombstone, and nothing else of the person
    assert (said.scalars().all(), steps) == ([None], 0)


async def test_who_follows_the_link_stays(platform: Any, silent: str) -> None:
    platform.clock.time = A_YEAR_LATER + A_MOMENT
    await announce(platform)
    (told,) = await announced(platform)
    body = {"token": platform.opened(told)}
    answer = await platform.client.post("/v1/contacts/confirmations", json=body)
    assert answer.status_code == 200, answer.text
    platform.clock.time = told.expires_at + timedelta(days=1)
    assert (await erase(platform), await announce(platform)) == (0, 0)
    contact = (await shown(platform, silent)).json()["contact"]
    assert (contact["confirmed"], contact["erase_at"]) == (True, None)
    # a year after that they are asked again
    platform.clock.time = A_YEAR_LATER + timedelta(days=366)
    assert await announce(platform) == 1


async def test_a_sign_of_life_after_the_mail_keeps_the_person(platform: Any, silent: str) -> None:
    platform.clock.time = A_YEAR_LATER + A_MOMENT
    await announce(platform)
    (told,) = await announced(platform)
    coordinator = platform.who(Role.COORDINATOR)
    path = f"/v1/contacts/{silent}"
    changed = await platform.client.patch(
        path, json={"language": "en"}, headers=coordinator | {"If-Match": '"2"'}
    )
    assert changed.status_code == 200, changed.text
    platform.clock.time = told.expires_at
    assert await erase(platform) == 0
    platform.clock.time = A_YEAR_LATER + timedelta(days=366)
    assert await erase(platform) == 0, "they must be told anew"
    assert await announce(platform) == 1


async def test_nobody_of_an_organisation_with_a_living_partnership_goes(platform: Any) -> None:
    await platform.decide(retention={"contacts_months": 12})
    school, _, partnership = await platform.signed()
    contact = await known(platform, school)
    platform.clock.time = datetime(2035, 10, 1, 8, tzinfo=UTC)
    assert await announce(platform) == 0
    # the control: the same person, a year after that partnership was over
    at = f"closed_at = '2034-10-01 08:00+00' where id = '{partnership.json()['id']}'"
    await execute(platform, f"update partnerships set state = 'ended', {at}")
    assert await announce(platform) == 0
    platform.clock.advance(microseconds=1)
    assert await announce(platform) == 1
    assert (await shown(platform, contact)).json()["contact"]["erase_at"]


@pytest.mark.parametrize(
    "sign",
    [
        "update organisation_steps set at = '2026-09-01 08:00+00'",
        "insert into planned_activities (id, version, school_id, host_id, state, proposed_by, "
        "delivered_at) select gen_random_uuid(), 1, organisation_id, organisation_id, 'closed', "
        "'host', '2026-09-01 08:00+00' from contacts",
        "insert into waiting_entries (id, version, region, organisation_id, side, school_year, "
        "state, wishes, since, remaining) select gen_random_uuid(), 1, region, organisation_id, "
        "'school', '2026-2027', 'open', '{}', '2026-09-01 08:00+00', 1 from contacts",
    ],
)
async def test_what_an_organisation_does_is_a_sign_of_life_of_its_people(
    platform: Any, silent: str, sign: str
) -> None:
    await execute(platform, sign)
    platform.clock.time = datetime(2027, 9, 1, 8, tzinfo=UTC)
    assert await announce(platform) == 0
    platform.clock.advance(microseconds=1)
    assert await announce(platform) == 1


async def test_a_nightly_import_is_no_sign_of_life(platform: Any, silent: str) -> None:
    await execute(
        platform, "update organisation_steps set at = '2026-09-01 08:00+00', by = 'system'"
    )
    platform.clock.time = A_YEAR_LATER + A_MOMENT
    assert await announce(platform) == 1


async def test_people_of_another_region_stay_as_long_as_that_one_keeps_them(
    platform: Any, silent: str
) -> None:
    await execute(platform, "update contacts set region = 'NL'")
    platform.clock.time = datetime(2028, 10, 1, 8, tzinfo=UTC)
    assert await announce(platform) == 0
    platform.clock.advance(microseconds=1)
    assert await announce(platform) == 1


async def test_two_replicas_tell_and_erase_a_person_once(platform: Any, silent: str) -> None:
    platform.clock.time = A_YEAR_LATER + A_MOMENT
    assert sum(await asyncio.gather(announce(platform), announce(platform))) == 1
    (told,) = await announced(platform)
    platform.clock.time = told.expires_at
    state = platform.app.state
    both = (erase_silent(state.database, state.outbox, state.clock) for _ in range(2))
    assert sum(await asyncio.gather(*both)) == 1
