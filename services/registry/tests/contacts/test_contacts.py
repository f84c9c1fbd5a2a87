"""People: invited, confirmed by a token that works once, exported, erased."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from triskel.chassis.testing import outbox_events
from triskel.contracts import registry as said
from triskel.contracts.codes import Role

EMAIL = "maelle.kervella@lycee.example"


class People:
    """A school, its head, and what happens to one of its people."""

    def __init__(self, platform: Any, school: str) -> None:
        self.platform, self.school = platform, school
        self.head = platform.who(Role.HEAD, school)
        self.coordinator = platform.who(Role.COORDINATOR)

    async def register(self, who: dict[str, str] | None = None, **more: Any) -> Any:
        body = {
            "organisation_id": self.school,
            "name": "Maëlle Kervella",
            "email": EMAIL,
            "roles": ["teacher"],
            "languages": ["fr", "fr", "eu"],
        }
        return await self.platform.client.post(
            "/v1/contacts", json=body | more, headers=who or self.head
        )

    async def show(self, made: Any) -> Any:
        path = f"/v1/contacts/{made.json()['id']}"
        return await self.platform.client.get(path, headers=self.head)

    async def change(self, made: Any, who: dict[str, str] | None = None, **changes: Any) -> Any:
        shown = await self.show(made)
        headers = (who or self.head) | {"If-Match": shown.headers["ETag"]}
        path = f"/v1/contacts/{made.json()['id']}"
        return await self.platform.client.patch(path, json=changes, headers=headers)

    async def invite(self, made: Any) -> Any:
        shown = await self.show(made)
        headers = self.head | {"If-Match": shown.headers["ETag"]}
        path = f"/v1/contacts/{made.json()['id']}/invite"
        return await self.platform.client.post(path, headers=headers)

    async def tokens(self) -> list[str]:
        found = await outbox_events(self.platform.app.state.database)
        return [
            self.platform.opened(event) for event in found if isinstance(event, said.ContactInvited)
        ]

    async def confirm(self, token: str) -> Any:
        return await self.platform.client.post("/v1/contacts/confirmations", json={"token": token})


@pytest.fixture
async def people(platform: Any) -> People:
    made = await platform.organisation("school", names={"fr": "Lycée <Zola>", "en": "Zola School"})
    return People(platform, made.json()["id"])


async def test_who_is_registered_is_invited_and_confirms_with_the_token_alone(
    people: People,
) -> None:
    made = await people.register()
    assert made.status_code == 201, made.text
    before = (await people.show(made)).json()
    assert (before["confirmed"], before["languages"]) == (False, ["fr", "eu"])
    (token,) = await people.tokens()
    done = await people.confirm(token)
    confirmed = {"contact_id": made.json()["id"], "organisation_id": people.school}
    assert done.json() == confirmed | {"claim_id": None}
    after = (await people.show(made)).json()
    assert (after["confirmed"], after["confirmed_by"]) == (True, "invitation")
    assert after["allowed_actions"] == []
    assert (await people.platform.said())[-2:] == ["contact-invited", "contact-confirmed"]


async def test_the_token_is_kept_as_a_digest_only(people: People) -> None:
    await people.register()
    (token,) = await people.tokens()
    async with people.platform.app.state.database.reading() as session:
        (kept,) = await session.scalars(text("select c::text from contacts as c"))
    assert token not in kept


async def test_an_unknown_an_expired_and_a_replaced_token_get_the_same_answer(
    people: People,
) -> None:
    made = await people.register()
    people.platform.clock.advance(minutes=16)
    assert (await people.invite(made)).status_code == 200
    replaced, newest = await people.tokens()
    people.platform.clock.advance(days=14)
    answers = [await people.confirm(each) for each in (replaced, newest, "x" * 43)]
    assert {answer.status_code for answer in answers} == {404}
    problems = [answer.json() | {"correlation_id": ""} for answer in answers]
    assert problems[0] == problems[1] == problems[2]
    assert problems[0]["errors"][0]["value"] is None
    # the control: a moment earlier the newest works, and the replaced one does not
    people.platform.clock.advance(seconds=-1)
    assert (await people.confirm(replaced)).status_code == 404
    assert (await people.confirm(newest)).status_code == 200


async def test_an_invitation_waits_for_as_long_as_the_region_says(people: People) -> None:
    clock, wait = people.platform.clock, timedelta(days=3)
    await people.platform.decide(contact_answer_days=3)
    made = await people.register()
    began = [clock.now()]
    clock.advance(minutes=16)
    assert (await people.invite(made)).status_code == 200
    began.append(clock.now())
    found = await outbox_events(people.platform.app.state.database)
    expires = [event.expires_at for event in found if isinstance(event, said.ContactInvited)]
    assert expires == [each + wait for each in began]


async def test_nobody_is_invited_every_minute_and_nobody_who_has_confirmed(people: People) -> None:
    made = await people.register()
    assert (await people.show(made)).json()["allowed_actions"] == []
    assert (await people.invite(made)).json()["type"].endswith("invited-just-now")
    people.platform.clock.advance(minutes=15)
    assert (await people.show(made)).json()["allowed_actions"] == ["invite"]
    assert (await people.invite(made)).status_code == 200
    await people.confirm((await people.tokens())[-1])
    people.platform.clock.advance(days=1)
    assert (await people.show(made)).json()["allowed_actions"] == []
    assert (await people.invite(made)).json()["type"].endswith("contact-confirmed")


async def test_nobody_can_say_of_others_that_they_confirmed(people: People) -> None:
    assert (await people.register(confirmed=True)).status_code == 422
    made = await people.register()
    assert (await people.change(made, confirmed=True)).status_code == 422
    assert not (await people.show(made)).json()["confirmed"]


async def test_a_consent_that_the_coordinator_holds_confirms_without_a_mail(
    people: People,
) -> None:
    day = "2025-09-30"
    refused = await people.register(consent_given_on=day)
    assert refused.json()["type"].endswith("consent-by-coordinator-only")
    late = await people.register(people.coordinator, consent_given_on="2025-10-02")
    assert late.json()["type"].endswith("consent-in-the-future")
    made = await people.register(people.coordinator, consent_given_on=day)
    shown = (await people.show(made)).json()
    assert (shown["confirmed"], shown["confirmed_by"]) == (True, "consent")
    assert shown["consent_given_on"] == day
    assert await people.tokens() == []
    other = await people.register(email="other@lycee.example")
    assert (await people.change(other, consent_given_on=day)).status_code == 403
    changed = await people.change(other, people.coordinator, consent_given_on=day)
    assert changed.json()["confirmed"]
    assert (await people.platform.said())[-1] == "contact-confirmed"


async def test_a_new_address_is_confirmed_anew(people: People) -> None:
    made = await people.register()
    (old,) = await people.tokens()
    await people.confirm(old)
    assert (await people.change(made, name="Maëlle K")).json()["confirmed"]
    moved = await people.change(made, email="maelle@new.example")
    assert moved.json()["confirmed"] is False
    assert (await people.confirm(old)).status_code == 404
    assert (await people.confirm((await people.tokens())[-1])).status_code == 200
    # the same again is no news
    said_before = await people.platform.said()
    same = await people.change(made, email="maelle@new.example")
    assert same.json()["confirmed"] is True
    assert await people.platform.said() == said_before


async def test_roles_beyond_one_organisation_are_the_coordinators_to_give(people: People) -> None:
    for role in ("coordinator", "authority", "ops", "system"):
        refused = await people.register(roles=["teacher", role])
        assert refused.json()["type"].endswith("role-by-coordinator-only")
    made = await people.register(people.coordinator, roles=["coordinator"])
    assert made.status_code == 201
    # what the coordinator gave, its organisation may leave as it is
    assert (await people.change(made, roles=["coordinator", "head"])).status_code == 200
    assert (await people.change(made, roles=["ops"])).status_code == 403


@pytest.mark.parametrize("field", ["language", "languages"])
async def test_languages_are_those_of_the_networks_regions(people: People, field: str) -> None:
    value: Any = "br" if field == "language" else ["fr", "br"]
    assert (await people.register(**{field: value})).status_code == 422
    for number, language in enumerate(("fr", "en", "nl", "da", "es", "eu")):
        given = language if field == "language" else [language]
        made = await people.register(email=f"p{number}@lycee.example", **{field: given})
        assert made.status_code == 201


async def test_the_page_asks_and_only_the_form_confirms(people: People) -> None:
    await people.register(language="en")
    (token,) = await people.tokens()
    client = people.platform.client
    for _ in range(2):  # a mail scanner opens it, and then the person
        page = await client.get("/confirm", params={"token": token})
        assert page.status_code == 200
    assert "contact-confirmed" not in await people.platform.said()
    assert 'lang="en"' in page.text and "Zola School" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    sent = {"Idempotency-Key": ""}
    done = await client.post("/confirm", data={"token": token}, headers=sent)
    assert done.status_code == 200 and "Confirmed" in done.text
    assert (await people.platform.said()).count("contact-confirmed") == 1


async def test_the_page_is_in_the_persons_language_and_shows_names_as_text(
    people: People,
) -> None:
    await people.register()
    (token,) = await people.tokens()
    page = await people.platform.client.get("/confirm", params={"token": token})
    assert "Lycée &lt;Zola&gt;" in page.text and "Je confirme" in page.text


@pytest.mark.parametrize(("wanted", "title"), [("fr-FR,en", "Ce lien ne"), ("nl,en", "This link")])
async def test_the_page_of_a_link_that_does_not_work_says_so_and_nothing_else(
    people: People, wanted: str, title: str
) -> None:
    headers = {"Accept-Language": wanted}
    client = people.platform.client
    asked = await client.get("/confirm", params={"token": "x" * 43}, headers=headers)
    sent = await client.post("/confirm", data={"token": "x" * 43}, headers=headers)
    assert (asked.status_code, sent.status_code) == (404, 404)
    assert asked.text == sent.text and title in asked.text
    for bad in ("", "short", "x" * 43 + "\x00", "é" * 43):
        assert (await client.get("/confirm", params={"token": bad})).status_code == 422
        assert (await client.post("/confirm", data={"token": bad})).status_code == 422


async def test_an_export_holds_what_we_know_and_how_we_know_it(people: People) -> None:
    made = await people.register()
    people.platform.clock.advance(hours=1)
    await people.confirm((await people.tokens())[-1])
    await people.change(made, name="Maëlle K", language="en")
    path = f"/v1/contacts/{made.json()['id']}/export"
    stranger = people.platform.who(Role.HEAD, uuid4())
    assert (await people.platform.client.get(path, headers=stranger)).status_code == 403
    found = (await people.platform.client.get(path, headers=people.head)).json()
    assert found["contact"]["email"] == EMAIL
    assert found["contact"]["confirmed_at"] == "2025-10-01T09:00:00Z"
    assert [(s["action"], s["by"], s["fields"]) for s in found["history"]] == [
        ("register", "head", []),
        ("confirm", "themselves", []),
        ("update", "head", ["language", "name"]),
    ]
    assert {each["where"] for each in found["elsewhere"]} == {
        "notifications",
        "the topic registry.contacts",
    }
    now = people.platform.clock.now()
    assert found["as_of"] == now.isoformat().replace("+00:00", "Z")


async def test_of_six_equal_people_at_once_one_is_registered_and_five_are_a_conflict(
    people: People,
) -> None:
    answers = await asyncio.gather(*(people.register() for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]
    rules = {answer.json()["type"] for answer in answers if answer.status_code == 409}
    # who came later is told by the use case, who came at the same moment by the database
    assert rules <= {f"urn:triskel:problem:{name}" for name in ("contact-exists", "contacts-once")}
