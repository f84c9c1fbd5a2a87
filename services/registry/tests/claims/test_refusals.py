"""In which order a claim's routes refuse."""

from typing import Any

import pytest

from triskel.chassis.testing import Tokens
from triskel.contracts.codes import Role

CSV = """kind,name,scheme,identifier,country
school,Lycée Breizh,uai,0350024L,FR
"""


@pytest.fixture
def tokens() -> Tokens:
    """Of two regions that share a deployment: a coordinator of the other is a stranger here."""
    return Tokens("https://issuer.test", "FRH0", "ITC4")


@pytest.mark.parametrize("action", ["approve", "reject"])
async def test_a_claim_refuses_by_id_then_caller_then_version_then_state(
    platform: Any, imported: Any, action: str
) -> None:
    assert (await imported(CSV.encode(), "triskel-template"))["created"] == 1
    coordinator = platform.who(Role.COORDINATOR)
    elsewhere = platform.who(Role.COORDINATOR, region="ITC4")
    found = await platform.client.get("/v1/organisations", headers=coordinator)
    (school,) = found.json()["items"]
    body = {"name": "Maëlle", "email": "maelle@lycee.example", "role": "head"}
    path = f"/v1/organisations/{school['id']}/claims"
    claimant = platform.tokens.bearer(Role.HEAD, subject="maelle")
    made = await platform.client.post(path, json=body, headers=claimant)
    assert made.status_code == 201, made.text
    path = f"/v1/claims/{made.json()['id']}/reject"
    closed = await platform.client.post(path, headers=coordinator | {"If-Match": '"1"'})
    assert closed.json()["state"] == "rejected", closed.text
    path = f"/v1/claims/{{id}}/{action}"
    answers = await platform.refusals_in_order(
        path, closed.json(), may=coordinator, stranger=elsewhere
    )
    assert answers == [404, 403, 412, 409]
