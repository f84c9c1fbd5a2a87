"""Whoever takes part in a masterclass, a final or a meeting hears of its dates, and nobody else."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from triskel.chassis.consumer import rebuild
from triskel.contracts import activities as a
from triskel.contracts import registry
from triskel.contracts.codes import Role
from triskel.notifications.messages.rules.news import news_of

NOW = datetime(2025, 10, 1, 8, tzinfo=UTC)
HOST, GUEST, DANE, VISITED, ONE_SCHOOL, OTHER_SCHOOL = (uuid4() for _ in range(6))
TEACHER, WAITING, GONE, MENTOR, JUROR = (uuid4() for _ in range(5))


def booking(contact_id: UUID | None, state: str = "booked", **more: Any) -> dict[str, Any]:
    known = {"id": uuid4(), "kind": "teacher", "organisation_id": OTHER_SCHOOL, "size": 1}
    return known | {"state": state, "asked_at": NOW, "contact_id": contact_id} | more


def activity(form: str, **more: Any) -> a.Activity:
    known: dict[str, Any] = {
        "id": uuid4(),
        "region": "FRH0",
        "version": 5,
        "format": form,
        "state": "scheduled",
        "title": "Enseigner la photonique",
        "school_year": "2025-2026",
        "host_id": HOST,
        "proposed_by": "host",
        "drafted_at": NOW,
    }
    return a.Activity(**(known | more))


MASTERCLASS = activity(
    "teacher-masterclass",
    bookings=(booking(TEACHER), booking(WAITING, "waiting"), booking(GONE, "left")),
)
LESSON = activity(
    "guest-lesson",
    school_id=ONE_SCHOOL,
    bookings=(booking(None, kind="class", label="2nde 4"),),
)
FINAL = activity(
    "innovation-challenge",
    parent_id=uuid4(),
    challenge={
        "scenario": "…",
        "mentors": [MENTOR],
        "jury": [JUROR],
        "teams": [
            {"number": number, "label": "A", "level": "3", "school_id": school}
            for number, school in enumerate((ONE_SCHOOL, OTHER_SCHOOL), 1)
        ],
    },
)
MEETING = activity(
    "task-force-meeting",
    task_force={
        "host_region": "FRH0",
        "mode": "hybrid",
        "delegations": [{"region": "NL", "organisation_id": GUEST, "delegates": 3}],
        "guests": [{"region": "DK", "organisation_id": DANE, "people": 2}],
        "visits": [{"organisation_id": VISITED, "starts_at": NOW, "ends_at": NOW}],
    },
)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (MASTERCLASS, {HOST, TEACHER, WAITING}),
        (LESSON, {HOST, ONE_SCHOOL, OTHER_SCHOOL}),
        (FINAL, {HOST, ONE_SCHOOL, OTHER_SCHOOL, MENTOR, JUROR}),
        (MEETING, {HOST, GUEST, DANE, VISITED}),
    ],
    ids=lambda value: value.format if isinstance(value, a.Activity) else "",
)
def test_all_who_take_part_hear_of_a_date_another_date_or_place_and_a_cancellation(
    state: a.Activity, told: set[UUID]
) -> None:
    previous = {"starts_at": NOW, "ends_at": NOW, "time_zone": "Europe/Paris", "place": "other"}
    for event in (
        a.ActivityScheduled(activity=state, by=Role.COMPANY),
        a.ActivityConfirmed(activity=state, by=Role.COMPANY),
        a.ActivityPostponed(activity=state, by=Role.COMPANY, previous=previous),
        a.ActivityCancelled(activity=state, by=Role.COMPANY),
    ):
        news = news_of(event)
        assert news is not None
        assert {each.contact or each.organisation for each in news.audiences} == told


def test_nobody_answered_what_its_host_has_published_so_nobody_is_told_of_an_answer() -> None:
    published = MASTERCLASS.model_copy(update={"approvals": a.Approvals(host=NOW)})
    assert news_of(a.ActivityAccepted(activity=published, by=Role.COMPANY)) is None
    answered = a.Approvals(host=NOW, coordinator=NOW)
    asked = MASTERCLASS.model_copy(update={"approvals": answered})
    assert news_of(a.ActivityAccepted(activity=asked, by=Role.COORDINATOR)) is not None


async def test_who_withdrew_is_not_told_however_late_the_news_come(platform: Any) -> None:
    anne = platform.contact("anne Le Goff", platform.school, Role.TEACHER, channels=["inbox"])
    carl = platform.contact("carl Le Bris", platform.school, Role.TEACHER, channels=["inbox"])
    await platform.hear(*(registry.ContactRegistered(contact=each) for each in (anne, carl)))
    both = [booking(anne.id), booking(carl.id)]

    def moved(state: a.Activity) -> a.ActivityPostponed:
        return a.ActivityPostponed(activity=state, by=Role.COMPANY, previous=platform.slot)

    def left(state: a.Activity) -> a.ActivityPlaceLeft:
        bookings = [both[0] | {"state": "left"}, both[1]]
        after = a.Activity.model_validate(state.model_dump() | {"version": 6, "bookings": bookings})
        return a.ActivityPlaceLeft(activity=after, by=Role.TEACHER, booking_id=both[0]["id"])

    async def told(state: a.Activity) -> list[UUID]:
        rows = await platform.rows(
            f"select contact_id from messages where subject_id = '{state.id}'"
        )
        return sorted(row.contact_id for row in rows)

    in_order, at_once, late, rebuilt = (
        platform.activity(
            format="teacher-masterclass", school_id=None, version=5, bookings=tuple(both)
        )
        for _ in range(4)
    )
    await platform.hear(moved(in_order))
    await platform.hear(left(in_order))
    assert await told(in_order) == sorted((anne.id, carl.id)), "who took part then"
    await platform.hear(moved(at_once), left(at_once))
    assert await told(at_once) == [carl.id]
    await platform.hear(left(late))
    await platform.hear(moved(late))
    assert await told(late) == [carl.id]
    await platform.hear(left(rebuilt))
    async with platform.app.state.database.transaction() as session:
        await rebuild(session, platform.app.state.consumers)
    await platform.hear(*(registry.ContactRegistered(contact=each) for each in (anne, carl)))
    await platform.hear(moved(rebuilt))
    assert await told(rebuilt) == [carl.id]


async def test_who_comes_from_another_region_is_told_once_in_their_own(platform: Any) -> None:
    away = platform.contact("bram de Vries", platform.school, Role.COMPANY, region="NL")
    await platform.hear(registry.ContactRegistered(contact=away))
    delegation = {"region": "NL", "organisation_id": platform.school, "delegates": 3}
    state = platform.activity(
        format="task-force-meeting",
        school_id=None,
        task_force={"host_region": "FRH0", "mode": "hybrid", "delegations": [delegation]},
    )
    await platform.hear(a.ActivityCancelled(activity=state, by=Role.COMPANY))
    assert await platform.send() == 1
    (mail,) = await platform.mails("bram")
    assert mail["Subject"].startswith("Annulée")
    assert {row.region for row in await platform.rows("select region from messages")} == {"NL"}
