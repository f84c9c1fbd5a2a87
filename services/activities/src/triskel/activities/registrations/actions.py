"""What the sides may do with the registration of families for a parents' day."""

from triskel.activities.activities.rules.guards import either_side, not_suspended
from triskel.activities.places.rules.guards import before_start
from triskel.activities.places.rules.places import OPEN
from triskel.activities.registrations import rules
from triskel.chassis.actions import Action
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityFormat

_FORMATS = frozenset({ActivityFormat.PARENTS_DAY})

OPEN_REGISTRATION = Action(
    name="open-registration",
    summary="Let families register themselves, by a secret link",
    sources=OPEN,
    formats=_FORMATS,
    who=(either_side,),
    guards=(
        not_suspended,
        before_start,
    ),
    apply=rules.open_registration,
    events=(contract.ActivityRegistrationOpened,),
)
CHANGE_REGISTRATION = Action(
    name="change-registration",
    summary="Another quota or another last moment",
    sources=OPEN,
    formats=_FORMATS,
    who=(either_side,),
    guards=(before_start, rules.registration_open),
    apply=rules.change_registration,
    events=(contract.ActivityRegistrationChanged,),
)
CLOSE_REGISTRATION = Action(
    name="close-registration",
    summary="Make the link void",
    sources=OPEN,
    formats=_FORMATS,
    who=(either_side,),
    guards=(rules.registration_open,),
    apply=rules.close_registration,
    events=(contract.ActivityRegistrationClosed,),
)
COUNT_REGISTRATIONS = Action(
    name="count-registrations",
    summary="Families have registered or cancelled since the last count",
    apply=rules.count,
    events=(contract.ActivityRegistrationCounted,),
    by_clock=True,
)
REGISTRATIONS = (
    OPEN_REGISTRATION,
    CHANGE_REGISTRATION,
    CLOSE_REGISTRATION,
    COUNT_REGISTRATIONS,
)
