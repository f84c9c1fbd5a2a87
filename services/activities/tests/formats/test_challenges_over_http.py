"""Challenges over HTTP: from the scenario to the final."""

import asyncio
from typing import Any

from triskel.contracts.codes import ActivityFormat


def rule(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:triskel:problem:")


async def test_a_challenge_goes_from_the_scenario_to_the_award_one_event_per_version(
    platform: Any,
) -> None:
    number = await platform.awarded()
    known = await platform.show(number, "teacher")
    assert known["challenge"]["phase"] == "awarded"
    ranking = known["challenge"]["ranking"]
    assert [(row["team"], row["rank"], row["score"]) for row in ranking] == [
        (1, 1, 8100),
        (2, 2, 4500),
    ]
    assert [(line["kind"], line["amount"]) for line in known["budget"]] == [("prize", 60000)]
    assert known["proposed_attendance"][0]["girls"] == 3
    events = [event for event in await platform.said() if str(event.aggregate.id) == number]
    assert [event.aggregate.version for event in events] == list(range(1, len(events) + 1))
    phases = [event.phase for event in events if hasattr(event, "phase")]
    assert phases == ["briefed", "teams-formed", "working", "submitted", "jury"]


async def test_single_marks_are_for_those_who_judge_and_travel_in_no_event(platform: Any) -> None:
    number = await platform.awarded()
    path = f"/v1/activities/{number}/challenge/marks"
    assert [row["points"] for row in (await platform.get(path, "company")).json()] == [
        [18, 15],
        [9, 9],
    ]
    assert rule(await platform.get(path, "teacher")) == (403, "side-not-allowed")
    assert not any('"points"' in event.model_dump_json() for event in await platform.said())


async def test_what_a_phase_allows_is_listed_and_all_else_refused(platform: Any) -> None:
    number = await platform.scheduled(ActivityFormat.INNOVATION_CHALLENGE, 30)
    phase = {"phase": "briefed"}
    refused = await platform.tried(number, "challenge/phase", "company", phase)
    assert rule(refused) == (409, "challenge-not-described")
    task = {"scenario": "Faites flotter un capteur.", "criteria": [{"label": "idée"}]}
    known = await platform.does(number, ("PUT challenge", "company", task))
    assert "challenge-brief" in known["allowed_actions"]
    assert "challenge-brief" not in (await platform.show(number, "teacher"))["allowed_actions"]
    later = await platform.tried(number, "challenge/phase", "company", {"phase": "jury"})
    assert rule(later) == (409, "state-does-not-allow")
    nul = await platform.tried(number, "PUT challenge", "company", task | {"scenario": "a\0b"})
    assert nul.status_code == 422
    link = await platform.tried(
        number, "PUT challenge", "company", task | {"document_url": "http://a.example/x"}
    )
    assert rule(link) == (422, "request-invalid")


async def test_winners_meet_in_a_final_that_their_schools_see_and_its_coordinator_runs(
    platform: Any,
) -> None:
    first = await platform.awarded()
    platform.clock.advance(days=14)
    second = await platform.awarded()
    asked = {"stage": "regional", "title": "Finale bretonne", "capacity": 200}
    assert rule(await platform.tried(first, "finals", "company", asked)) == (
        403,
        "side-not-allowed",
    )
    answer = await platform.tried(first, "finals", "coordinator", asked)
    assert answer.status_code == 201, answer.text
    final = answer.json()
    assert answer.headers["Location"] == f"/v1/activities/{final['id']}"
    assert (final["parent_id"], final["stage"], final["state"]) == (first, "regional", "draft")
    (team,) = final["challenge"]["teams"]
    assert (team["label"], team["origin_id"], team["origin_number"]) == ("Méduses", first, 1)
    going = {"final_id": final["id"]}
    etag = {"If-Match": f'"{(await platform.show(second))["version"]}"'}
    answers = await asyncio.gather(
        *(
            platform.client.post(
                f"/v1/activities/{second}/challenge/advance",
                json=going,
                headers=platform.who("coordinator") | etag,
            )
            for _ in range(4)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    assert [
        each["origin_id"] for each in (await platform.show(final["id"]))["challenge"]["teams"]
    ] == [
        first,
        second,
    ]
    for who, found in (("teacher", [final["id"]]), ("stranger", []), ("nobody", [])):
        page = await platform.get(f"/v1/activities?parent_id={first}", who)
        assert [item["id"] for item in page.json()["items"]] == found
    await platform.show(final["id"], "teacher")
    known = await platform.does(
        final["id"], ("propose", "coordinator", None), ("accept", "company", None)
    )
    assert known["state"] == "accepted"
    kinds = [type(event).__name__ for event in await platform.said()]
    assert kinds.count("ChallengeFinalOpened") == 1
    assert kinds.count("ChallengeTeamsAdvanced") == 2


async def test_winners_of_a_cancelled_final_may_go_to_another(platform: Any) -> None:
    number = await platform.awarded()
    asked = {"stage": "regional", "title": "Finale bretonne"}
    final = (await platform.tried(number, "finals", "coordinator", asked)).json()["id"]
    refused = await platform.tried(number, "finals", "coordinator", asked)
    assert rule(refused) == (409, "advanced-already")
    await platform.does(final, ("cancel", "coordinator", {"reason": "other"}))
    assert "challenge-final" in (await platform.show(number))["allowed_actions"]
    again = await platform.tried(number, "finals", "coordinator", asked)
    assert again.status_code == 201
