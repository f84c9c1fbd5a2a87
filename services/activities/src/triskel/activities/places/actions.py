"""What may be done with places: by the host, who sets them, and by those who take and leave them.

Taking a place, or leaving it, is right whatever else changed meanwhile: no version is asked.
"""

from triskel.activities.activities.rules.deadlines import ASKED, BEFORE_DELIVERED, BEGUN
from triskel.activities.activities.rules.guards import either_side, not_suspended, taking_part
from triskel.activities.places.rules import guards, transitions
from triskel.activities.places.rules.places import KIND_OF, LIVE, OPEN
from triskel.chassis.actions import Action
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityFormat, ActivityState, BookingKind

_S, _F = ActivityState, ActivityFormat
_PREPARING = BEFORE_DELIVERED - BEGUN
_PLACED = frozenset(KIND_OF)
_CLASSES = frozenset(form for form, kind in KIND_OF.items() if kind is BookingKind.CLASS)

SET_PLACES = Action(
    name="set-places",
    summary="Say how many places there are",
    settings=("places.hold_hours",),
    sources=_PREPARING,
    formats=_PLACED,
    who=(either_side, guards.hosting),
    apply=transitions.set_places,
    events=(contract.ActivityPlacesSet, contract.ActivityPlaceOffered),
)
SET_SCHOOLS = Action(
    name="set-schools",
    summary="Say which other schools may bring classes, too",
    sources=_PREPARING,
    formats=_CLASSES,
    who=(either_side,),
    apply=transitions.set_schools,
    events=(contract.ActivitySchoolsSet,),
)
SET_LESSON = Action(
    name="set-lesson",
    summary="Name the expert and the subject of a guest lesson",
    sources=_PREPARING,
    formats={_F.GUEST_LESSON},
    who=(either_side, guards.hosting),
    apply=transitions.set_lesson,
    events=(contract.ActivityDetailsSet,),
)
SET_VISIT = Action(
    name="set-visit",
    summary="Say what the site asks of a class, and the transport",
    settings=("places.pupils_per_adult",),
    sources=_PREPARING,
    formats={_F.COMPANY_VISIT},
    who=(either_side,),
    apply=transitions.set_visit,
    events=(contract.ActivityDetailsSet,),
)
SET_MASTERCLASS = Action(
    name="set-masterclass",
    summary="Say how many hours a masterclass counts",
    sources=_PREPARING,
    formats={_F.TEACHER_MASTERCLASS},
    who=(either_side, guards.hosting),
    apply=transitions.set_masterclass,
    events=(contract.ActivityDetailsSet,),
)
PUBLISH = Action(
    name="publish",
    summary="Open a masterclass to teachers, which needs nobody's yes",
    settings=("masterclasses_by_coordinator",),
    sources=ASKED,
    targets={_S.ACCEPTED, _S.SCHEDULED},
    formats={_F.TEACHER_MASTERCLASS},
    who=(either_side, guards.publishing),
    guards=(taking_part, guards.of_the_host_alone),
    apply=transitions.publish,
    events=(contract.ActivityAccepted, contract.ActivityScheduled),
)
BOOK = Action(
    name="book",
    summary="Take places, or wait for them",
    settings=("places.bookings", "places.pupils_per_adult"),
    sources=OPEN,
    formats=_PLACED,
    who=(guards.side_or_teacher, guards.booking_side),
    guards=(not_suspended, guards.before_start, guards.places_known),
    about=guards.for_its_school,
    apply=transitions.book,
    events=(contract.ActivityPlaceBooked, contract.ActivityPlaceWaitlisted),
    seen=False,
)
CHANGE_BOOKING = Action(
    name="change-booking",
    summary="Fewer or more, consents collected",
    settings=("places.hold_hours",),
    sources=OPEN,
    formats=_CLASSES,
    who=(guards.side_or_teacher,),
    guards=(guards.before_start, guards.has_own(*LIVE)),
    about=guards.own_booking,
    apply=transitions.change_booking,
    events=(contract.ActivityPlaceChanged, contract.ActivityPlaceOffered),
)
LEAVE = Action(
    name="leave",
    summary="Give the places back",
    settings=("places.hold_hours",),
    sources=OPEN,
    formats=_PLACED,
    who=(guards.side_or_teacher,),
    guards=(guards.before_start, guards.has_own(*LIVE)),
    about=guards.own_booking,
    apply=transitions.leave,
    events=(contract.ActivityPlaceLeft, contract.ActivityPlaceOffered),
    seen=False,
)
ACCEPT_PLACE = Action(
    name="accept-place",
    summary="Take the places that are offered",
    sources=OPEN,
    formats=_PLACED,
    who=(guards.side_or_teacher,),
    guards=(not_suspended, guards.before_start, guards.has_offer),
    about=guards.own_booking,
    apply=transitions.accept_place,
    events=(contract.ActivityPlaceBooked,),
    seen=False,
)
LAPSE_PLACE = Action(
    name="lapse-place",
    summary="Nobody took the places that were offered",
    settings=("places.hold_hours",),
    sources=OPEN,
    apply=transitions.lapse,
    events=(contract.ActivityPlaceLapsed, contract.ActivityPlaceOffered),
    by_clock=True,
)
PLACES = (
    SET_PLACES,
    SET_SCHOOLS,
    SET_LESSON,
    SET_VISIT,
    SET_MASTERCLASS,
    PUBLISH,
    BOOK,
    CHANGE_BOOKING,
    LEAVE,
    ACCEPT_PLACE,
    LAPSE_PLACE,
)
