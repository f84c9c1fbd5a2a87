"""An activity of a route's path, for the one who calls: what all routes on activities share."""

from collections.abc import Collection, Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Request

from triskel.activities.activities.commands import (
    ACTIVITIES,
    act_naming,
    locked_with_calendar,
)
from triskel.activities.activities.queries import Parties
from triskel.activities.activities.refusals import OrganisationUnknown
from triskel.activities.activities.rules.activity import Activity, ActivityAttempt, Facts
from triskel.activities.activities.schemas import ActivityAnswer
from triskel.activities.calendars.rules import Calendar
from triskel.activities.projections import OrganisationRow
from triskel.chassis.actions import Action, P
from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import home_region, set_etag
from triskel.chassis.http.actions import Target, target_of
from triskel.contracts.codes import Role

MEMBERS = allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)
Member = Annotated[Caller, MEMBERS]
Reader = Annotated[
    Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY, Role.AUTHORITY)
]


class ActivityTarget(Target[Activity, Facts]):
    def answer(self, attempt: ActivityAttempt) -> ActivityAnswer:
        return ActivityAnswer.of(attempt)

    def done(self, attempt: ActivityAttempt) -> ActivityAnswer:
        """What a command has done; the answer has the new version as its ETag."""
        set_etag(self.response, attempt.subject.version)
        return self.answer(attempt)

    async def act_naming(
        self,
        named: Mapping[str, Collection[UUID]],
        action: Action[Activity, Facts, P],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> ActivityAnswer:
        """Do it, where organisations are named, by the field that names them."""
        return self.done(
            await act_naming(self.context, self.id, self.seen, named, action, *args, **kwargs)
        )

    async def calendar(self) -> Calendar:
        """Of its region; the activity is locked from then on."""
        context = self.context
        return await locked_with_calendar(context.session, self.id, context.settings.time_zone)


OnActivity = Annotated[ActivityTarget, target_of(ACTIVITIES, "activity", MEMBERS, ActivityTarget)]


def home_of(
    request: Request, parties: Parties, school_id: UUID | None, host_id: UUID
) -> OrganisationRow:
    """The organisation in whose region an activity lives: the school, or without one the host.
    Raises `Conflict` when it is unknown, or at home in another deployment."""
    home = parties.organisations.get(school_id or host_id)
    if home is None:
        raise OrganisationUnknown(
            field="school_id" if school_id else "host_id", value=str(school_id or host_id)
        )
    home_region(request, home.region)
    return home
