"""Links of mails: their tokens are in no event and in no log in clear, and each ends with its use.

An invitation's link lives until it is used or a newer one is made, for 14 days; a claim's until the
claim is decided, by it or by the coordinator, for as long. The links of activities serve more than
one use by nature: their lives are in the tests of registrations and feeds there.
"""

import asyncio
import logging
import re
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import text

from triskel.chassis.testing import outbox_events
from triskel.contracts import registry as said
from triskel.contracts.codes import Role

CSV = """kind,name,scheme,identifier,country,mailbox
school,Lycée Zola,uai,0350024L,FR,ce.0350024L@ac-rennes.fr
"""
LIKE_A_TOKEN = re.compile(rb"[A-Za-z0-9_-]{20,100}")


async def invited(platform: Any, **more: Any) -> str:
    """Somebody is invited; the token of their link."""
    school = (await platform.organisation("school")).json()["id"]
    body = {"organisation_id": school, "name": "Maëlle", "roles": ["teacher"]}
    body |= {"email": f"{uuid4().hex}@lycee.example"}
    made = await platform.client.post(
        "/v1/contacts", json=body | more, headers=platform.who(Role.HEAD, school)
    )
    assert made.status_code == 201, made.text
    return (await tokens(platform))[-1]


async def claimed(platform: Any, imported: Any) -> tuple[Any, str]:
    """Somebody claims an imported school; the claim, and the token of the link."""
    await imported(CSV.encode(), "triskel-template")
    (school,) = (
        await platform.client.get("/v1/organisations", headers=platform.who(Role.COORDINATOR))
    ).json()["items"]
    body = {"name": "Maëlle", "email": "maelle@lycee.example", "role": "head"}
    path = f"/v1/organisations/{school['id']}/claims"
    who = platform.tokens.bearer(Role.HEAD, subject="maelle")
    made = await platform.client.post(path, json=body, headers=who)
    assert made.status_code == 201, made.text
    return made, (await tokens(platform))[-1]


async def tokens(platform: Any) -> list[str]:
    """Those of the links that were made, as the mails will have them."""
    events = await outbox_events(platform.app.state.database)
    kinds = said.ContactInvited | said.OrganisationClaimRequested
    return [platform.opened(event) for event in events if isinstance(event, kinds)]


async def confirm(platform: Any, token: str, **headers: str) -> Any:
    body = {"token": token}
    return await platform.client.post("/v1/contacts/confirmations", json=body, headers=headers)


async def working(platform: Any, values: Iterable[bytes]) -> set[str]:
    """What in these bytes opens the page of a link."""
    candidates = {found.decode() for value in values for found in LIKE_A_TOKEN.findall(value)}
    answers = {
        each: await platform.client.get("/confirm", params={"token": each}) for each in candidates
    }
    return {each for each, answer in answers.items() if answer.status_code == 200}


async def test_no_byte_that_goes_to_the_log_of_events_is_a_token_that_works(
    platform: Any, imported: Any
) -> None:
    _, claim = await claimed(platform, imported)
    person = await invited(platform)
    async with platform.app.state.database.reading() as session:
        values = [
            value
            for (value,) in await session.execute(
                text("select value from outbox where value is not null")
            )
        ]
    assert await working(platform, values) == set()
    # the control: as they were written before, in clear, both are found
    before = [b'{"token": "%s"}' % each.encode() for each in (claim, person)]
    assert await working(platform, before) == {claim, person}


async def test_a_sealed_token_is_of_no_use_as_it_is_and_opens_for_its_contact_alone(
    platform: Any,
) -> None:
    await invited(platform)
    event = (await outbox_events(platform.app.state.database))[-1]
    assert isinstance(event, said.ContactInvited)
    assert (await confirm(platform, event.token)).status_code == 404
    with pytest.raises(ValueError, match="not sealed"):
        platform.app.state.settings.links.open(event.token, uuid4())
    assert (await confirm(platform, platform.opened(event))).status_code == 200


async def test_an_invitations_link_ends_with_its_use_and_then_shows_what_an_unknown_one_shows(
    platform: Any,
) -> None:
    token = await invited(platform)
    assert (await confirm(platform, token)).status_code == 200
    again = await confirm(platform, token)
    assert platform.rule(again) == (404, "token-unknown")
    for language, word in (("fr", "déjà servi"), ("en", "used already")):
        headers = {"Accept-Language": language}
        for method, given in (("GET", "params"), ("POST", "data")):
            used, unknown = [
                await platform.client.request(
                    method, "/confirm", headers=headers, **{given: {"token": each}}
                )
                for each in (token, "x" * 43)
            ]
            assert (used.status_code, used.text) == (404, unknown.text)
            assert word in used.text


async def test_an_answer_that_was_lost_on_the_way_is_given_again_with_its_key(
    platform: Any,
) -> None:
    token, key = await invited(platform), str(uuid4())
    first = await confirm(platform, token, **{"Idempotency-Key": key})
    again = await confirm(platform, token, **{"Idempotency-Key": key})
    assert (first.status_code, first.json()) == (200, again.json())
    # the control: without the key it is another use
    assert (await confirm(platform, token)).status_code == 404
    assert (await platform.said()).count("contact-confirmed") == 1


async def test_of_several_uses_at_the_same_moment_one_counts(platform: Any) -> None:
    token = await invited(platform)
    answers = await asyncio.gather(*(confirm(platform, token) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404]
    assert (await platform.said()).count("contact-confirmed") == 1


async def test_a_claims_link_ends_with_its_use(platform: Any, imported: Any) -> None:
    made, token = await claimed(platform, imported)
    answers = await asyncio.gather(*(confirm(platform, token) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404]
    path = f"/v1/claims/{made.json()['id']}"
    shown = await platform.client.get(path, headers=platform.who(Role.COORDINATOR))
    assert shown.json()["state"] == "accepted"
    assert (await platform.said()).count("organisation-claimed") == 1


async def test_a_claims_link_ends_with_the_coordinators_decision(
    platform: Any, imported: Any
) -> None:
    made, token = await claimed(platform, imported)
    path, who = f"/v1/claims/{made.json()['id']}", platform.who(Role.COORDINATOR)
    done = await platform.client.post(f"{path}/approve", headers=who | {"If-Match": '"1"'})
    assert done.status_code == 200, done.text
    assert (await confirm(platform, token)).status_code == 404


async def test_of_a_used_link_nothing_is_kept(platform: Any, imported: Any) -> None:
    _, claim = await claimed(platform, imported)
    question = text(
        "select (select count(invitation_digest) from contacts), (select count(digest) from claims)"
    )

    async def kept() -> tuple[int, ...]:
        async with platform.app.state.database.reading() as session:
            return tuple((await session.execute(question)).one())

    person = await invited(platform)
    assert await kept() == (1, 1)
    await confirm(platform, person)
    await confirm(platform, claim)
    assert await kept() == (0, 0)


async def test_no_log_and_no_error_repeats_the_token_of_a_request(
    platform: Any, caplog: pytest.LogCaptureFixture
) -> None:
    right, wrong, malformed = await invited(platform), "w" * 43, "m" * 30 + "!" + "m" * 30
    problems = ""
    with structlog.testing.capture_logs() as lines, caplog.at_level(logging.DEBUG):
        for token in (wrong, malformed, right):
            for answer in (
                await platform.client.get("/confirm", params={"token": token}),
                await platform.client.post("/confirm", data={"token": token}),
                await confirm(platform, token),
                await platform.client.post(f"/v1/contacts/confirmations?token={token}", json={}),
            ):
                if answer.status_code >= 400:
                    problems += answer.text
    ours = [record for record in caplog.records if not record.name.startswith("httpx")]
    told = problems + repr(lines) + repr([record.getMessage() for record in ours])
    # the control: requests were refused for each reason, and that was logged
    assert "token-unknown" in told and "422" in told
    for token in (right, wrong, malformed):
        assert token not in told
