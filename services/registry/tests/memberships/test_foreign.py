"""Whom the registry of another region calls a member of its organisations may act here, too; what
it says of ours is refused."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from triskel.chassis.auth import ORGANISATION_HEADER, person_of
from triskel.chassis.testing import Tokens, deliver
from triskel.contracts import registry as contract
from triskel.contracts.codes import Role
from triskel.contracts.people_codes import MemberRole, MembershipEnding, MembershipState


@pytest.fixture
def tokens() -> Tokens:
    """An issuer that speaks for a Breton and a Dutch platform."""
    return Tokens("https://issuer.test", "FRH0", "NL")


class Mirror:
    """What arrives of the Dutch registry, and Sanne, who has a token of the Dutch issuer."""

    def __init__(self, platform: Any) -> None:
        self.platform = platform
        self.company = uuid4()
        self.person = person_of(platform.tokens.issuer.issuer, "sanne")

    def sanne(self, **more: Any) -> dict[str, str]:
        given = {"subject": "sanne", "region": "NL"} | more
        bearer: dict[str, str] = self.platform.tokens.bearer(Role.TEACHER, **given)
        return bearer

    async def says(
        self, organisation_id: UUID, version: int = 1, *, ended: bool = False, **more: Any
    ) -> None:
        """The Dutch registry, of Sanne."""
        known = {
            "id": uuid4(),
            "region": "NL",
            "version": version,
            "organisation_id": organisation_id,
            "person": self.person,
            "roles": (MemberRole.SIGNATORY,),
            "state": MembershipState.ENDED if ended else MembershipState.ACTIVE,
        }
        membership = contract.Membership.model_validate(known | more)
        state = self.platform.app.state
        event: contract.MembershipEvent = contract.MembershipApproved(
            membership=membership, by=Role.COMPANY
        )
        if ended:
            event = contract.MembershipEnded(
                membership=membership, by=Role.COMPANY, reason=MembershipEnding.REVOKED
            )
        await deliver(state.database, state.consumers, event, origin="nl")

    async def acts_for(self, who: dict[str, str]) -> list[str]:
        shown = await self.platform.client.get("/v1/me", headers=who)
        return [each["organisation_id"] for each in shown.json()["memberships"]]

    async def people_of(self, organisation_id: str, who: dict[str, str]) -> Any:
        path = f"/v1/contacts?organisation_id={organisation_id}"
        return await self.platform.client.get(path, headers=who)


@pytest.fixture
async def mirror(platform: Any) -> Mirror:
    return Mirror(platform)


async def test_a_member_of_a_dutch_company_acts_for_it_here_until_its_registry_says_otherwise(
    mirror: Mirror,
) -> None:
    assert await mirror.acts_for(mirror.sanne()) == []
    membership_id = uuid4()
    await mirror.says(mirror.company, id=membership_id)
    assert await mirror.acts_for(mirror.sanne()) == [str(mirror.company)]
    # only with a token of an issuer that speaks for the company's region
    assert await mirror.acts_for(mirror.sanne(region="FRH0")) == []
    await mirror.says(mirror.company, 2, ended=True, id=membership_id)
    assert await mirror.acts_for(mirror.sanne()) == []


async def test_nobody_decides_here_on_the_members_of_a_foreign_organisation(
    mirror: Mirror,
) -> None:
    """Its registry alone writes them."""
    membership_id = uuid4()
    await mirror.says(mirror.company, id=membership_id)
    client, sanne = mirror.platform.client, mirror.sanne()
    path = f"/v1/memberships/{membership_id}"
    assert (await client.get(path, headers=sanne)).status_code == 404
    refused = await client.post(f"{path}/end", headers=sanne | {"If-Match": '"1"'})
    assert mirror.platform.rule(refused) == (404, "membership-unknown")
    granted = {
        "organisation_id": str(mirror.company),
        "issuer": mirror.platform.tokens.issuer.issuer,
        "subject": "piet",
        "roles": ["expert"],
    }
    refused = await client.post("/v1/memberships", json=granted, headers=sanne)
    assert refused.status_code in (404, 409)


@pytest.mark.parametrize("its_id", ["new", "of ours"])
async def test_another_region_makes_nobody_a_member_of_an_organisation_of_ours(
    mirror: Mirror, its_id: str
) -> None:
    platform = mirror.platform
    school = (await platform.organisation("school")).json()["id"]
    given = {"organisation_id": school, "issuer": platform.tokens.issuer.issuer, "roles": ["head"]}
    coordinator = platform.who(Role.COORDINATOR)
    granted = await platform.client.post(
        "/v1/memberships", json=given | {"subject": "anne"}, headers=coordinator
    )
    assert granted.status_code == 201, granted.text
    squatted = UUID(granted.json()["id"]) if its_id == "of ours" else uuid4()
    await mirror.says(UUID(school), 99, id=squatted, roles=(MemberRole.HEAD,))
    chosen = mirror.sanne() | {ORGANISATION_HEADER: school}
    assert await mirror.acts_for(mirror.sanne()) == []
    refused = await mirror.people_of(school, chosen)
    assert platform.rule(refused) == (403, "not-a-member")
    # and ours stays what it was: the control
    anne = platform.tokens.bearer(Role.TEACHER, subject="anne") | {ORGANISATION_HEADER: school}
    assert (await mirror.people_of(school, anne)).status_code == 200


async def test_an_operator_is_one_of_this_deployment_and_nobody_is_the_clock(
    mirror: Mirror,
) -> None:
    """An issuer that is trusted for its own region gives roles in that one."""
    platform = mirror.platform
    path = "/v1/ops/outbox/parked"
    foreign = platform.tokens.bearer(Role.OPS, region="NL")
    refused = await platform.client.get(path, headers=foreign)
    assert platform.rule(refused) == (403, "role-not-allowed")
    own = platform.tokens.bearer(Role.OPS)
    assert (await platform.client.get(path, headers=own)).status_code == 200
    clock = platform.tokens.bearer(Role.SYSTEM, Role.OPS)
    shown = await platform.client.get("/v1/me", headers=clock)
    assert shown.json()["roles"] == ["ops"]
