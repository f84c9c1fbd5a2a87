"""Scopes narrow what a token reaches: of a service, of one resource, to read or to write."""

from typing import Any
from uuid import uuid4

import pytest

from triskel.contracts.codes import Role


@pytest.mark.parametrize(
    ("scope", "reads", "writes"),
    [
        ("openid profile email", 200, 201),  # a person's: none of ours
        ("metrics:read", 200, 403),
        ("metrics:write", 403, 201),
        ("things:read openid", 200, 403),
        ("things:read things:write", 200, 201),
        ("figures:read", 403, 403),
        ("registry:read registry:write", 403, 403),
        ("metrics:export", 403, 403),  # nothing that can be done, and not all
    ],
)
async def test_a_token_reaches_what_its_scopes_name(
    service: Any, scope: str, reads: int, writes: int
) -> None:
    who = service.tokens.bearer(Role.TEACHER, scope=scope)
    assert (await service.client.get("/v1/things", headers=who)).status_code == reads
    made = await service.client.post("/v1/things", json={"id": str(uuid4())}, headers=who)
    assert made.status_code == writes
    if writes == 403:
        assert made.json()["type"].endswith("scope-missing")


async def test_scopes_give_nothing_that_the_roles_do_not(service: Any) -> None:
    who = service.tokens.bearer(Role.COMPANY, scope="metrics:write")
    made = await service.client.post("/v1/things", json={"id": str(uuid4())}, headers=who)
    assert made.json()["type"].endswith("role-not-allowed")


async def test_who_is_asked_by_scopes_can_always_see_who_they_are(service: Any) -> None:
    who = service.tokens.bearer(Role.TEACHER, scope="figures:read")
    assert (await service.client.get("/v1/me", headers=who)).status_code == 200
