"""What a region sets for itself."""

from typing import Any

from triskel.contracts.codes import Role

PATH = "/v1/regions/FRH0"


async def test_a_coordinator_sets_the_own_region_alone_and_overwrites_nothing_unseen(
    platform: Any,
) -> None:
    coordinator = platform.who(Role.COORDINATOR)
    shown = await platform.client.get(PATH, headers=platform.who(Role.TEACHER))
    assert (shown.json()["version"], shown.json()["sign_within_days"]) == (0, 60)
    body = {"sign_within_days": 30}
    for who, path in ((platform.who(Role.HEAD), PATH), (coordinator, "/v1/regions/FRI1")):
        assert (await platform.client.put(path, json=body, headers=who)).status_code == 403
    first = await platform.client.put(PATH, json=body, headers=coordinator)
    assert (first.json()["version"], first.headers["ETag"]) == (1, '"1"')
    unseen = await platform.client.put(PATH, json=body, headers=coordinator)
    assert unseen.status_code == 428
    seen = coordinator | {"If-Match": '"1"'}
    assert (await platform.client.put(PATH, json={}, headers=seen)).json()["version"] == 2
    stale = await platform.client.put(PATH, json=body, headers=seen)
    assert platform.rule(stale) == (412, "version-stale")
    wrong = {"sign_within_days": 0}
    assert (await platform.client.put(PATH, json=wrong, headers=seen)).status_code == 422
    shown = await platform.client.get(PATH, headers=coordinator)
    assert (shown.json()["version"], shown.json()["sign_within_days"]) == (2, 60)
