"""Code lists of single formats of activities, and the shapes of documents that live elsewhere."""

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

HttpsUrl = Annotated[str, StringConstraints(pattern=r"^https://[^\s\x00-\x1f]+$", max_length=500)]
"""A document that lives elsewhere."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""What a document was when it was handed in, in hexadecimal."""


class ChallengePhase(StrEnum):
    """In this order, one after the other."""

    BRIEFED = "briefed"
    TEAMS_FORMED = "teams-formed"
    WORKING = "working"
    SUBMITTED = "submitted"
    JURY = "jury"
    AWARDED = "awarded"


class ChallengeStage(StrEnum):
    """A challenge without one is a school's."""

    SCHOOL = "school"
    REGIONAL = "regional"
    NATIONAL = "national"


class DeliverableKind(StrEnum):
    REPORT = "report"
    PRESENTATION = "presentation"
    PROTOTYPE = "prototype"
    VIDEO = "video"
    POSTER = "poster"
    CODE = "code"
    OTHER = "other"


class SessionState(StrEnum):
    """Of a laboratory session."""

    PLANNED = "planned"
    DONE = "done"
    MISSED = "missed"


class ReportGap(StrEnum):
    """Why a research work has no report."""

    TIME_SHORT = "time-short"
    PUPILS_LEFT = "pupils-left"
    TUTOR_LEFT = "tutor-left"
    NO_RESULT = "no-result"
    CONFIDENTIAL = "confidential"
    OTHER = "other"


class MeetingMode(StrEnum):
    REMOTE = "remote"
    ON_SITE = "on-site"
    HYBRID = "hybrid"


class DueKind(StrEnum):
    """What has a day on which it is due."""

    MILESTONE = "milestone"
    ACTION_ITEM = "action-item"
