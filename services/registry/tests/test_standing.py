"""An organisation that is suspended takes on nothing new, and is told why."""

from typing import Any

import pytest

from triskel.contracts.codes import Role


async def suspend(town: Any, number: str) -> None:
    path = f"/v1/organisations/{number}"
    coordinator = town.who(Role.COORDINATOR)
    seen = (await town.client.get(path, headers=coordinator)).headers["ETag"]
    body = {"reason": "Assurance expirée"}
    done = await town.client.post(
        f"{path}/suspend", json=body, headers=coordinator | {"If-Match": seen}
    )
    assert done.status_code == 200, done.text


@pytest.mark.parametrize("side", ["school_id", "company_id"])
async def test_a_suspended_organisation_is_proposed_no_partnership_on_either_side(
    town: Any, side: str
) -> None:
    pair = dict(zip(("school_id", "company_id"), await town.pair(), strict=True))
    await suspend(town, pair[side])
    refused = await town.propose(town.who(Role.COORDINATOR), *pair.values())
    assert town.rule(refused) == (409, "organisation-suspended")
    (error,) = refused.json()["errors"]
    assert (error["field"], error["value"]) == (side, pair[side])
    # why is its own affair
    assert "Assurance" not in refused.text


@pytest.mark.parametrize("side", [0, 1])
async def test_a_proposal_is_not_accepted_once_a_side_is_suspended(town: Any, side: int) -> None:
    pair = await town.pair()
    school, company = pair
    known = await town.propose(town.who(Role.TEACHER, school), school, company)
    await suspend(town, pair[side])
    host = town.who(Role.COMPANY, company)
    shown = await town.client.get(f"/v1/partnerships/{known.json()['id']}", headers=host)
    assert shown.json()["allowed_actions"] == ["decline"]
    refused = await town.act(host, known, "accept")
    assert town.rule(refused) == (409, "organisation-suspended")
    assert (await town.act(host, known, "decline", {"reason": "other"})).status_code == 200


async def test_a_partnership_with_a_suspended_side_goes_on_and_is_not_renewed(town: Any) -> None:
    school, company = await town.pair()
    coordinator, host = town.who(Role.COORDINATOR), town.who(Role.COMPANY, company)
    known = await town.propose(town.who(Role.TEACHER, school), school, company)
    known = await town.act(host, known, "accept")
    known = await town.act(coordinator, known, "draft-agreement")
    assert "renew" in known.json()["allowed_actions"]
    await suspend(town, school)
    shown = await town.client.get(f"/v1/partnerships/{known.json()['id']}", headers=host)
    assert set(shown.json()["allowed_actions"]) == {"sign", "amend"}
    body = {"starts_on": "2026-09-15", "ends_on": "2027-07-02"}
    assert town.rule(await town.act(host, known, "renew", body)) == (409, "organisation-suspended")
