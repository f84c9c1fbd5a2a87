"""Claims of imported organisations: verified by the official mailbox or by the coordinator."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from triskel.chassis.testing import outbox_events
from triskel.contracts import registry as said
from triskel.contracts.codes import Role
from triskel.registry.claims.jobs import delete_closed, expire_unanswered
from triskel.registry.contacts.rules.addresses import masked

CSV = """kind,name,scheme,identifier,country,mailbox
school,Lycée <Zola>,uai,0350024L,FR,ce.0350024L@ac-rennes.fr
school,Collège sans boîte,uai,0350122T,FR,
company,Hydroliennes,siren,732829320,FR,contact@hydroliennes.example
"""


class Claiming:
    """An imported directory, and people who say that they speak for its organisations."""

    def __init__(self, platform: Any) -> None:
        self.platform = platform
        self.coordinator = platform.who(Role.COORDINATOR)
        self.ids: dict[str, str] = {}

    async def learn(self) -> None:
        found = await self.platform.client.get("/v1/organisations", headers=self.coordinator)
        self.ids = {each["identifiers"][0]["value"]: each["id"] for each in found.json()["items"]}

    def who(self, subject: str = "maelle", role: Role = Role.HEAD) -> dict[str, str]:
        bearer: dict[str, str] = self.platform.tokens.bearer(role, subject=subject)
        return bearer

    async def claim(self, of: str = "0350024L", subject: str = "maelle", **more: Any) -> Any:
        who = more.pop("who", None) or self.who(subject)
        body = {"name": "Maëlle Kervella", "email": f"{subject}@lycee.example", "role": "head"}
        path = f"/v1/organisations/{self.ids[of]}/claims"
        return await self.platform.client.post(path, json=body | more, headers=who)

    async def token(self) -> str:
        found = await outbox_events(self.platform.app.state.database)
        events = [e for e in found if isinstance(e, said.OrganisationClaimRequested)]
        return str(self.platform.opened(events[-1]))

    async def confirm(self, token: str) -> Any:
        return await self.platform.client.post("/v1/contacts/confirmations", json={"token": token})

    async def open(self, who: dict[str, str] | None = None) -> Any:
        found = await self.platform.client.get("/v1/claims", headers=who or self.coordinator)
        return found.json()["items"]

    async def show(self, made: Any, who: dict[str, str] | None = None) -> Any:
        path = f"/v1/claims/{made.json()['id']}"
        return await self.platform.client.get(path, headers=who or self.coordinator)

    async def decide(
        self, made: Any, action: str, who: dict[str, str] | None = None, **body: Any
    ) -> Any:
        shown = await self.show(made)
        headers = (who or self.coordinator) | {"If-Match": shown.headers["ETag"]}
        path = f"/v1/claims/{made.json()['id']}/{action}"
        return await self.platform.client.post(path, json=body or None, headers=headers)

    async def organisation(self, of: str = "0350024L") -> Any:
        path = f"/v1/organisations/{self.ids[of]}"
        return (await self.platform.client.get(path, headers=self.coordinator)).json()

    async def work(self) -> int:
        state = self.platform.app.state
        work = (state.database, state.outbox, self.platform.clock)
        return await expire_unanswered(*work) + await delete_closed(*work)

    async def rows(self, question: str) -> list[Any]:
        async with self.platform.app.state.database.reading() as session:
            return list((await session.execute(text(question))).all())


def rule(answer: Any) -> str:
    return str(answer.json()["type"].removeprefix("urn:triskel:problem:"))


@pytest.fixture
async def claiming(platform: Any, imported: Any) -> Claiming:
    report = await imported(CSV.encode(), "triskel-template")
    assert report["created"] == 3, report
    found = Claiming(platform)
    await found.learn()
    return found


def test_an_address_is_masked_to_what_its_owner_recognises() -> None:
    assert masked("ce.0350024L@ac-rennes.fr") == "c•••@ac-rennes.fr"


async def test_the_official_mailbox_verifies_a_claim(claiming: Claiming) -> None:
    made = await claiming.claim()
    assert made.status_code == 201, made.text
    assert made.json()["mailbox"] == "c•••@ac-rennes.fr"
    assert (made.json()["state"], made.json()["allowed_actions"]) == ("open", [])
    assert "0350024" not in made.text and "Kervella" not in made.text
    done = await claiming.confirm(await claiming.token())
    assert done.json() == {
        "contact_id": made.json()["contact_id"],
        "organisation_id": claiming.ids["0350024L"],
        "claim_id": made.json()["id"],
    }
    assert (await claiming.organisation())["status"] == "approved"
    assert (await claiming.platform.said())[-4:] == [
        "organisation-claim-requested",
        "membership-approved",
        "organisation-claimed",
        "contact-confirmed",
    ]
    path = f"/v1/contacts/{made.json()['contact_id']}"
    contact = (await claiming.platform.client.get(path, headers=claiming.coordinator)).json()
    assert (contact["confirmed"], contact["confirmed_by"]) == (True, "claim")
    shown = await claiming.show(made, claiming.who())
    assert shown.json()["state"] == "accepted"


async def test_the_mailbox_is_in_no_event_of_the_organisation_and_in_no_answer(
    claiming: Claiming,
) -> None:
    await claiming.claim()
    await claiming.confirm(await claiming.token())
    assert "ce.0350024L" not in str(await claiming.organisation())
    for topic, value in await claiming.rows(
        "select topic, convert_from(value, 'utf8') from outbox where value is not null"
    ):
        assert ("ce.0350024L" in value) <= (topic == "registry.contacts")


async def test_the_page_of_a_claim_says_who_claims_what_as_text(claiming: Claiming) -> None:
    await claiming.claim()
    token = await claiming.token()
    client = claiming.platform.client
    page = await client.get("/confirm", params={"token": token})
    for part in ("Maëlle Kervella (maelle@lycee.example)", "Lycée &lt;Zola&gt;", "<form"):
        assert part in page.text
    assert (await claiming.organisation())["status"] == "imported"
    done = await client.post("/confirm", data={"token": token})
    assert done.status_code == 200 and "est inscrite" in done.text
    assert (await claiming.organisation())["status"] == "approved"


async def test_without_a_mailbox_the_coordinator_decides(claiming: Claiming) -> None:
    made = await claiming.claim("0350122T")
    assert made.json()["mailbox"] is None
    found = await outbox_events(claiming.platform.app.state.database)
    (event,) = [e for e in found if isinstance(e, said.OrganisationClaimRequested)]
    assert (event.token, event.mailbox) == (None, None)
    (listed,) = await claiming.open()
    assert listed["contact"]["name"] == "Maëlle Kervella"
    assert listed["allowed_actions"] == ["approve", "reject"]
    assert (await claiming.decide(made, "approve", claiming.who())).status_code == 403
    stale = await claiming.platform.client.post(
        f"/v1/claims/{made.json()['id']}/approve",
        headers=claiming.coordinator | {"If-Match": '"9"'},
    )
    assert stale.status_code == 412
    done = await claiming.decide(made, "approve")
    assert (done.json()["state"], done.json()["allowed_actions"]) == ("accepted", [])
    assert (await claiming.organisation("0350122T"))["status"] == "approved"
    assert await claiming.open() == []
    assert rule(await claiming.decide(made, "reject")) == "claim-closed"


async def test_who_is_rejected_is_erased_and_cannot_ask_again(claiming: Claiming) -> None:
    made = await claiming.claim()
    token = await claiming.token()
    done = await claiming.decide(made, "reject", reason="not-of-this-organisation")
    assert (done.json()["state"], done.json()["contact_id"]) == ("rejected", None)
    assert (await claiming.confirm(token)).status_code == 404
    assert rule(await claiming.claim()) == "claim-rejected"
    gone = await claiming.rows("select key from outbox where value is null")
    assert [row.key for row in gone] == [made.json()["contact_id"]]
    for table in ("contacts", "contact_steps", "claims", "idempotency_keys", "outbox"):
        for (line,) in await claiming.rows(f"select t::text from {table} as t"):
            assert "Kervella" not in line and b"Kervella".hex() not in line
    shown = await claiming.show(made, claiming.who())
    assert shown.json()["reason"] == "not-of-this-organisation"


async def test_of_several_claims_one_is_accepted_and_the_others_are_refused(
    claiming: Claiming,
) -> None:
    first, second = await claiming.claim(subject="a"), await claiming.claim(subject="b")
    tokens = [
        claiming.platform.opened(event)
        for event in await outbox_events(claiming.platform.app.state.database)
        if isinstance(event, said.OrganisationClaimRequested)
    ]
    answers = await asyncio.gather(*(claiming.confirm(str(token)) for token in tokens))
    assert sorted(answer.status_code for answer in answers) == [200, 404]
    states = [(await claiming.show(each)).json() for each in (first, second)]
    assert sorted(each["state"] for each in states) == ["accepted", "rejected"]
    (lost,) = [each for each in states if each["state"] == "rejected"]
    assert (lost["reason"], lost["contact_id"]) == ("claimed-by-another", None)
    assert rule(await claiming.claim(subject="c")) == "status-does-not-allow"


async def test_one_person_has_one_open_claim_of_an_organisation(claiming: Claiming) -> None:
    answers = await asyncio.gather(
        *(claiming.claim(email=f"x{number}@lycee.example") for number in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {rule(answer) for answer in answers if answer.status_code == 409} == {"claim-open"}


async def test_the_open_claims_of_an_organisation_and_of_a_person_are_bounded(
    claiming: Claiming, imported: Any
) -> None:
    answers = await asyncio.gather(*(claiming.claim(subject=f"p{n}") for n in range(7)))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 2
    sirens = ("552100505", "552100513", "552100521", "552100539")
    more = "\n".join(f"company,Firme {n},siren,{n},FR,info@firme{n}.example" for n in sirens)
    await imported(f"{CSV.splitlines()[0]}\n{more}\n".encode(), "triskel-template")
    await claiming.learn()
    host = claiming.who("host", Role.COMPANY)
    answers = [await claiming.claim(siren, who=host, role="company") for siren in sirens]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 409]
    assert rule(answers[-1]) == "too-many-claims"


@pytest.mark.parametrize(
    ("role", "of", "body", "expected"),
    [
        (Role.HEAD, "0350024L", {"role": "company"}, "role-not-yours"),
        (Role.COMPANY, "0350024L", {"role": "company"}, "role-does-not-fit"),
        (Role.HEAD, "732829320", {"role": "head"}, "role-does-not-fit"),
        (Role.TEACHER, "0350024L", {}, "role-not-allowed"),
        (Role.HEAD, "0350024L", {"role": "coordinator"}, "request-invalid"),
        (Role.HEAD, "0350024L", {"email": "nobody"}, "email-malformed"),
    ],
)
async def test_a_claim_fits_the_role_of_who_makes_it_and_the_organisation(
    claiming: Claiming, role: Role, of: str, body: Any, expected: str
) -> None:
    refused = await claiming.claim(of, who=claiming.who(role=role), **body)
    assert rule(refused) == expected


async def test_who_speaks_for_an_organisation_already_claims_none(claiming: Claiming) -> None:
    who = claiming.platform.who(Role.HEAD, uuid4())
    assert rule(await claiming.claim(who=who)) == "organisation-already-yours"


async def test_a_claim_is_seen_by_its_claimant_and_the_coordinator_alone(
    claiming: Claiming,
) -> None:
    made = await claiming.claim()
    mine = await claiming.show(made, claiming.who())
    assert mine.json()["contact"] is None
    assert (await claiming.show(made)).json()["contact"]["email"] == "maelle@lycee.example"
    assert (await claiming.show(made, claiming.who("another"))).status_code == 403
    refused = await claiming.platform.client.get("/v1/claims", headers=claiming.who())
    assert refused.status_code == 403


async def test_a_claimant_is_neither_invited_nor_confirmed_otherwise(claiming: Claiming) -> None:
    made = await claiming.claim()
    path = f"/v1/contacts/{made.json()['contact_id']}"
    client = claiming.platform.client
    shown = await client.get(path, headers=claiming.coordinator)
    assert shown.json()["allowed_actions"] == []
    headers = claiming.coordinator | {"If-Match": shown.headers["ETag"]}
    assert rule(await client.post(f"{path}/invite", headers=headers)) == "claim-open"
    for change in ({"consent_given_on": "2025-09-30"}, {"email": "other@lycee.example"}):
        assert rule(await client.patch(path, json=change, headers=headers)) == "claim-open"


async def test_a_claim_expires_once_whoever_looks_and_is_forgotten_later(
    claiming: Claiming,
) -> None:
    made = await claiming.claim()
    token = await claiming.token()
    claiming.platform.clock.advance(days=14)
    assert (await claiming.confirm(token)).status_code == 404
    assert (await claiming.show(made)).json()["allowed_actions"] == []
    done = await asyncio.gather(*(claiming.work() for _ in range(4)))
    assert sum(done) == 1
    assert (await claiming.show(made)).json()["state"] == "expired"
    assert len(await claiming.rows("select key from outbox where value is null")) == 1
    # who was not answered may ask again
    assert (await claiming.claim()).status_code == 201
    claiming.platform.clock.advance(days=13)
    assert await claiming.work() == 0
    claiming.platform.clock.advance(days=17)
    assert await claiming.work() == 2
    assert (await claiming.show(made)).status_code == 404


async def test_a_mailbox_that_changes_is_learned_without_a_word(
    claiming: Claiming, imported: Any
) -> None:
    said_before = await claiming.platform.said()
    again = CSV.replace("ce.0350024L@", "new.box@").encode()
    dry = await imported(again, "triskel-template", dry_run=True)
    assert (dry["changed"], dry["unchanged"]) == (0, 3)
    assert (await claiming.rows("select 1 from organisations where mailbox like 'new%'")) == []
    assert (await imported(again, "triskel-template"))["unchanged"] == 3
    assert await claiming.platform.said() == said_before
    assert (await claiming.claim()).json()["mailbox"] == "n•••@ac-rennes.fr"


async def test_the_french_directory_brings_its_mailboxes(claiming: Claiming, imported: Any) -> None:
    head = "Identifiant_de_l_etablissement;Nom_etablissement;Type_etablissement;Mail"
    rows = "0350001A;x;Collège;bad\n0350028R;Lycée;Lycée;Ce.0350028R@AC-Rennes.fr"
    await imported(f"{head}\n{rows}\n".encode())
    found = await claiming.rows("select mailbox from organisations where mailbox like 'Ce.%'")
    assert [row.mailbox for row in found] == ["Ce.0350028R@ac-rennes.fr"]
