"""An organisation that is suspended takes on nothing new, and is told why."""

from typing import Any

import pytest

from triskel.contracts.codes import Role


async def suspend(platform: Any, number: str) -> None:
    path = f"/v1/organisations/{number}"
    coordinator = platform.who(Role.COORDINATOR)
    seen = (await platform.client.get(path, headers=coordinator)).headers["ETag"]
    body = {"reason": "Assurance expirée"}
    done = await platform.client.post(
        f"{path}/suspend", json=body, headers=coordinator | {"If-Match": seen}
    )
    assert done.status_code == 200, done.text


@pytest.mark.parametrize("side", ["school_id", "company_id"])
async def test_a_suspended_organisation_is_proposed_no_partnership_on_either_side(
    platform: Any, side: str
) -> None:
    pair = dict(zip(("school_id", "company_id"), await platform.pair(), strict=True))
    await suspend(platform, pair[side])
    refused = await platform.propose(platform.who(Role.COORDINATOR), *pair.values())
    assert platform.rule(refused) == (409, "organisation-suspended")
    (error,) = refused.json()["errors"]
    assert (error["field"], error["value"]) == (side, pair[side])
    # why is its own affair
    assert "Assurance" not in refused.text


@pytest.mark.parametrize("side", [0, 1])
async def test_a_proposal_is_not_accepted_once_a_side_is_suspended(
    platform: Any, side: int
) -> None:
    pair = await platform.pair()
    school, company = pair
    known = await platform.propose(platform.who(Role.TEACHER, school), school, company)
    await suspend(platform, pair[side])
    host = platform.who(Role.COMPANY, company)
    shown = await platform.client.get(f"/v1/partnerships/{known.json()['id']}", headers=host)
    assert shown.json()["allowed_actions"] == ["decline"]
    refused = await platform.act(host, known, "accept")
    assert platform.rule(refused) == (409, "organisation-suspended")
    assert (await platform.act(host, known, "decline", {"reason": "other"})).status_code == 200


async def test_a_partnership_with_a_suspended_side_goes_on_and_is_not_renewed(
    platform: Any,
) -> None:
    school, company = await platform.pair()
    coordinator, host = platform.who(Role.COORDINATOR), platform.who(Role.COMPANY, company)
    known = await platform.propose(platform.who(Role.TEACHER, school), school, company)
    known = await platform.act(host, known, "accept")
    known = await platform.act(coordinator, known, "draft-agreement")
    assert "renew" in known.json()["allowed_actions"]
    await suspend(platform, school)
    shown = await platform.client.get(f"/v1/partnerships/{known.json()['id']}", headers=host)
    assert set(shown.json()["allowed_actions"]) == {"sign", "amend", "leave"}
    body = {"starts_on": "2026-09-15", "ends_on": "2027-07-02"}
    assert platform.rule(await platform.act(host, known, "renew", body)) == (
        409,
        "organisation-suspended",
    )
