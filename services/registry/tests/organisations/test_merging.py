"""Two organisations that are one: what moves, what stays readable, and what is refused."""

import asyncio
from typing import Any

from sqlalchemy import text

from triskel.chassis.testing import outbox_events
from triskel.contracts.codes import Role

SIREN = {"scheme": "siren", "value": "732829320"}
OTHER_SIREN = {"scheme": "siren", "value": "552100554"}
SITE = {"label": "Cesson", "identifier": {"scheme": "siret", "value": "73282932000074"}}


async def merge(platform: Any, duplicate: str, into: str, who: Any = None, **more: Any) -> Any:
    who = who or platform.who(Role.COORDINATOR)
    path = f"/v1/organisations/{duplicate}"
    seen = (await platform.client.get(path, headers=who)).headers["ETag"]
    body = {"into": into, "reason": "Deux fois la même"} | more
    return await platform.client.post(f"{path}/merge", json=body, headers=who | {"If-Match": seen})


async def shown(platform: Any, number: str) -> Any:
    path = f"/v1/organisations/{number}"
    return (await platform.client.get(path, headers=platform.who(Role.COORDINATOR))).json()


async def person(platform: Any, organisation: str, email: str, *roles: str, **more: Any) -> str:
    body = {"organisation_id": organisation, "name": "Maïwenn", "email": email, "roles": roles}
    body |= more
    made = await platform.client.post(
        "/v1/contacts", json=body, headers=platform.who(Role.COORDINATOR)
    )
    assert made.status_code == 201, made.text
    number: str = made.json()["id"]
    return number


async def people(platform: Any, organisation: str) -> list[Any]:
    path = f"/v1/contacts?organisation_id={organisation}"
    answer = await platform.client.get(path, headers=platform.who(Role.COORDINATOR))
    found: list[Any] = answer.json()
    return found


async def test_the_survivor_has_the_duplicates_identifiers_sites_and_people_and_each_is_said(
    platform: Any,
) -> None:
    stays = (await platform.organisation("company", identifiers=[SIREN])).json()["id"]
    gone = await platform.organisation("company", identifiers=[OTHER_SIREN], sites=[SITE])
    gone = gone.json()["id"]
    alone = await person(platform, gone, "a@ker.example", "company")
    kept = await person(platform, stays, "b@ker.example", "company")
    twice = await person(platform, gone, "B@ker.example", "coordinator")
    answer = await merge(platform, gone, stays)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Location"] == f"/v1/organisations/{stays}"
    duplicate, survivor = answer.json(), await shown(platform, stays)
    left = ("status", "open", "merged_into", "identifiers", "sites", "allowed_actions", "version")
    assert [duplicate[name] for name in left] == ["withdrawn", False, stays, [], [], [], 2]
    # its own identifier comes first
    assert survivor["identifiers"] == [SIREN, OTHER_SIREN]
    assert [site["label"] for site in survivor["sites"]] == ["Cesson"]
    assert {one["id"]: one["roles"] for one in await people(platform, stays)} == {
        alone: ["company"],
        kept: ["company", "coordinator"],
    }
    assert await people(platform, gone) == []
    said = (await outbox_events(platform.app.state.database))[-4:]
    assert sorted(event.name_and_version()[0] for event in said) == [
        *("contact-updated", "contact-updated"),
        *("organisation-absorbed", "organisation-merged"),
    ]
    by_name = {event.name_and_version()[0]: event for event in said}
    absorbed = by_name["organisation-absorbed"]
    assert (str(absorbed.absorbed_id), absorbed.aggregate.version) == (gone, 2)  # type: ignore[attr-defined]
    assert str(by_name["organisation-merged"].aggregate.merged_into) == stays  # type: ignore[attr-defined]
    async with platform.app.state.database.reading() as session:
        erased = await session.scalars(text("select key from outbox where value is null"))
        assert erased.all() == [twice]


async def test_of_who_is_registered_with_both_the_one_that_confirmed_is_kept(platform: Any) -> None:
    stays = (await platform.organisation("company")).json()["id"]
    gone = (await platform.organisation("company")).json()["id"]
    await person(platform, stays, "a@ker.example", "company")
    agreed = await person(platform, gone, "a@ker.example", "company", consent_given_on="2025-09-30")
    await merge(platform, gone, stays)
    (only,) = await people(platform, stays)
    assert (only["id"], only["confirmed"], only["version"]) == (agreed, True, 2)


async def test_what_a_duplicate_waits_for_is_withdrawn(platform: Any) -> None:
    stays = (await platform.organisation("company")).json()["id"]
    gone = (await platform.organisation("company")).json()["id"]
    body = {"organisation_id": gone, "school_year": "2025-2026", "wishes": {}}
    opened = await platform.client.post(
        "/v1/waiting-list", json=body, headers=platform.who(Role.COORDINATOR)
    )
    assert opened.status_code == 201, opened.text
    await merge(platform, gone, stays)
    assert (await platform.said()).count("waiting-entry-withdrawn") == 1


async def test_both_histories_are_kept_and_read_by_the_survivor(platform: Any) -> None:
    stays = (await platform.organisation("company")).json()["id"]
    gone = (await platform.organisation("company")).json()["id"]
    platform.clock.advance(days=1)
    await merge(platform, gone, stays)
    host = platform.who(Role.COMPANY, stays)
    answer = await platform.client.get(f"/v1/organisations/{stays}/history", headers=host)
    steps = [(s["organisation_id"], s["action"], s["reason"]) for s in answer.json()["items"]]
    assert set(steps) == {
        (stays, "register", None),
        (gone, "register", None),
        (gone, "merge", "Deux fois la même"),
        (stays, "absorb", "Deux fois la même"),
    }
    assert [action for _, action, _ in steps[:2]] == ["register", "register"]


async def test_who_was_merged_before_is_told_who_stays(platform: Any) -> None:
    first, second, third = [(await platform.organisation("school")).json()["id"] for _ in range(3)]
    await merge(platform, first, second)
    await merge(platform, second, third)
    known = await shown(platform, first)
    assert (known["merged_into"], known["version"]) == (third, 3)
    path = f"/v1/organisations/{third}/history"
    steps = (await platform.client.get(path, headers=platform.who(Role.COORDINATOR))).json()[
        "items"
    ]
    assert {step["organisation_id"] for step in steps} == {first, second, third}


async def test_a_duplicate_with_live_partnerships_stays_and_the_other_one_may_go(
    platform: Any,
) -> None:
    school, company = await platform.pair()
    twin = (await platform.organisation("school")).json()["id"]
    known = await platform.propose(platform.who(Role.TEACHER, school), school, company)
    refused = await merge(platform, school, twin)
    assert platform.rule(refused) == (409, "live-partnerships")
    assert "merge" not in (await shown(platform, school))["allowed_actions"]
    assert "merge" in (await shown(platform, twin))["allowed_actions"]
    assert (await merge(platform, twin, school)).status_code == 200
    # once it is over, nothing binds
    await platform.act(platform.who(Role.COMPANY, company), known, "decline", {"reason": "other"})
    other = (await platform.organisation("school")).json()["id"]
    assert (await merge(platform, school, other)).status_code == 200


async def test_a_duplicate_with_activities_that_are_not_over_stays(platform: Any) -> None:
    school, company = await platform.pair()
    known = await platform.propose(platform.who(Role.TEACHER, school), school, company)
    await platform.plan(school, company, known)
    await platform.act(platform.who(Role.COMPANY, company), known, "decline", {"reason": "other"})
    twin = (await platform.organisation("school")).json()["id"]
    refused = await merge(platform, school, twin)
    assert platform.rule(refused) == (409, "open-activities")
    assert "merge" not in (await shown(platform, school))["allowed_actions"]


async def test_the_survivors_lists_show_the_duplicates_partnerships(platform: Any) -> None:
    gone, company = await platform.pair()
    known = await platform.propose(platform.who(Role.TEACHER, gone), gone, company)
    await platform.act(platform.who(Role.COMPANY, company), known, "decline", {"reason": "other"})
    stays = (await platform.organisation("school")).json()["id"]
    head = platform.who(Role.HEAD, stays)
    path = f"/v1/partnerships/{known.json()['id']}"
    assert (await platform.client.get(path, headers=head)).status_code == 403
    await merge(platform, gone, stays)
    for query, who in ((f"?school_id={stays}", platform.who(Role.COORDINATOR)), ("", head)):
        listed = await platform.client.get(f"/v1/partnerships{query}", headers=who)
        assert [item["id"] for item in listed.json()["items"]] == [known.json()["id"]]
    assert (await platform.client.get(path, headers=head)).json()["school_id"] == gone
    assert (await platform.client.get(f"{path}/history", headers=head)).status_code == 200


async def test_a_merged_organisation_changes_no_more(platform: Any) -> None:
    stays = (await platform.organisation("company")).json()["id"]
    gone = (await platform.organisation("company")).json()["id"]
    await merge(platform, gone, stays)
    assert platform.rule(await merge(platform, gone, stays)) == (409, "organisation-merged")
    assert platform.rule(await merge(platform, stays, gone)) == (409, "organisation-merged")
    coordinator = platform.who(Role.COORDINATOR)
    changed = await platform.client.patch(
        f"/v1/organisations/{gone}", json={"pupils": 1}, headers=coordinator | {"If-Match": '"2"'}
    )
    assert platform.rule(changed) == (409, "organisation-merged")
    body = {"organisation_id": gone, "name": "X", "email": "x@y.fr", "roles": ["company"]}
    made = await platform.client.post("/v1/contacts", json=body, headers=coordinator)
    assert platform.rule(made) == (409, "organisation-merged")


async def test_only_the_coordinator_of_the_region_merges(platform: Any) -> None:
    stays = (await platform.organisation("company")).json()["id"]
    gone = (await platform.organisation("company")).json()["id"]
    own = platform.who(Role.COMPANY, gone)
    assert (await merge(platform, gone, stays, own)).status_code == 403
    assert platform.rule(await merge(platform, gone, gone)) == (422, "merge-with-itself")
    unknown = "0199a1b2-0002-7000-8000-00000000ffff"
    assert (await merge(platform, gone, unknown)).status_code == 404


async def test_of_two_merges_in_opposite_directions_at_once_one_is_done(platform: Any) -> None:
    one = (await platform.organisation("company")).json()["id"]
    other = (await platform.organisation("company")).json()["id"]
    done = await asyncio.gather(merge(platform, one, other), merge(platform, other, one))
    assert sorted(answer.status_code for answer in done)[0] == 200
    assert sorted(answer.status_code for answer in done)[1] in (409, 412)


async def test_the_next_import_follows_the_survivor_and_leaves_the_duplicate_alone(
    platform: Any, imported: Any
) -> None:
    head = "kind;name;scheme;identifier;country\n"
    rows = "school;Zola;uai;0350024L;FR\nschool;Zola bis;uai;0350026N;FR\n"
    await imported((head + rows).encode(), "triskel-template")
    coordinator = platform.who(Role.COORDINATOR)

    async def numbered(uai: str) -> Any:
        path = f"/v1/organisations?identifier=uai:{uai}"
        (only,) = (await platform.client.get(path, headers=coordinator)).json()["items"]
        return only

    stays, gone = await numbered("0350024L"), await numbered("0350026N")
    assert (await merge(platform, gone["id"], stays["id"])).status_code == 200
    # both numbers lead to the survivor; its name is that of its own row, whichever comes first
    again = await imported((head + rows).encode(), "triskel-template")
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 2)
    assert (await numbered("0350026N"))["id"] == stays["id"]
    # a register that has dropped the duplicate does not close the survivor
    first = rows.split("\n")[0] + "\n"
    report = await imported((head + first).encode(), "triskel-template", max_closed=9)
    assert report["closed"] == 0
    assert (await shown(platform, stays["id"]))["open"] is True
