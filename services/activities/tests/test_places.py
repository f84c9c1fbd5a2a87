"""Places: who has them, who waits and who comes next; and what a visit needs before it may come."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.activities.tests import doing
from triskel.activities.activities.rules.activity import Activity, Attendance, Facts, Slot
from triskel.activities.activities.rules.details import Booking, Masterclass, Visit
from triskel.activities.activities.rules.formats import FORMATS
from triskel.activities.places.rules import places as place_rules
from triskel.chassis.actions import Actor
from triskel.contracts.codes import (
    ActivityFormat,
    ActivityState,
    Audience,
    BookingKind,
    BookingState,
    DeliveryOutcome,
    PlaceKind,
    Role,
    Side,
    Transport,
)
from triskel.contracts.refusals import Refusal

NOW = datetime(2025, 10, 1, 8, tzinfo=UTC)
START = NOW + timedelta(days=20)
HOLD = timedelta(hours=48)
S, F, B = ActivityState, ActivityFormat, BookingState
SCHOOL, OTHER_SCHOOL, HOST = uuid4(), uuid4(), uuid4()
TEACHER = Actor(frozenset({Role.TEACHER}), frozenset({Side.SCHOOL}), SCHOOL)
HEAD = Actor(frozenset({Role.HEAD}), frozenset({Side.SCHOOL}), SCHOOL)
ELSEWHERE = Actor(frozenset({Role.TEACHER}), frozenset(), OTHER_SCHOOL)
COMPANY = Actor(frozenset({Role.COMPANY}), frozenset({Side.HOST}))
COORDINATOR = Actor(frozenset({Role.COORDINATOR}), frozenset({Side.COORDINATOR}))
FACTS = Facts()


def activity(form: ActivityFormat = F.COMPANY_VISIT, **more: Any) -> Activity:
    known = Activity(
        id=uuid4(),
        region="FRH0",
        version=1,
        format=form,
        state=S.SCHEDULED,
        title="Visite de l'atelier",
        school_year="2025-2026",
        host_id=HOST,
        school_id=None if form is F.TEACHER_MASTERCLASS else SCHOOL,
        partnership_id=None,
        proposed_by=Side.HOST,
        drafted_at=NOW,
        places=35,
        slot=Slot(START, START + timedelta(hours=3), "Europe/Paris", PlaceKind.COMPANY),
    )
    return replace(known, **more)


def school_class(label: str, size: int, **more: Any) -> Booking:
    known = Booking(uuid4(), BookingKind.CLASS, SCHOOL, size, B.WAITING, NOW, label=label, adults=3)
    return replace(known, consents=size, **more)


def teacher(school: UUID = SCHOOL, **more: Any) -> Booking:
    kind = BookingKind.TEACHER
    known = Booking(uuid4(), kind, school, 1, B.WAITING, NOW, contact_id=uuid4())
    return replace(known, **more)


def book(known: Activity, asked: Booking, who: Actor = TEACHER, now: datetime = NOW) -> Activity:
    return doing.places.book(known, who, FACTS, now, asked)


def full(*sizes: int, places: int = 35) -> Activity:
    """A visit whose classes `0`, `1`, … asked in this order."""
    known = activity(places=places)
    for number, size in enumerate(sizes):
        known = book(known, school_class(str(number), size))
    return known


def states(known: Activity) -> list[BookingState]:
    return [each.state for each in known.bookings]


def offer(known: Activity, now: datetime = NOW) -> Activity:
    return [
        known,
        *(each.subject for each in place_rules.offer_places(known, now, doing.CALENDAR)),
    ][-1]


def rule(refused: pytest.ExceptionInfo[Refusal]) -> str:
    return refused.value.rule


def test_a_class_is_placed_as_a_whole_or_waits_as_a_whole() -> None:
    assert states(full(28, 8)) == [B.BOOKED, B.WAITING]
    assert states(full(28, 7)) == [B.BOOKED, B.BOOKED]


def test_places_that_become_free_are_offered_to_the_first_that_fits_wholly() -> None:
    known = full(28, 34, 20)
    left = doing.places.leave(known, TEACHER, FACTS, NOW, known.bookings[0].id)
    assert states(offer(left)) == [B.LEFT, B.OFFERED, B.WAITING]
    known = full(18, 17, 30, 15, 12)
    left = doing.places.leave(known, TEACHER, FACTS, NOW, known.bookings[1].id)
    # the class of 30 does not fit in 17 places; the class of 15 behind it does
    assert states(offer(left)) == [B.BOOKED, B.LEFT, B.WAITING, B.OFFERED, B.WAITING]


def test_several_that_fit_together_are_offered_places_one_version_each() -> None:
    known = full(30, 10, 12)
    left = doing.places.leave(known, TEACHER, FACTS, NOW, known.bookings[0].id)
    offers = [each.subject for each in place_rules.offer_places(left, NOW, doing.CALENDAR)]
    assert [each.version for each in offers] == [left.version + 1, left.version + 2]
    assert states(offers[-1]) == [B.LEFT, B.OFFERED, B.OFFERED]


def test_an_offer_holds_the_places_until_its_deadline_which_is_before_the_start() -> None:
    known = full(28, 30)
    known = offer(doing.places.leave(known, TEACHER, FACTS, NOW, known.bookings[0].id))
    assert known.bookings[1].answer_by == NOW + HOLD
    assert place_rules.free(known) == 5
    assert states(book(known, school_class("late", 6)))[-1] is B.WAITING
    soon = START - timedelta(hours=5)
    known = full(28, 30)
    known = offer(doing.places.leave(known, TEACHER, FACTS, soon, known.bookings[0].id), soon)
    assert known.bookings[1].answer_by == START


def test_an_accepted_offer_is_booked_and_a_late_answer_is_refused() -> None:
    known = full(28, 30)
    known = offer(doing.places.leave(known, TEACHER, FACTS, NOW, known.bookings[0].id))
    number = known.bookings[1].id
    taken = doing.places.accept_place(known, TEACHER, FACTS, NOW + HOLD, number)
    assert (taken.bookings[1].state, taken.bookings[1].answer_by) == (B.BOOKED, None)
    late = NOW + HOLD + timedelta(seconds=1)
    with pytest.raises(Refusal) as refused:
        doing.places.accept_place(known, TEACHER, FACTS, late, number)
    assert rule(refused) == "no-place-offered"
    assert "accept-place" not in doing.allowed_actions(known, TEACHER, FACTS, late)


def test_an_offer_that_lapses_goes_to_the_next() -> None:
    known = full(28, 30, 25)
    known = offer(doing.places.leave(known, TEACHER, FACTS, NOW, known.bookings[0].id))
    late = NOW + HOLD + timedelta(seconds=1)
    lapsed = doing.lapse(known, late)
    assert states(offer(lapsed, late)) == [B.LEFT, B.LAPSED, B.OFFERED]


def test_a_class_that_shrinks_gives_places_back_and_one_grows_only_where_there_is_room() -> None:
    known = full(30, 10)
    number = known.bookings[0].id
    with pytest.raises(Refusal) as refused:
        doing.places.change_booking(known, TEACHER, FACTS, NOW, number, {"size": 36})
    assert rule(refused) == "no-room-to-grow"
    smaller = doing.places.change_booking(
        known, TEACHER, FACTS, NOW, number, {"size": 25, "consents": 25}
    )
    assert states(offer(smaller)) == [B.BOOKED, B.OFFERED]


def test_more_places_are_offered_and_fewer_than_are_taken_are_refused() -> None:
    known = full(30, 10)
    assert states(offer(doing.places.set_places(known, COMPANY, FACTS, NOW, 40))) == [
        B.BOOKED,
        B.OFFERED,
    ]
    with pytest.raises(Refusal) as refused:
        doing.places.set_places(known, COMPANY, FACTS, NOW, 29)
    assert rule(refused) == "places-taken"
    with pytest.raises(Refusal) as refused:
        doing.places.set_places(known, TEACHER, FACTS, NOW, 40)
    assert rule(refused) == "host-says"


def test_nothing_is_booked_left_or_offered_once_it_has_started() -> None:
    known = full(28, 30)
    with pytest.raises(Refusal) as refused:
        doing.places.leave(known, TEACHER, FACTS, START, known.bookings[0].id)
    assert rule(refused) == "places-closed"
    free_again = doing.places.leave(known, TEACHER, FACTS, NOW, known.bookings[0].id)
    assert list(place_rules.offer_places(free_again, START, doing.CALENDAR)) == []


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (school_class("0", 5), "booked-already"),
        (school_class("2nde 1", 36), "larger-than-the-places"),
        (school_class("2nde 1", 20, organisation_id=OTHER_SCHOOL), "not-your-booking"),
        (replace(school_class("2nde 1", 20), consents=21), "more-consents-than-pupils"),
        (teacher(), "class-label-missing"),
    ],
)
def test_a_class_books_once_by_its_label_for_its_own_school(asked: Booking, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        book(full(28), asked)
    assert rule(refused) == why


@pytest.mark.parametrize(
    "spelt",
    [
        *(unicodedata.normalize(form, "Tle Générale") for form in ("NFC", "NFD")),
        *("TLE GÉNÉRALE", "Tle  Générale", "Tle\u00a0Générale", "Tle-Générale", " tle generale "),
    ],
)
def test_a_class_is_one_class_in_every_spelling_of_its_label(spelt: str) -> None:
    known = book(activity(), school_class("Tle Générale", 5))
    with pytest.raises(Refusal) as refused:
        book(known, school_class(spelt, 5))
    assert rule(refused) == "booked-already"
    assert len(book(known, school_class("Tle Générale 2", 5)).bookings) == 2


def test_a_masterclass_is_open_to_the_teachers_of_every_school_of_the_region() -> None:
    known = activity(F.TEACHER_MASTERCLASS, places=1)
    known = book(known, teacher(OTHER_SCHOOL), ELSEWHERE)
    known = book(known, teacher(SCHOOL), Actor(frozenset({Role.TEACHER}), frozenset(), SCHOOL))
    assert states(known) == [B.BOOKED, B.WAITING]
    nobody = Actor(frozenset({Role.TEACHER}), frozenset())
    with pytest.raises(Refusal) as refused:
        book(known, teacher(OTHER_SCHOOL), nobody)
    assert rule(refused) == "not-a-participant"
    with pytest.raises(Refusal) as refused:
        book(activity(), school_class("2nde 1", 20), ELSEWHERE)
    assert rule(refused) == "not-a-participant"


def test_a_teacher_takes_one_place_once_whichever_school_asks() -> None:
    who = uuid4()
    known = book(activity(F.TEACHER_MASTERCLASS), teacher(SCHOOL, contact_id=who))
    with pytest.raises(Refusal) as refused:
        book(known, teacher(OTHER_SCHOOL, contact_id=who), ELSEWHERE)
    assert rule(refused) == "booked-already"
    with pytest.raises(Refusal) as refused:
        book(known, teacher(SCHOOL, size=2))
    assert rule(refused) == "teacher-missing"


def test_nobody_leaves_or_takes_a_place_for_another_school() -> None:
    known = book(activity(F.TEACHER_MASTERCLASS), teacher(SCHOOL))
    with pytest.raises(Refusal) as refused:
        doing.places.leave(known, ELSEWHERE, FACTS, NOW, known.bookings[0].id)
    assert rule(refused) == "not-your-booking"
    known = book(known, teacher(OTHER_SCHOOL), ELSEWHERE)
    with pytest.raises(Refusal) as refused:
        doing.places.leave(known, ELSEWHERE, FACTS, NOW, known.bookings[0].id)
    assert rule(refused) == "not-your-booking"


def confirmed(known: Activity, *more: str) -> Activity:
    return doing.spine.confirm(
        known, HEAD, FACTS, NOW, (*FORMATS[known.format].preconditions, *more)
    )


@pytest.mark.parametrize(
    ("visit", "booking", "why"),
    [
        (Visit(15, Transport.COACH), {"adults": 1}, "too-few-adults"),
        (Visit(8, Transport.COACH), {"adults": 3}, "too-few-adults"),
        (Visit(15, Transport.COACH), {"consents": 27}, "consents-missing"),
        (Visit(15, None), {}, "transport-missing"),
        (Visit(15, Transport.WALK, ("lunettes",)), {}, "precondition-missing"),
    ],
)
def test_a_visit_is_confirmed_with_adults_consents_transport_and_safety_equipment(
    visit: Visit, booking: dict[str, Any], why: str
) -> None:
    known = book(activity(visit=visit), replace(school_class("2nde 4", 28), **booking))
    with pytest.raises(Refusal) as refused:
        confirmed(known)
    assert rule(refused) == why


def test_a_visit_with_all_that_is_asked_for_is_confirmed() -> None:
    known = book(
        activity(visit=Visit(15, Transport.WALK, ("lunettes",))), school_class("2nde 4", 28)
    )
    assert confirmed(known, "safety-equipment-ready").state is S.CONFIRMED


def test_what_a_confirmed_visit_was_confirmed_with_stays_met() -> None:
    known = confirmed(full(20))
    with pytest.raises(Refusal) as refused:
        book(known, replace(school_class("late", 10), adults=0))
    assert rule(refused) == "too-few-adults"
    with pytest.raises(Refusal) as refused:
        doing.places.change_booking(known, TEACHER, FACTS, NOW, known.bookings[0].id, {"adults": 1})
    assert rule(refused) == "too-few-adults"
    with pytest.raises(Refusal) as refused:
        doing.places.set_visit(known, TEACHER, FACTS, NOW, Visit(5, Transport.WALK))
    assert rule(refused) == "too-few-adults"


def held(*schools: UUID) -> Activity:
    known = activity(F.TEACHER_MASTERCLASS, masterclass=Masterclass(6))
    for school in schools:
        known = book(known, teacher(school), COORDINATOR)
    return replace(known, state=S.IN_PROGRESS)


def counted(people: int) -> list[Attendance]:
    return [Attendance(Audience.TEACHERS, None, people, 0, 0)]


def report(known: Activity, present: Any, people: int = 5, action: str = "deliver") -> Activity:
    act, later = getattr(doing.spine, action), START + timedelta(hours=4)
    full_ = DeliveryOutcome.FULL
    done: Activity = act(known, COMPANY, FACTS, later, full_, counted(people), present)
    return done


def test_who_came_is_marked_by_booking_and_whoever_else_had_a_place_is_absent() -> None:
    known = held(SCHOOL, OTHER_SCHOOL)
    done = report(known, [known.bookings[0].id])
    assert states(done) == [B.ATTENDED, B.ABSENT]
    assert states(report(known, None)) == [B.BOOKED, B.BOOKED]


def test_more_may_have_come_than_booked_but_not_fewer_than_are_marked() -> None:
    known = held(SCHOOL, OTHER_SCHOOL)
    both = [each.id for each in known.bookings]
    assert states(report(known, both, people=9)) == [B.ATTENDED, B.ATTENDED]
    with pytest.raises(Refusal) as refused:
        report(known, both, people=1)
    assert rule(refused) == "fewer-counted-than-marked"
    with pytest.raises(Refusal) as refused:
        report(known, [uuid4()])
    assert rule(refused) == "not-booked"


def test_whoever_was_present_by_mistake_loses_the_certificate_by_the_correction() -> None:
    known = held(SCHOOL)
    number = known.bookings[0].id
    done = report(known, [number])
    righted = report(done, [], action="correct")
    assert (righted.bookings[0].state, righted.bookings[0].revoked_at is not None) == (
        B.ABSENT,
        True,
    )
    again = report(righted, [number], action="correct")
    assert (again.bookings[0].state, again.bookings[0].revoked_at) == (B.ATTENDED, None)


actions = st.sampled_from(["book", "leave", "accept", "change", "places", "time"])
steps = st.lists(st.tuples(actions, st.integers(0, 40), st.integers(0, 5)), max_size=30)


@given(steps)
def test_whatever_happens_no_place_is_taken_twice_and_nobody_waits_who_fits(acts: Any) -> None:
    known, now = activity(F.GUEST_LESSON), NOW
    for number, (act, size, which) in enumerate(acts):
        chosen = known.bookings[which % len(known.bookings)].id if known.bookings else uuid4()
        before = known.version
        try:
            match act:
                case "book":
                    known = book(known, school_class(str(number), size + 1), now=now)
                case "leave":
                    known = doing.places.leave(known, TEACHER, FACTS, now, chosen)
                case "accept":
                    known = doing.places.accept_place(known, TEACHER, FACTS, now, chosen)
                case "change":
                    changes = {"size": size + 1, "consents": 0}
                    known = doing.places.change_booking(known, TEACHER, FACTS, now, chosen, changes)
                case "places":
                    known = doing.places.set_places(known, COMPANY, FACTS, now, size + 1)
                case "time":
                    now += timedelta(hours=size)
                    known = doing.lapse(known, now)
        except Refusal:
            continue
        known = offer(known, now)
        assert known.version > before or act == "time"
        assert place_rules.taken(known) <= (known.places or 0)
        assert all(each.size > place_rules.free(known) for each in place_rules.queue(known))
        assert all(
            each.answer_by is not None and each.answer_by <= START
            for each in known.bookings
            if each.state is B.OFFERED
        )
        listed = doing.allowed_actions(known, TEACHER, FACTS, now)
        live = any(each.state in place_rules.LIVE for each in known.bookings)
        assert ("leave" in listed) == live
        assert ("accept-place" in listed) == any(
            each.state is B.OFFERED and each.answer_by is not None and now <= each.answer_by
            for each in known.bookings
        )
