"""Research works and meetings over HTTP, what is due, and what has an index."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from triskel.contracts.codes import ActivityFormat

SHA = "0" * 64


def rule(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:triskel:problem:")


async def test_a_research_work_goes_from_its_plan_to_the_accepted_report(platform: Any) -> None:
    number = await platform.scheduled(ActivityFormat.RESEARCH_WORK, 30)
    start = platform.clock.now() + timedelta(days=12)
    session = {"starts_at": start.isoformat(), "place": "company"}
    session["ends_at"] = (start + timedelta(hours=3)).isoformat()
    day = (start + timedelta(days=3)).date().isoformat()
    plan = {
        "group": {"level": "3", "girls": 4, "boys": 3},
        "sessions": [session],
        "milestones": [{"title": "Protocole validé", "due_on": day}],
    }
    await platform.does(number, ("PUT research", "teacher", plan))
    holiday = (start + timedelta(days=10)).isoformat()
    out = session | {"starts_at": holiday, "ends_at": holiday.replace("T08", "T10")}
    refused = await platform.tried(number, "PUT research", "teacher", plan | {"sessions": [out]})
    assert rule(refused) == (422, "date-in-school-holidays")
    await platform.begun(number)
    platform.clock.advance(days=5)
    assert await platform.say_missed() == 1
    known = await platform.show(number)
    assert [(row["kind"], row["number"]) for row in known["overdue"]] == [("milestone", 1)]
    report = {"document_url": "https://lycee.example/r.pdf", "sha256": SHA}
    known = await platform.does(
        number,
        ("research/sessions/1", "company", {"state": "done", "girls": 4, "boys": 2}),
        ("research/milestones/1", "teacher", None),
        ("PUT research/report", "teacher", report),
        ("research/report/accept", "company", None),
    )
    assert (known["overdue"], known["research"]["sessions"][0]["state"]) == ([], "done")
    platform.clock.advance(days=26)
    done = await platform.does(number, ("deliver", "teacher", {"outcome": "full"}))
    assert [row["girls"] for row in done["attendance"]] == [4]


async def test_a_guest_reads_the_meeting_approves_its_minutes_and_ticks_its_own_item(
    platform: Any,
) -> None:
    number = await platform.meeting()
    await platform.begun(number)
    due = (platform.clock.now() + timedelta(days=20)).date().isoformat()
    item = {"title": "Partager la grille", "owner_id": str(platform.guest), "due_on": due}
    known = await platform.does(
        number,
        ("PUT task-force/agenda", "company", {"items": [{"title": "Indicateurs", "minutes": 90}]}),
        ("task-force/action-items", "company", item),
        ("PUT task-force/minutes", "company", {"text": "Mme Exemple a présenté."}),
        ("task-force/minutes/approve", "guest", {"region": "NL"}),
    )
    page = (await platform.get("/v1/activities", "guest")).json()
    assert [row["id"] for row in page["items"]] == [number]
    minutes = await platform.get(f"/v1/activities/{number}/task-force/minutes", "guest")
    assert minutes.json()["text"] == "Mme Exemple a présenté."
    assert rule(await platform.get(f"/v1/activities/{number}/task-force/minutes", "stranger")) == (
        403,
        "organisation-not-yours",
    )
    assert not any("Exemple" in event.model_dump_json() for event in await platform.said())
    assert known["proposed_attendance"][0]["undeclared"] == 7
    assert await platform.say_missed() == 0
    platform.clock.advance(days=21)
    assert await platform.say_missed() == 1
    missed = [
        event
        for event in await platform.said()
        if type(event).__name__ == "ActivityDeadlinesMissed"
    ]
    assert [(each.kind, each.number) for each in missed[0].missed] == [("action-item", 1)]
    found = (await platform.get("/v1/action-items?open=true", "guest")).json()["items"]
    assert [(row["activity_id"], row["overdue"]) for row in found] == [(number, True)]
    await platform.does(number, ("task-force/action-items/1/done", "guest", None))
    assert (await platform.get("/v1/action-items?open=true", "guest")).json()["items"] == []
    assert len((await platform.get("/v1/action-items?open=false", "guest")).json()["items"]) == 1


async def test_a_dossier_has_its_parts_in_order_and_each_one_next(platform: Any) -> None:
    video = await platform.meeting()
    opened = await platform.tried(video, "task-force/next-part", "company", {"mode": "on-site"})
    assert opened.status_code == 201, opened.text
    on_site = opened.json()
    assert (on_site["state"], on_site["task_force"]["dossier"]["number"]) == ("draft", 2)
    assert {each["remote"] for each in on_site["task_force"]["delegations"]} == {False}
    first = (await platform.show(video))["task_force"]["dossier"]
    assert (first["dossier_id"], first["next_id"]) == (video, on_site["id"])
    again = await platform.tried(video, "task-force/next-part", "company", {"mode": "on-site"})
    assert rule(again) == (409, "continued-already")
    await platform.does(on_site["id"], ("cancel", "company", {"reason": "other"}))
    path, third = "task-force/next-part", {"mode": "hybrid", "title": "À Rennes"}
    other = (await platform.tried(video, path, "company", third)).json()
    said = [type(event).__name__ for event in await platform.said()]
    assert said[-2:] == ["MeetingContinued", "MeetingPartOpened"]
    for who in ("guest", "coordinator"):
        found = await platform.get(f"/v1/dossiers/{video}", who)
        assert [row["id"] for row in found.json()] == [video, on_site["id"], other["id"]]
    stranger = await platform.get(f"/v1/dossiers/{video}", "stranger")
    assert rule(stranger) == (403, "organisation-not-yours")
    assert rule(await platform.get(f"/v1/dossiers/{uuid4()}", "guest")) == (404, "dossier-unknown")


async def test_action_items_are_found_by_owner_and_day_in_pages_by_who_may_see_them(
    platform: Any,
) -> None:
    number = await platform.meeting()
    today = platform.clock.now().date()
    for days, owner in ((30, platform.guest), (10, platform.host), (20, platform.guest)):
        due = (today + timedelta(days=days)).isoformat()
        body = {"title": f"À faire {days}", "owner_id": str(owner), "due_on": due}
        await platform.does(number, ("task-force/action-items", "coordinator", body))
    found: list[str] = []
    path: str | None = "/v1/action-items?limit=1"
    while path:
        page = (await platform.get(path, "coordinator")).json()
        found += [row["title"] for row in page["items"]]
        path = page["next"] and f"/v1/action-items?limit=1&cursor={page['next']}"
    assert found == ["À faire 10", "À faire 20", "À faire 30"]
    before = (today + timedelta(days=25)).isoformat()
    narrow = f"/v1/action-items?owner={platform.guest}&due_before={before}"
    titles = [row["title"] for row in (await platform.get(narrow, "coordinator")).json()["items"]]
    assert titles == ["À faire 20"]
    assert len((await platform.get("/v1/action-items", "company")).json()["items"]) == 1
    assert (await platform.get("/v1/action-items", "nobody")).json()["items"] == []
    other = await platform.get(f"/v1/action-items?owner={platform.guest}", "company")
    assert rule(other) == (403, "organisation-not-yours")


async def test_an_unknown_organisation_gets_no_action_item(platform: Any) -> None:
    number = await platform.meeting()
    due = (platform.clock.now() + timedelta(days=20)).date().isoformat()
    body = {"title": "Partager la grille", "owner_id": str(uuid4()), "due_on": due}
    refused = await platform.tried(number, "task-force/action-items", "company", body)
    assert rule(refused) == (409, "organisation-unknown")
    assert refused.json()["errors"][0]["field"] == "owner_id"


async def test_what_lists_and_the_worker_look_for_has_an_index(platform: Any) -> None:
    someone = UUID(int=7)
    items = "select * from dues where kind = 'action-item' and"
    order = "order by due_on, activity_id, number limit 51"
    queries = {
        "activities_by_parent": f"select * from activities where parent_id = '{someone}' "
        "order by drafted_at, id limit 51",
        "activities_by_dossier": f"select * from activities where dossier_id = '{someone}'",
        "activities_by_guest": f"select * from activities where guests @> array['{someone}'::uuid]",
        "dues_by_owner": f"{items} owner_id = '{someone}' {order}",
        "dues_by_region": f"{items} region = 'FRH0' {order}",
        "dues_open_by_region": f"{items} region = 'FRH0' and done_at is null {order}",
        "dues_unsaid": "select activity_id from dues where done_at is null and missed_at is null "
        "and due_at <= now() order by due_at limit 500",
    }
    async with platform.app.state.database.reading() as session:
        await session.execute(text("set local enable_seqscan = off"))
        for index, query in queries.items():
            plan = [row[0] for row in await session.execute(text(f"explain {query}"))]
            assert any(index in line for line in plan), (index, plan)
