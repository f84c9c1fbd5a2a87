"""In which order an entry's routes refuse."""

from typing import Any

import pytest

from triskel.contracts.codes import Role


@pytest.mark.parametrize(
    ("method", "action", "body"),
    [("PUT", "wishes", {"partners": 3}), ("POST", "withdraw", None)],
)
async def test_an_entry_refuses_by_id_then_caller_then_version_then_state(
    town: Any, method: str, action: str, body: Any
) -> None:
    school, company = await town.pair()
    await town.wait(school)
    head, stranger = town.who(Role.HEAD, school), town.who(Role.COMPANY, company)
    (known,) = (await town.client.get("/v1/waiting-list", headers=head)).json()["items"]
    path = f"/v1/waiting-list/{known['id']}/withdraw"
    done = await town.client.post(path, headers=head | {"If-Match": '"1"'})
    answers = await town.refusals_in_order(
        f"/v1/waiting-list/{{id}}/{action}",
        done.json(),
        may=head,
        stranger=stranger,
        body=body,
        method=method,
    )
    assert answers == [404, 403, 412, 409]
