"""What is done with organisations is refused in one order: 404, 403, 412, then 409."""

from typing import Any
from uuid import uuid4

import pytest

from triskel.contracts.codes import Role


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("approve", {}),
        ("reject", {"reason": "Assurance expirée"}),
        ("claim", {}),
        ("suspend", {"reason": "Assurance expirée"}),
        ("reinstate", {}),
        ("withdraw", {}),
        ("merge", {"reason": "Registered twice"}),
    ],
)
async def test_who_may_not_is_told_so_before_a_stale_version_and_that_before_a_wrong_state(
    platform: Any, action: str, body: dict[str, str]
) -> None:
    school, company = await platform.pair()
    coordinator, stranger = platform.who(Role.COORDINATOR), platform.who(Role.COMPANY, company)
    path = f"/v1/organisations/{school}"

    async def act(who: dict[str, str], seen: str, path: str = path) -> int:
        given = body | ({"into": school} if action == "merge" else {})
        headers = who | {"If-Match": seen}
        done = await platform.client.post(f"{path}/{action}", json=given, headers=headers)
        return int(done.status_code)

    if action in ("suspend", "withdraw"):
        left = await platform.client.get(path, headers=coordinator)
        headers = coordinator | {"If-Match": left.headers["ETag"]}
        assert (await platform.client.post(f"{path}/withdraw", headers=headers)).is_success
    now = (await platform.client.get(path, headers=coordinator)).headers["ETag"]
    unknown = f"/v1/organisations/{uuid4()}"
    assert await act(coordinator, '"999"', unknown) == 404
    assert await act(stranger, '"999"') == 403
    assert await act(coordinator, '"999"') == 412
    wrong = 422 if action == "merge" else 409
    assert await act(coordinator, now) == wrong
