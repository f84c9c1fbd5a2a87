"""Reports over HTTP: who may say that something is wrong, who looks at it, and what is said."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from triskel.chassis.testing import Tokens, deliver, outbox_events
from triskel.contracts import activities
from triskel.contracts.codes import Role


@pytest.fixture
def tokens() -> Tokens:
    """Of two regions that share a deployment: a coordinator of the other is a stranger here."""
    return Tokens("https://issuer.test", "FRH0", "ITC4")


async def report(platform: Any, who: dict[str, str], subject_id: str, **more: Any) -> Any:
    body = {
        "subject": "organisation",
        "subject_id": subject_id,
        "category": "abuse",
        "text": "Maëlle Exemple écrit à nos élèves.",
    }
    return await platform.client.post("/v1/reports", json=body | more, headers=who)


async def close(platform: Any, known: Any, action: str, who: dict[str, str], **body: Any) -> Any:
    return await platform.client.post(
        f"/v1/reports/{known.json()['id']}/{action}",
        json=body,
        headers=who | {"If-Match": known.headers["ETag"]},
    )


async def test_whoever_takes_part_reports_once_and_the_coordinator_answers(platform: Any) -> None:
    school, company = await platform.school(), await platform.company()
    teacher, coordinator = platform.who(Role.TEACHER, school), platform.who(Role.COORDINATOR)
    known = await report(platform, teacher, company)
    assert known.status_code == 201, known.text
    assert known.json()["allowed_actions"] == []
    assert platform.rule(await report(platform, teacher, company)) == (409, "reported-already")
    listed = await platform.client.get("/v1/reports?state=open", headers=coordinator)
    assert [each["allowed_actions"] for each in listed.json()["items"]] == [["resolve", "dismiss"]]
    done = await close(platform, known, "resolve", coordinator, note="Elle ne le fait plus.")
    assert done.status_code == 200, done.text
    path = f"/v1/reports/{known.json()['id']}"
    seen = (await platform.client.get(path, headers=teacher)).json()
    assert (seen["state"], seen["note"]) == ("resolved", "Elle ne le fait plus.")
    again = await report(platform, teacher, company, category="error")
    assert again.status_code == 201
    dismissed = await close(platform, again, "dismiss", coordinator)
    assert dismissed.json()["state"] == "dismissed"


async def test_a_report_is_for_who_made_it_and_the_coordinator_alone(platform: Any) -> None:
    school, company = await platform.school(), await platform.company()
    known = await report(platform, platform.who(Role.TEACHER, school), company)
    path = f"/v1/reports/{known.json()['id']}"
    for who in (platform.who(Role.COMPANY, company), platform.who(Role.HEAD, school)):
        assert platform.rule(await platform.client.get(path, headers=who)) == (
            403,
            "report-not-yours",
        )
    listed = await platform.client.get("/v1/reports", headers=platform.who(Role.HEAD, school))
    assert listed.status_code == 403


async def test_what_is_written_in_a_report_is_in_no_event(platform: Any) -> None:
    company = await platform.company()
    coordinator = platform.who(Role.COORDINATOR)
    known = await report(platform, platform.who(Role.AUTHORITY, region="FRH0"), company)
    await close(platform, known, "dismiss", coordinator, note="Maëlle n'y est pour rien.")
    events = await outbox_events(platform.app.state.database)
    told = [event for event in events if event.topic == "registry.reports"]
    assert [event.name_and_version()[0] for event in told] == ["report-filed", "report-dismissed"]
    assert "Maëlle" not in "".join(event.model_dump_json() for event in told)


async def test_an_activity_is_reported_where_it_is_at_home_once_it_is_known(platform: Any) -> None:
    school, company = await platform.school(), await platform.company()
    activity = activity_of(school, company)
    teacher = platform.who(Role.TEACHER, school)
    wanted = {"subject": "activity", "subject_id": str(activity.id)}
    early = await report(platform, teacher, **wanted)
    assert platform.rule(early) == (404, "reported-thing-unknown")
    state = platform.app.state
    event = activities.ActivityDrafted(activity=activity, by=Role.TEACHER)
    await deliver(state.database, state.consumers, event)
    known = await report(platform, teacher, **wanted)
    assert (known.status_code, known.json()["region"]) == (201, "FRH0")


def activity_of(school: str, company: str) -> activities.Activity:
    return activities.Activity(
        id=uuid4(),
        region="FRH0",
        version=1,
        format="guest-lesson",
        state="draft",
        title="Une ingénieure en classe",
        school_year="2025-2026",
        host_id=UUID(company),
        school_id=UUID(school),
        partnership_id=None,
        proposed_by="school",
        drafted_at="2025-10-01T08:00:00Z",
    )


async def test_refusals_of_a_report_come_in_one_order(platform: Any) -> None:
    school, company = await platform.school(), await platform.company()
    known = await report(platform, platform.who(Role.TEACHER, school), company)
    coordinator = platform.who(Role.COORDINATOR)
    closed = await close(platform, known, "resolve", coordinator)
    found = await platform.refusals_in_order(
        "/v1/reports/{id}/resolve",
        closed.json(),
        may=coordinator,
        stranger=platform.who(Role.COORDINATOR, region="ITC4"),
    )
    assert found == [404, 403, 412, 409]
