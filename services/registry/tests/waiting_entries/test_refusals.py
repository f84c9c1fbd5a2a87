"""In which order an entry's routes refuse."""

from typing import Any

import pytest

from triskel.contracts.codes import Role


@pytest.mark.parametrize(
    ("method", "action", "body"),
    [("PUT", "wishes", {"partners": 3}), ("POST", "withdraw", None)],
)
async def test_an_entry_refuses_by_id_then_caller_then_version_then_state(
    platform: Any, method: str, action: str, body: Any
) -> None:
    school, company = await platform.pair()
    await platform.wait(school)
    head, stranger = platform.who(Role.HEAD, school), platform.who(Role.COMPANY, company)
    (known,) = (await platform.client.get("/v1/waiting-list", headers=head)).json()["items"]
    path = f"/v1/waiting-list/{known['id']}/withdraw"
    done = await platform.client.post(path, headers=head | {"If-Match": '"1"'})
    answers = await platform.refusals_in_order(
        f"/v1/waiting-list/{{id}}/{action}",
        done.json(),
        may=head,
        stranger=stranger,
        body=body,
        method=method,
    )
    assert answers == [404, 403, 412, 409]
