"""Who hears of places: the school of a class, and of a masterclass the very teacher who booked."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from triskel.contracts import activities as a
from triskel.contracts import registry
from triskel.contracts.codes import Role
from triskel.notifications.gateways.invitations import method_of
from triskel.notifications.gateways.texts import compose
from triskel.notifications.messages.rules.news import Audience, news_of

SCHOOL, OTHER, HOST, TEACHER = (uuid4() for _ in range(4))
NOW = datetime(2025, 10, 1, 8, tzinfo=UTC)


def booking(**more: Any) -> dict[str, Any]:
    known = {
        "id": uuid4(),
        "kind": "teacher",
        "organisation_id": OTHER,
        "size": 1,
        "state": "waiting",
        "asked_at": NOW,
        "contact_id": TEACHER,
        "position": 2,
    }
    return known | more


def masterclass(*bookings: dict[str, Any], **more: Any) -> a.Activity:
    known: dict[str, Any] = {
        "id": uuid4(),
        "region": "FRH0",
        "version": 9,
        "format": "teacher-masterclass",
        "state": "scheduled",
        "title": "Enseigner la photonique",
        "school_year": "2025-2026",
        "host_id": HOST,
        "proposed_by": "host",
        "drafted_at": NOW,
        "answer_by": NOW,
        "bookings": bookings,
    }
    return a.Activity(**(known | more))


def test_the_teacher_who_booked_hears_of_the_place_and_nobody_else_of_the_school() -> None:
    asked = booking()
    for kind in (a.ActivityPlaceOffered, a.ActivityPlaceWaitlisted, a.ActivityPlaceLapsed):
        event = kind(activity=masterclass(asked), by=Role.SYSTEM, booking_id=asked["id"])
        news = news_of(event)
        assert news is not None
        assert news.audiences == (Audience(None, contact=TEACHER),)


def test_the_school_of_a_class_hears_of_its_places() -> None:
    asked = booking(kind="class", contact_id=None, label="2nde 4", organisation_id=SCHOOL, size=28)
    activity = masterclass(asked, format="company-visit", school_id=SCHOOL)
    event = a.ActivityPlaceOffered(activity=activity, by=Role.SYSTEM, booking_id=asked["id"])
    news = news_of(event)
    assert news is not None
    assert news.audiences == (Audience(SCHOOL),)


def test_each_school_of_several_hears_that_it_may_come_and_of_the_date_of_its_classes() -> None:
    class_of = {"kind": "class", "contact_id": None, "label": "2nde 4", "size": 28}
    bookings = (booking(**class_of, organisation_id=SCHOOL), booking(**class_of, state="booked"))
    shared = masterclass(*bookings, format="company-visit", school_id=SCHOOL)
    asked = news_of(a.ActivitySchoolsSet(activity=shared, by=Role.TEACHER, added=(OTHER,)))
    moved = news_of(a.ActivityConfirmed(activity=shared, by=Role.HEAD))
    assert asked is not None
    assert moved is not None
    assert asked.audiences == (Audience(OTHER),)
    coming = Audience(OTHER, taking_part=True)
    assert moved.audiences == (Audience(SCHOOL), Audience(HOST), coming)
    left = [each | {"state": "left"} for each in bookings]
    gone = masterclass(*left, format="company-visit", school_id=SCHOOL)
    off = news_of(a.ActivityCancelled(activity=gone, by=Role.HEAD))
    assert off is not None
    assert off.audiences == (Audience(SCHOOL), Audience(HOST))


def test_who_is_asked_again_because_of_another_date_is_told_so_once() -> None:
    until = NOW + timedelta(days=14)
    asked = booking(state="offered", answer_by=until, position=None)
    waits = booking(contact_id=uuid4())
    slot = {
        "starts_at": NOW + timedelta(days=30),
        "ends_at": NOW + timedelta(days=30, hours=3),
        "time_zone": "Europe/Paris",
        "place": "company",
    }
    moved = masterclass(asked, waits, slot=slot)
    postponed = news_of(a.ActivityPostponed(activity=moved, by=Role.COMPANY, previous=moved.slot))
    again = news_of(
        a.ActivityPlacesAskedAgain(activity=moved, by=Role.COMPANY, booking_ids=[asked["id"]])
    )
    assert postponed is not None
    assert again is not None
    who_waits = Audience(None, contact=waits["contact_id"], taking_part=True)
    assert postponed.audiences == (Audience(HOST), who_waits)
    assert again.audiences == (Audience(None, contact=TEACHER, taking_part=True),)
    assert method_of(again.reason, again.facts) == "REQUEST"
    texts = compose(again.reason, again.facts, {}, "fr", ZoneInfo("Europe/Paris"))
    assert dict(texts.lines)["Réponse avant"].startswith("15 octobre 2025")


def test_an_offer_says_until_when_and_a_waiting_list_at_which_place() -> None:
    until = NOW + timedelta(hours=48)
    zone = ZoneInfo("Europe/Paris")
    offered = booking(state="offered", answer_by=until, position=None)
    event = a.ActivityPlaceOffered(
        activity=masterclass(offered), by=Role.SYSTEM, booking_id=offered["id"]
    )
    news = news_of(event)
    assert news is not None
    texts = compose(news.reason, news.facts, {}, "fr", zone)
    deadline = dict(texts.lines)["Réponse avant"]
    assert deadline.startswith("3 octobre 2025")
    assert "10:00" in deadline
    waits = booking()
    event_ = a.ActivityPlaceWaitlisted(
        activity=masterclass(waits), by=Role.TEACHER, booking_id=waits["id"]
    )
    news = news_of(event_)
    assert news is not None
    assert "number 2" in compose(news.reason, news.facts, {}, "en", zone).body


async def test_the_teacher_alone_gets_the_mail_whichever_school_is_a_side(platform: Any) -> None:
    anne = platform.contact("anne Le Goff", platform.school, Role.TEACHER)
    carl = platform.contact("carl Le Bris", platform.school, Role.TEACHER)
    await platform.hear(*(registry.ContactRegistered(contact=each) for each in (anne, carl)))
    asked = booking(contact_id=UUID(str(anne.id)), organisation_id=platform.school)
    activity = masterclass(asked, host_id=platform.host)
    event = a.ActivityPlaceWaitlisted(activity=activity, by=Role.TEACHER, booking_id=asked["id"])
    await platform.hear(event)
    assert await platform.send() == 1
    (mail,) = await platform.mails("anne")
    assert mail["Subject"] == "Liste d'attente : Enseigner la photonique"
    assert await platform.mails("carl") == []
