"""What an organisation is: not every kind is a school's company."""

from typing import Any

import pytest

from triskel.chassis.testing import outbox_events
from triskel.contracts.codes import Role


@pytest.mark.parametrize(
    ("kind", "helix", "before"),
    [
        ("foundation", "civil-society", "association"),
        ("training-body", "education", "higher-education"),
    ],
)
async def test_foundations_and_training_bodies_are_registered_and_become_partners_as_such(
    platform: Any, kind: str, helix: str, before: str
) -> None:
    made = await platform.organisation(kind)
    assert (made.status_code, made.json()["kind"], made.json()["helix"]) == (201, kind, helix)
    assert "exact_kind" not in made.json()
    listed = await platform.client.get(
        f"/v1/organisations?kind={kind}", headers=platform.who(Role.COORDINATOR)
    )
    assert [row["id"] for row in listed.json()["items"]] == [made.json()["id"]]
    school = (await platform.organisation("school")).json()["id"]
    teacher = platform.who(Role.TEACHER, school)
    assert (await platform.propose(teacher, school, made.json()["id"])).status_code == 201
    told = (await outbox_events(platform.app.state.database))[0].aggregate
    assert told.kind == kind
    wire = told.model_dump(mode="json")
    assert (wire["kind"], wire["exact_kind"]) == (before, kind)


@pytest.mark.parametrize("kind", ["public-authority", "chamber", "network"])
async def test_an_authority_a_chamber_or_a_network_is_no_company_of_a_school(
    platform: Any, kind: str
) -> None:
    number = (await platform.organisation(kind)).json()["id"]
    school = (await platform.organisation("school")).json()["id"]
    refused = await platform.propose(platform.who(Role.TEACHER, school), school, number)
    assert platform.rule(refused) == (422, "not-a-partner-organisation")
    body = {"organisation_id": number, "school_year": "2025-2026"}
    waiting = await platform.client.post(
        "/v1/waiting-list", json=body, headers=platform.who(Role.COORDINATOR)
    )
    assert platform.rule(waiting) == (422, "waits-for-no-school")
