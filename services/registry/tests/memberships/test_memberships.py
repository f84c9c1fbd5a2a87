"""Who may act for an organisation: asked for, approved, ended, and what comes of it at once."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from triskel.chassis.auth import ORGANISATION_HEADER, person_of
from triskel.chassis.testing import outbox_events
from triskel.contracts import registry as contract
from triskel.contracts.codes import Role
from triskel.contracts.people_codes import MemberRole, MembershipEnding


class House:
    """A school, its head, and somebody of whom nobody has heard: the token names no organisation,
    as that of any issuer."""

    def __init__(self, platform: Any, school: str) -> None:
        self.platform, self.school = platform, school
        self.head = platform.who(Role.HEAD, school)
        self.coordinator = platform.who(Role.COORDINATOR)
        self.issuer = platform.tokens.issuer.issuer

    def person(self, subject: str = "anne", **more: Any) -> dict[str, str]:
        bearer: dict[str, str] = self.platform.tokens.bearer(Role.TEACHER, subject=subject, **more)
        return bearer

    async def grant(
        self, who: dict[str, str] | None = None, subject: str = "anne", **more: Any
    ) -> Any:
        body = {
            "organisation_id": self.school,
            "issuer": self.issuer,
            "subject": subject,
            "roles": ["teacher"],
        }
        return await self.platform.client.post(
            "/v1/memberships", json=body | more, headers=who or self.head
        )

    async def mailed(self, role: str = "teacher") -> str:
        """The token of an invitation's mail."""
        body = {
            "organisation_id": self.school,
            "name": "Anne Exemple",
            "email": f"{uuid4().hex}@lycee.example",
            "roles": [role],
        }
        made = await self.platform.client.post("/v1/contacts", json=body, headers=self.head)
        assert made.status_code == 201, made.text
        found = await outbox_events(self.platform.app.state.database)
        invited = [event for event in found if isinstance(event, contract.ContactInvited)]
        token: str = self.platform.opened(invited[-1])
        return token

    async def confirm(self, token: str, who: dict[str, str]) -> Any:
        path = "/v1/memberships/confirmations"
        return await self.platform.client.post(path, json={"token": token}, headers=who)

    async def act(self, known: Any, action: str, who: dict[str, str], *roles: str) -> Any:
        headers = who | {"If-Match": f'"{known.json()["version"]}"'}
        path = f"/v1/memberships/{known.json()['id']}/{action}"
        body = {"roles": roles} if roles else None
        return await self.platform.client.post(path, json=body, headers=headers)

    async def people(self, who: dict[str, str]) -> Any:
        path = f"/v1/contacts?organisation_id={self.school}"
        return await self.platform.client.get(path, headers=who)

    async def said(self) -> list[contract.MembershipEvent]:
        found = await outbox_events(self.platform.app.state.database)
        return [event for event in found if isinstance(event, contract.MembershipEvent)]


@pytest.fixture
async def house(platform: Any) -> House:
    return House(platform, (await platform.organisation("school")).json()["id"])


async def test_a_claim_in_a_token_lets_nobody_act_for_an_organisation(house: House) -> None:
    """What the tests' client does for tokens that name an organisation is left out here."""
    client = house.platform.client
    enrolling = client.event_hooks
    client.event_hooks = {}
    claimed = house.person("mallory", organisation=house.school)
    assert (await house.people(claimed)).status_code == 403
    # nor by choosing it
    chosen = claimed | {ORGANISATION_HEADER: house.school}
    assert house.platform.rule(await house.people(chosen)) == (403, "not-a-member")
    client.event_hooks = enrolling
    # the control: with a membership it is the same token that is let in
    assert (await house.people(claimed)).status_code == 200


async def test_the_mails_token_proves_the_mailbox_and_the_bearers_who_it_is_in_one_call(
    house: House,
) -> None:
    anne = house.person()
    asked = await house.confirm(await house.mailed(), anne)
    assert asked.status_code == 201, asked.text
    assert (asked.json()["state"], asked.json()["roles"]) == ("pending", ["teacher"])
    # she is confirmed, and acts for nobody before the head approves
    assert (await house.people(anne)).status_code == 403
    assert house.platform.rule(await house.act(asked, "approve", anne)) == (
        403,
        "members-by-head-only",
    )
    approved = await house.act(asked, "approve", house.head)
    assert (approved.status_code, approved.json()["state"]) == (200, "active")
    acting = anne | {ORGANISATION_HEADER: house.school}
    (shown,) = (await house.people(acting)).json()
    assert (shown["confirmed"], shown["id"]) == (True, asked.json()["contact_id"])


async def test_events_of_memberships_tell_no_identity(house: House) -> None:
    asked = await house.confirm(await house.mailed(), house.person("anne@example.org"))
    await house.act(asked, "approve", house.head)
    requested, approved = await house.said()
    assert isinstance(requested, contract.MembershipRequested)
    assert isinstance(approved, contract.MembershipApproved) and approved.by is Role.HEAD
    assert approved.membership.person == person_of(house.issuer, "anne@example.org")
    assert "anne" not in approved.model_dump_json() and house.issuer not in str(approved)


async def test_a_token_of_a_mail_is_used_once_and_by_nobody_of_another_region(
    house: House,
) -> None:
    token = await house.mailed()
    foreign = house.platform.tokens.bearer(Role.TEACHER, subject="anne", region="NL")
    assert (await house.confirm(token, foreign)).status_code == 401  # no issuer of that region
    assert (await house.confirm("x" * 43, house.person())).status_code == 404
    assert (await house.confirm(token, house.person())).status_code == 201
    assert (await house.confirm(token, house.person("eve"))).status_code == 404
    assert len(await house.said()) == 1


@pytest.mark.parametrize(
    ("by", "reason"),
    [("themselves", MembershipEnding.LEFT), ("head", MembershipEnding.REVOKED)],
)
async def test_a_membership_is_ended_by_the_member_or_by_who_leads(
    house: House, by: str, reason: MembershipEnding
) -> None:
    known = await house.grant()
    acting = house.person() | {ORGANISATION_HEADER: house.school}
    colleague = house.platform.who(Role.TEACHER, house.school)
    refused = await house.act(known, "end", colleague)
    assert house.platform.rule(refused) == (403, "membership-not-yours")
    ended = await house.act(known, "end", acting if by == "themselves" else house.head)
    assert ended.json()["state"] == "ended"
    assert (await house.said())[-1].reason is reason  # type: ignore[attr-defined]
    assert house.platform.rule(await house.act(ended, "end", house.head)) == (
        409,
        "state-does-not-allow",
    )
    # and may begin anew
    assert (await house.grant()).status_code == 201


async def test_who_leads_changes_what_a_member_is_and_the_member_does_not(house: House) -> None:
    known = await house.grant()
    anne = house.person() | {ORGANISATION_HEADER: house.school}
    colleague = house.platform.who(Role.TEACHER, house.school)
    for who in (anne, colleague):
        refused = await house.act(known, "change-roles", who, "head")
        assert house.platform.rule(refused) == (403, "members-by-head-only")
    refused = await house.act(known, "change-roles", house.head, "signatory")
    assert house.platform.rule(refused) == (422, "member-role-of-another-kind")
    assert (await house.grant(anne, "zoe")).status_code == 403
    changed = await house.act(known, "change-roles", house.head, "teacher", "head")
    assert changed.json()["roles"] == ["teacher", "head"]
    said = (await house.said())[-1]
    assert isinstance(said, contract.MembershipRolesChanged) and said.by is Role.HEAD
    # she leads it, too, once what was known of her is read again; the same roles change nothing
    await house.platform.client.get("/v1/me", headers=anne)
    assert (await house.grant(anne, "zoe")).status_code == 201
    again = await house.act(changed, "change-roles", anne, "head", "teacher")
    assert again.json()["version"] == changed.json()["version"]


@pytest.mark.parametrize(("action", "roles"), [("change-roles", ["teacher"]), ("end", [])])
async def test_the_last_who_leads_is_taken_away_by_the_coordinator_alone(
    house: House, action: str, roles: list[str]
) -> None:
    anne = house.person() | {ORGANISATION_HEADER: house.school}
    known = await house.grant(house.coordinator, roles=["head"])
    await house.grant(house.coordinator, "waits-for-nobody", roles=["teacher"])
    refused = await house.act(known, action, anne, *roles)
    assert house.platform.rule(refused) == (409, "last-leader")
    # where another leads, each may go
    other = await house.grant(anne, "other", roles=["head"])
    gone = await house.act(other, action, anne, *roles)
    assert gone.status_code == 200, gone.text
    assert (await house.act(known, action, house.coordinator, *roles)).status_code == 200


async def test_two_heads_who_remove_each_other_at_once_do_not_both_go(house: House) -> None:
    known = {
        subject: await house.grant(house.coordinator, subject, roles=["head"])
        for subject in ("anne", "bea")
    }
    answers = await asyncio.gather(
        *(
            house.act(known[whom], "end", house.person(who) | {ORGANISATION_HEADER: house.school})
            for who, whom in (("anne", "bea"), ("bea", "anne"))
        )
    )
    # who comes second leads nobody any more, or is the last who does
    gone, kept = sorted(answer.status_code for answer in answers)
    assert gone == 200
    assert kept in {403, 409}


async def test_only_who_leads_grants_and_only_what_fits(house: House) -> None:
    rule = house.platform.rule
    teacher = house.platform.who(Role.TEACHER, house.school)
    company = house.platform.who(Role.COMPANY, house.school)
    assert (await house.grant(teacher)).status_code == 403
    assert rule(await house.grant(company)) == (403, "members-by-head-only")
    assert rule(await house.grant(roles=["signatory"])) == (422, "member-role-of-another-kind")
    assert rule(await house.grant(issuer="https://evil.example")) == (422, "issuer-not-trusted")
    assert (await house.grant(house.coordinator, roles=["head"])).status_code == 201
    assert rule(await house.grant()) == (409, "already-a-member")


async def test_who_belongs_to_several_says_for_which_one_they_act(house: House) -> None:
    other = (await house.platform.organisation("school")).json()["id"]
    one, both = house.person("one"), house.person("both")
    await house.grant(subject="one")
    assert (await house.people(one)).status_code == 200  # one need not be chosen
    await house.grant(subject="both")
    await house.grant(house.coordinator, subject="both", organisation_id=other)
    refused = await house.people(both)
    assert house.platform.rule(refused) == (400, "organisation-not-chosen")
    assert (await house.people(both | {ORGANISATION_HEADER: other})).status_code == 403
    assert (await house.people(both | {ORGANISATION_HEADER: house.school})).status_code == 200
    wrong = await house.people(both | {ORGANISATION_HEADER: "my school"})
    assert house.platform.rule(wrong) == (400, "organisation-malformed")


async def test_an_erased_persons_membership_ends_and_leads_to_them_no_more(house: House) -> None:
    asked = await house.confirm(await house.mailed(), house.person())
    contact_id = asked.json()["contact_id"]
    path = f"/v1/contacts/{contact_id}"
    shown = await house.platform.client.get(path, headers=house.head)
    headers = house.head | {"If-Match": shown.headers["ETag"]}
    assert (await house.platform.client.delete(path, headers=headers)).status_code == 204
    ended = (await house.said())[-1]
    assert isinstance(ended, contract.MembershipEnded)
    assert ended.reason is MembershipEnding.PERSON_ERASED
    assert (ended.membership.contact_id, ended.membership.state) == (None, "ended")


async def test_members_come_along_when_their_organisation_is_merged(house: House) -> None:
    other = (await house.platform.organisation("school")).json()["id"]
    await house.grant()
    await house.grant(subject="both")
    await house.grant(house.coordinator, subject="both", organisation_id=other, roles=["head"])
    known = await house.platform.client.get(
        f"/v1/organisations/{house.school}", headers=house.coordinator
    )
    merged = await house.platform.client.post(
        f"/v1/organisations/{house.school}/merge",
        json={"into": other},
        headers=house.coordinator | {"If-Match": known.headers["ETag"]},
    )
    assert merged.status_code == 200, merged.text
    query = f"/v1/memberships?organisation_id={other}"
    found = (await house.platform.client.get(query, headers=house.coordinator)).json()["items"]
    mine = {person_of(house.issuer, subject): subject for subject in ("anne", "both")}
    assert {mine[each["person"]]: each["roles"] for each in found if each["person"] in mine} == {
        "anne": [MemberRole.TEACHER],
        "both": [MemberRole.HEAD],
    }


async def test_a_list_is_for_who_leads_and_for_the_coordinator(house: House) -> None:
    await house.grant()
    client, path = house.platform.client, "/v1/memberships"
    own = f"{path}?organisation_id={house.school}&state=active"
    teacher = house.platform.who(Role.TEACHER, house.school)
    assert (await client.get(own, headers=teacher)).status_code == 403
    assert (await client.get(path, headers=house.head)).status_code == 403
    for who, query in ((house.head, own), (house.coordinator, path)):
        found = (await client.get(query, headers=who)).json()["items"]
        assert person_of(house.issuer, "anne") in {each["person"] for each in found}
