"""Whom the registry calls a member may act here, and nobody else; what it says later counts."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from triskel.chassis.auth import ORGANISATION_HEADER, Caller
from triskel.chassis.client import rule_of
from triskel.chassis.testing import Tokens, deliver
from triskel.chassis.testing.registry_events import approved
from triskel.contracts import registry as contract
from triskel.contracts.codes import OrganisationKind, Role
from triskel.contracts.people_codes import MemberRole, MembershipEnding, MembershipState


class Anne:
    """A person with a token of a teacher, that names no organisation."""

    def __init__(self, platform: Any, region: str = "FRH0") -> None:
        self.platform = platform
        self.headers = platform.tokens.bearer(Role.TEACHER, subject="anne", region=region)
        issuer = platform.tokens.issuer.issuer
        self.caller = Caller(issuer, "anne", frozenset({Role.TEACHER}), region)
        self.membership_id = uuid4()

    def of(self, organisation_id: UUID, version: int = 1, **more: Any) -> contract.Membership:
        known = {
            "id": self.membership_id,
            "region": "FRH0",
            "version": version,
            "organisation_id": organisation_id,
            "person": self.caller.pseudonym,
            "roles": (MemberRole.TEACHER,),
            "state": MembershipState.ACTIVE,
        }
        return contract.Membership.model_validate(known | more)

    async def hear(self, *memberships: contract.Membership) -> None:
        """The registry says so; who has been looked up is looked up again."""
        state = self.platform.app.state
        events = [
            contract.MembershipApproved(membership=each, by=Role.HEAD)
            if each.state is MembershipState.ACTIVE
            else contract.MembershipEnded(
                membership=each, by=Role.HEAD, reason=MembershipEnding.REVOKED
            )
            for each in memberships
        ]
        await deliver(state.database, state.consumers, *events)
        await state.memberships.read(self.caller)

    async def drafts(self, **headers: str) -> Any:
        body = {
            "format": "guest-lesson",
            "title": "Enseigner la photonique",
            "school_year": "2025-2026",
            "host_id": str(self.platform.host),
            "school_id": str(self.platform.school),
            "partnership_id": str(self.platform.partnership),
        }
        return await self.platform.client.post(
            "/v1/activities", json=body, headers=self.headers | headers
        )


@pytest.fixture
def tokens() -> Tokens:
    """An issuer that speaks for two regions."""
    return Tokens("https://issuer.test", "FRH0", "NL")


@pytest.fixture
def anne(platform: Any) -> Anne:
    return Anne(platform)


async def test_a_member_acts_until_the_membership_ends(anne: Anne) -> None:
    assert (await anne.drafts()).status_code == 403
    await anne.hear(anne.of(anne.platform.school))
    assert (await anne.drafts()).status_code == 201
    await anne.hear(anne.of(anne.platform.school, 2, state=MembershipState.ENDED))
    assert (await anne.drafts()).status_code == 403


async def test_a_member_acts_in_the_roles_of_the_membership_and_not_of_the_token(
    anne: Anne,
) -> None:
    """A token that says teacher, of somebody who is an expert of the company."""
    await anne.hear(anne.of(anne.platform.host, roles=(MemberRole.EXPERT,)))
    assert (await anne.drafts()).status_code == 403
    await anne.hear(anne.of(anne.platform.host, 2, roles=(MemberRole.SIGNATORY,)))
    assert (await anne.drafts()).status_code == 201


@pytest.mark.parametrize("chooses", [True, False])
async def test_a_new_member_is_not_waited_for(anne: Anne, chooses: bool) -> None:
    chosen = {ORGANISATION_HEADER: str(anne.platform.school)} if chooses else {}
    assert (await anne.drafts(**chosen)).status_code == 403
    state = anne.platform.app.state
    approved = contract.MembershipApproved(
        membership=anne.of(anne.platform.school), by=Role.COORDINATOR
    )
    await deliver(state.database, state.consumers, approved)
    assert (await anne.drafts(**chosen)).status_code == 201


async def test_a_membership_of_another_region_is_none_here_and_overwrites_none(
    anne: Anne,
) -> None:
    foreign = anne.of(anne.platform.school, region="NL")
    await anne.hear(foreign)
    assert (await anne.drafts()).status_code == 403
    # an id belongs to the region that made it
    anne.membership_id = uuid4()
    await anne.hear(anne.of(anne.platform.school))
    await anne.hear(anne.of(anne.platform.school, 99, region="NL", state=MembershipState.ENDED))
    assert (await anne.drafts()).status_code == 201
    # nor within one batch, in which a later version of another region would be taken for the newest
    ours = anne.of(anne.platform.school, 2, state=MembershipState.ENDED)
    await anne.hear(ours, anne.of(anne.platform.school, 99, region="NL"))
    assert (await anne.drafts()).status_code == 403


@pytest.mark.parametrize("first", ["the membership", "the school"])
async def test_another_region_makes_nobody_a_member_of_an_organisation_that_is_not_its_own(
    platform: Any, first: str
) -> None:
    """Its own issuer, its own registry, and a school of ours."""
    mallory = Anne(platform, region="NL")
    school = uuid4()
    claimed = contract.MembershipApproved(
        membership=mallory.of(school, region="NL"), by=Role.COORDINATOR
    )
    events = [claimed, approved(school, OrganisationKind.SCHOOL)]
    state = platform.app.state
    await deliver(
        state.database,
        state.consumers,
        *(events if first == "the membership" else reversed(events)),
    )
    shown = await platform.client.get("/v1/me", headers=mallory.headers)
    assert shown.json()["memberships"] == []
    chosen = {ORGANISATION_HEADER: str(school)}
    refused = await mallory.drafts(**chosen)
    assert (refused.status_code, rule_of(refused)) == (403, "not-a-member")
    # the control: of an organisation that nobody else calls its own
    foreign = mallory.of(uuid4(), region="NL", id=uuid4())
    await mallory.hear(foreign)
    shown = await platform.client.get("/v1/me", headers=mallory.headers)
    assert len(shown.json()["memberships"]) == 1


async def test_everybody_can_see_for_whom_they_may_act(anne: Anne) -> None:
    client = anne.platform.client
    assert (await client.get("/v1/me")).status_code == 401
    both = [anne.of(anne.platform.school), anne.of(anne.platform.other, id=uuid4())]
    await anne.hear(*both)
    assert (await anne.drafts()).status_code == 400
    shown = (await client.get("/v1/me", headers=anne.headers)).json()
    assert (shown["person"], shown["roles"]) == (anne.caller.pseudonym, ["teacher"])
    assert {each["organisation_id"] for each in shown["memberships"]} == {
        str(anne.platform.school),
        str(anne.platform.other),
    }
