"""Organisations, people and partnerships over HTTP: what is kept, said, refused and forgotten."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from triskel.chassis.testing import (
    outbox_events,
)
from triskel.chassis.testing.refusals import action_routes, order_of_refusals
from triskel.contracts.codes import Role
from triskel.registry.partnerships.jobs import begin_ready, expire_unanswered, finish_past


async def test_a_partnership_goes_from_proposal_to_its_end_and_each_step_is_said(
    platform: Any,
) -> None:
    school, company = await platform.pair()
    coordinator = platform.who(Role.COORDINATOR)
    teacher, head = platform.who(Role.TEACHER, school), platform.who(Role.HEAD, school)
    host = platform.who(Role.COMPANY, company)
    known = await platform.propose(teacher, school, company)
    assert known.status_code == 201
    assert known.json()["allowed_actions"] == ["withdraw"]
    known = await platform.act(host, known, "accept")
    known = await platform.act(coordinator, known, "draft-agreement")
    for who in (host, head, coordinator):
        known = await platform.act(who, known, "sign", platform.seen(known))
    assert known.json()["state"] == "signed"
    assert platform.rule(await platform.act(coordinator, known, "activate")) == (
        409,
        "no-planned-activity",
    )
    await platform.plan(school, company, known)
    known = await platform.act(coordinator, known, "activate")
    known = await platform.act(coordinator, known, "suspend", {"reason": "contact-left"})
    known = await platform.act(coordinator, known, "resume")
    note = "Un dernier atelier a lieu en juin."
    known = await platform.act(coordinator, known, "end", {"reason": "completed", "note": note})
    assert known.json()["state"] == "ended"
    assert known.json()["allowed_actions"] == ["renew"]
    steps = ["proposed", "accepted", "agreement-drafted", "partially-signed", "partially-signed"]
    steps += ["signed", "activated", "suspended", "resumed", "ended"]
    found = await outbox_events(platform.app.state.database)
    partnerships = [e for e in found if e.topic == "registry.partnerships"]
    assert [e.name_and_version()[0] for e in partnerships] == [f"partnership-{s}" for s in steps]
    assert [e.aggregate.version for e in partnerships] == list(range(1, 11))
    path = f"/v1/partnerships/{known.json()['id']}/history"
    history = (await platform.client.get(path, headers=coordinator)).json()
    assert [step["version"] for step in history] == list(range(1, 11))
    assert history[-1] | {"at": None} == {
        "version": 10,
        "action": "end",
        "state": "ended",
        "by": "coordinator",
        "side": "coordinator",
        "at": None,
        "reason": "completed",
        "note": note,
    }
    sides = [step["side"] for step in history]
    assert sides[:6] == ["school", "host", "coordinator", "host", "school", "coordinator"]
    # free words are between those who act: no event has them, and no authority reads them
    assert all(note not in str(event) for event in found)
    read = await platform.client.get(path, headers=platform.who(Role.AUTHORITY))
    assert [step["note"] for step in read.json()] == [None] * 10


async def test_a_refused_action_changes_nothing_and_says_nothing(platform: Any) -> None:
    school, company = await platform.pair()
    known = await platform.propose(platform.who(Role.TEACHER, school), school, company)
    before = await platform.said()
    host, stranger = platform.who(Role.COMPANY, company), platform.who(Role.COMPANY, uuid4())
    assert platform.rule(await platform.act(stranger, known, "accept"))[0] == 403
    signing = await platform.act(host, known, "sign", {"digest": "0" * 64})
    assert platform.rule(signing) == (409, "state-does-not-allow")
    assert platform.rule(await platform.act(host, known, "decline")) == (422, "reason-missing")
    path = f"/v1/partnerships/{known.json()['id']}"
    assert (await platform.client.post(f"{path}/accept", headers=host)).status_code == 428
    stale = await platform.client.post(f"{path}/accept", headers=host | {"If-Match": '"9"'})
    assert platform.rule(stale) == (412, "version-stale")
    elsewhere = platform.who(Role.COORDINATOR, region="FRH0") | {"If-Match": '"1"'}
    assert (await platform.client.post(f"{path}/magic", headers=elsewhere)).status_code == 404
    assert await platform.said() == before
    assert (await platform.client.get(path, headers=host)).json()["version"] == 1


async def test_a_note_has_a_limit_and_no_nul(platform: Any) -> None:
    school, company = await platform.pair()
    known = await platform.propose(platform.who(Role.TEACHER, school), school, company)
    host = platform.who(Role.COMPANY, company)
    for note in ("x" * 501, "a\x00b", "  "):
        body = {"reason": "no-fit", "note": note}
        assert (await platform.act(host, known, "decline", body)).status_code == 422
    path = f"/v1/partnerships/{known.json()['id']}"
    assert (await platform.client.get(path, headers=host)).json()["version"] == 1


async def test_an_answer_shows_what_the_company_carries_and_can_carry(platform: Any) -> None:
    school, company = await platform.pair()
    other = (await platform.organisation("school", levels=["2"])).json()["id"]
    host = platform.who(Role.COMPANY, company)
    first = await platform.propose(platform.who(Role.TEACHER, school), school, company)
    second = await platform.propose(platform.who(Role.TEACHER, other), other, company)
    assert (second.json()["carried"], second.json()["capacity"]) == (0, 2)
    first = await platform.act(host, first, "accept")
    assert (first.json()["carried"], first.json()["capacity"]) == (1, 2)


async def test_a_partnership_begins_and_ends_on_days_of_its_region(platform: Any) -> None:
    school, company, known = await platform.signed()
    state = platform.app.state
    work = (state.database, state.outbox, state.clock)
    await platform.plan(school, company, known)
    # its first day is 15 September, its last 3 July; in Rennes summer time is two hours ahead
    for worker, before, after in (
        (begin_ready, "2025-09-14T21:59:59+00:00", "2025-09-14T22:00:00+00:00"),
        (finish_past, "2026-07-03T21:59:59+00:00", "2026-07-03T22:00:00+00:00"),
    ):
        platform.clock.time = datetime.fromisoformat(before)
        assert await worker(*work) == 0
        platform.clock.time = datetime.fromisoformat(after)
        assert await worker(*work) == 1


@pytest.mark.parametrize(
    ("now", "answer_by"),
    [
        ("2026-03-20T09:00:00+01:00", "2026-04-03T09:00:00+02:00"),
        ("2025-10-20T09:00:00+02:00", "2025-11-03T09:00:00+01:00"),
    ],
)
async def test_a_proposal_is_answered_by_the_same_time_of_the_clock_when_the_clocks_change(
    platform: Any, now: str, answer_by: str
) -> None:
    school, company = await platform.pair()
    platform.clock.time = datetime.fromisoformat(now)
    who = platform.who(Role.COORDINATOR)
    known = await platform.propose(who, school, company, answer_days=14)
    found = datetime.fromisoformat(known.json()["answer_by"])
    assert found == datetime.fromisoformat(answer_by)


async def test_a_signed_partnership_becomes_active_by_itself_when_both_conditions_hold(
    platform: Any,
) -> None:
    school, company, known = await platform.signed()
    state = platform.app.state
    work = (state.database, state.outbox, state.clock)
    platform.clock.time = platform.clock.time.replace(year=2025, month=9, day=14)
    await platform.plan(school, company, known)
    assert await begin_ready(*work) == 0  # its start date is the next day
    platform.clock.advance(days=1)
    done = await asyncio.gather(*(begin_ready(*work) for _ in range(4)))
    assert sum(done) == 1
    assert (await platform.said()).count("partnership-activated") == 1
    path = f"/v1/partnerships/{known.json()['id']}"
    shown = await platform.client.get(path, headers=platform.who(Role.HEAD, school))
    assert (shown.json()["state"], "activate" in shown.json()["allowed_actions"]) == (
        "active",
        False,
    )
    history = await platform.client.get(f"{path}/history", headers=platform.who(Role.HEAD, school))
    last = history.json()[-1]
    assert (last["action"], last["by"], last["side"]) == ("activate", "system", None)


async def test_a_signed_partnership_without_a_planned_activity_waits(platform: Any) -> None:
    await platform.signed()
    platform.clock.time = platform.clock.time.replace(year=2025, month=12, day=1)
    state = platform.app.state
    assert await begin_ready(state.database, state.outbox, state.clock) == 0


async def test_a_second_partnership_of_the_same_pair_and_year_is_refused(platform: Any) -> None:
    school, company = await platform.pair()
    who = platform.who(Role.TEACHER, school)
    assert (await platform.propose(who, school, company)).status_code == 201
    again = await platform.propose(who, school, company)
    assert again.status_code == 409
    assert again.json()["errors"][0]["field"]


async def test_of_six_who_propose_the_same_at_once_five_are_told_that_it_is_there(
    platform: Any,
) -> None:
    school, company = await platform.pair()
    who = platform.who(Role.TEACHER, school)
    answers = await asyncio.gather(*(platform.propose(who, school, company) for _ in range(6)))
    refused = [answer for answer in answers if answer.status_code != 201]
    assert [platform.rule(answer) for answer in refused] == [(409, "partnership-exists")] * 5


async def test_only_the_partners_and_the_region_see_a_partnership(platform: Any) -> None:
    school, company = await platform.pair()
    known = await platform.propose(platform.who(Role.TEACHER, school), school, company)
    path = f"/v1/partnerships/{known.json()['id']}"
    for role, of, status in (
        (Role.COMPANY, company, 200),
        (Role.AUTHORITY, None, 200),
        (Role.COMPANY, uuid4(), 403),
        (Role.OPS, None, 403),
    ):
        assert (
            await platform.client.get(path, headers=platform.who(role, of))
        ).status_code == status
    listed = await platform.client.get(
        "/v1/partnerships", headers=platform.who(Role.COMPANY, uuid4())
    )
    assert listed.json()["items"] == []


async def test_what_nobody_answers_expires_once_whoever_looks(platform: Any) -> None:
    school, company = await platform.pair()
    await platform.propose(platform.who(Role.TEACHER, school), school, company, answer_days=5)
    state = platform.app.state
    work = (state.database, state.outbox, state.clock)
    assert await expire_unanswered(*work) == 0
    platform.clock.advance(days=6)
    done = await asyncio.gather(*(expire_unanswered(*work) for _ in range(3)))
    assert sum(done) == 1
    assert (await platform.said()).count("partnership-expired") == 1


async def test_what_a_coordinator_registers_is_approved_and_others_ask(platform: Any) -> None:
    applied = await platform.organisation("company", platform.who(Role.COMPANY, uuid4()))
    assert applied.json()["status"] == "applied"
    path = f"/v1/organisations/{applied.json()['id']}"
    etag = {"If-Match": applied.headers["ETag"]}
    member = await platform.client.post(
        f"{path}/approve", headers=platform.who(Role.COMPANY, applied.json()["id"]) | etag
    )
    assert platform.rule(member) == (403, "coordinator-only")
    done = await platform.client.post(
        f"{path}/approve", headers=platform.who(Role.COORDINATOR) | etag
    )
    assert done.json()["status"] == "approved"
    assert await platform.said() == ["organisation-applied", "organisation-approved"]


async def test_one_identifier_belongs_to_one_organisation(platform: Any) -> None:
    mine = {"identifiers": [{"scheme": "siren", "value": "732 829 320"}]}
    assert (await platform.organisation("company", **mine)).status_code == 201
    second = await platform.organisation("company", **mine)
    assert second.status_code == 409
    assert second.json()["errors"][0]["value"] == "732829320"
    wrong = {"identifiers": [{"scheme": "siren", "value": "732829321"}]}
    assert platform.rule(await platform.organisation("company", **wrong)) == (
        422,
        "siren-check-digit",
    )
    assert await platform.said() == ["organisation-approved"]


async def test_search_finds_by_name_without_accents_kind_level_and_distance(platform: Any) -> None:
    rennes, brest = (48.117, -1.678), (48.390, -4.486)
    for name, kind, place in (
        ("Lycée Émile Zola", "school", rennes),
        ("Lycée de l'Iroise", "school", brest),
        ("Atelier Zola", "company", rennes),
    ):
        position = {"latitude": place[0], "longitude": place[1]}
        more = {"levels": ["3"]} if kind == "school" else {}
        await platform.organisation(kind, names={"fr": name}, position=position, **more)

    async def found(query: str) -> list[str]:
        answer = await platform.client.get(
            f"/v1/organisations?{query}", headers=platform.who(Role.TEACHER, uuid4())
        )
        assert answer.status_code == 200, answer.text
        return [item["names"]["fr"] for item in answer.json()["items"]]

    assert await found("q=emile") == ["Lycée Émile Zola"]
    assert await found("q=zola&kind=company") == ["Atelier Zola"]
    assert await found("level=3&latitude=48.1&longitude=-1.7&km=30") == ["Lycée Émile Zola"]
    assert await found("kind=school&level=2") == []
    # pages over names give each once, in their order
    first = (
        await platform.client.get(
            "/v1/organisations?limit=2", headers=platform.who(Role.TEACHER, uuid4())
        )
    ).json()
    rest = await found(f"limit=2&cursor={first['next']}")
    names = [item["names"]["fr"] for item in first["items"]] + rest
    assert names == ["Atelier Zola", "Lycée de l'Iroise", "Lycée Émile Zola"]


async def test_an_erased_person_leaves_no_trace_and_a_tombstone(platform: Any) -> None:
    school, _ = await platform.pair()
    head = platform.who(Role.HEAD, school)
    body = {
        "organisation_id": school,
        "name": "Zénobie Kerlouan",
        "email": "zenobie.kerlouan@lycee.example",
        "roles": ["teacher"],
    }
    made = await platform.client.post("/v1/contacts", json=body, headers=head)
    assert made.status_code == 201
    assert "erlouan" not in made.text
    path = f"/v1/contacts/{made.json()['id']}"
    stranger = platform.who(Role.HEAD, uuid4())
    assert (await platform.client.get(path, headers=stranger)).status_code == 403
    changed = await platform.client.patch(
        path, json={"language": "en"}, headers=head | {"If-Match": '"1"'}
    )
    assert changed.json()["name"] == "Zénobie Kerlouan"
    gone = await platform.client.delete(path, headers=head | {"If-Match": changed.headers["ETag"]})
    assert gone.status_code == 204
    async with platform.app.state.database.reading() as session:
        tables = await session.scalars(
            text("select table_name from information_schema.tables where table_schema = 'public'")
        )
        for table in tables.all():
            query = text(f"select count(*) from {table} as t where t::text ilike '%erlouan%'")
            assert await session.scalar(query) == 0, table
        tombstones = await session.execute(
            text("select topic, key from outbox where value is null")
        )
        assert [tuple(row) for row in tombstones] == [("registry.contacts", made.json()["id"])]


async def test_a_row_that_is_wrong_is_refused_and_the_others_go_on(
    platform: Any, imported: Any
) -> None:
    content = (
        "kind;name;scheme;identifier;country;levels\n"
        "company;Atelier;siren;732829320;FR;\n"
        "company;Chantier;siren;732829321;FR;\n"
        "castle;Château;siren;552100554;FR;\n"
        "school;;uai;0350024L;FR;3\n"
    )
    coordinator = platform.who(Role.COORDINATOR)
    report = await imported(content.encode(), "triskel-template")
    assert (report["created"], report["refused"]) == (1, 3)
    lines = await platform.client.get(
        f"/v1/imports/{report['id']}/lines?outcome=refused", headers=coordinator
    )
    told = {
        line["number"]: {(r["field"], r["value"]) for r in line["refusals"]}
        for line in lines.json()["items"]
    }
    assert ("identifier", "732829321") in told[3]
    assert ("kind", "castle") in told[4]
    assert any(field == "name" for field, _ in told[5])
    changed = content.replace(";Atelier;", ";Atelier d'optique;").encode()
    again = await imported(changed, "triskel-template")
    assert again["changed"] == 1
    path = f"/v1/imports/{again['id']}/lines?outcome=changed"
    (line,) = (await platform.client.get(path, headers=coordinator)).json()["items"]
    before, after = {"en": "Atelier"}, {"en": "Atelier d'optique"}
    assert line["changes"] == {"names": {"before": before, "after": after}}


async def test_every_action_on_a_partnership_is_refused_in_one_order(platform: Any) -> None:
    school, company = await platform.pair()
    known = await platform.propose(platform.who(Role.TEACHER, school), school, company)
    over = await platform.act(
        platform.who(Role.HEAD, school), known, "withdraw", {"reason": "other"}
    )
    stranger = platform.who(Role.COMPANY, str(uuid4()))
    routes = list(action_routes(platform.app, "partnership_id"))
    assert len(routes) == 13
    for route in routes:
        # a yes is a partner's own
        accepts = route.path.endswith("/accept")
        able = platform.who(*((Role.COMPANY, company) if accepts else (Role.COORDINATOR,)))
        found = await order_of_refusals(
            *(platform.client, route, known.json()["id"], over.json()["version"]),
            *(stranger, able),
        )
        assert found == [404, 403, 412, 409], route
