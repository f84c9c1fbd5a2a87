"""What happens to activities of one format only: challenges, research works, meetings."""

from uuid import UUID

from pydantic import Field

from triskel.contracts.activities.activities import ActivityEvent
from triskel.contracts.codes import Region
from triskel.contracts.event import Part
from triskel.contracts.format_codes import ChallengePhase, DueKind


class ChallengeDescribed(ActivityEvent):
    """The host wrote or changed scenario, criteria, prizes or deadline."""


class ChallengePeopleNamed(ActivityEvent):
    """Mentors and jury are known, or others."""


class ChallengeTeamsSet(ActivityEvent):
    """The teams were written down anew; in a final, winners of another challenge joined them."""


class ChallengeDeliverableSubmitted(ActivityEvent):
    """The team of this `number` handed something in, or handed it in anew."""

    number: int = Field(ge=1)


class ChallengePhaseReached(ActivityEvent):
    """Phases come in their order; the last one is `ChallengeAwarded`."""

    phase: ChallengePhase


class ChallengeScored(ActivityEvent):
    """One juror's marks are in, or were put right."""


class ChallengeAwarded(ActivityEvent):
    """The ranking is final, and each prize has its cost line."""


class ChallengeTeamsAdvanced(ActivityEvent):
    """Awarded teams go on to the final `final_id`."""

    final_id: UUID


class ChallengeFinalOpened(ActivityEvent):
    """A final was drafted as a child of the challenge `activity.parent_id`, with its winners."""


class ResearchPlanned(ActivityEvent):
    """Group, tutor, sessions to come and milestones were set."""


class ResearchSessionRecorded(ActivityEvent):
    """The session of this `number` took place, or was missed."""

    number: int = Field(ge=1)


class ResearchMilestoneReached(ActivityEvent):
    number: int = Field(ge=1)


class ResearchReportSubmitted(ActivityEvent):
    """The tutor is asked to accept it; what was accepted before counts no more."""


class ResearchReportAccepted(ActivityEvent):
    """The company's tutor found it good."""


class ResearchReportMissed(ActivityEvent):
    """There will be no report; `activity.research.report_missing` says why."""


class MeetingDelegationsSet(ActivityEvent):
    """Mode, delegations and guests are known, or others."""


class MeetingContinued(ActivityEvent):
    """The next part of its dossier, `next_id`, was drafted."""

    next_id: UUID


class MeetingPartOpened(ActivityEvent):
    """A meeting was drafted as the next part of a dossier, with the people of the part before."""


class MeetingAgendaSet(ActivityEvent):
    """Agenda and study visits are known, or others."""


class MeetingMinutesPublished(ActivityEvent):
    """Delegations are asked to approve them."""


class MeetingMinutesApproved(ActivityEvent):
    """The delegation of this region found them right."""

    delegation: Region


class MeetingActionItemAdded(ActivityEvent):
    """Its owner is asked to do it until it is due."""

    number: int = Field(ge=1)


class MeetingActionItemDone(ActivityEvent):
    number: int = Field(ge=1)


class Due(Part):
    """A milestone or an action item of the activity, by its number."""

    kind: DueKind
    number: int = Field(ge=1)


class ActivityDeadlinesMissed(ActivityEvent):
    """The day passed on which these were due; said once of each."""

    missed: tuple[Due, ...]
