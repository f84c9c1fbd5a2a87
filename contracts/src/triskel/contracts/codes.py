"""Code lists: the closed vocabularies that services share, and the shapes of official codes."""

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

Region = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{2}[A-Z0-9]{0,3}$"),
]
"""A NUTS 2021 code that coordinates its own schools and companies: `FRH0`, `ES21`, `NL`, `DK`."""

SchoolYear = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{4}$")]
"""`2025-2026`; French school years begin on 1 September for our figures (Code de l'éducation)."""

Nace = Annotated[str, StringConstraints(pattern=r"^([A-U]|[0-9]{2})$")]
"""A section (`C`, manufacturing) or a division (`26`) of NACE Rev. 2."""

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
"""ISO 639-1."""

TimeZone = Annotated[str, StringConstraints(min_length=3, max_length=64)]
"""IANA name, such as `Europe/Paris`."""


class Role(StrEnum):
    """What a person may be on a platform; the claim `roles` of a token holds these."""

    COORDINATOR = "coordinator"
    HEAD = "head"
    TEACHER = "teacher"
    COMPANY = "company"
    AUTHORITY = "authority"
    OPS = "ops"
    SYSTEM = "system"


class Side(StrEnum):
    """Who speaks in a partnership or an activity."""

    SCHOOL = "school"
    HOST = "host"
    COORDINATOR = "coordinator"


class OrganisationKind(StrEnum):
    SCHOOL = "school"
    COMPANY = "company"
    PUBLIC_AUTHORITY = "public-authority"
    ASSOCIATION = "association"
    HIGHER_EDUCATION = "higher-education"
    RESEARCH = "research"
    CHAMBER = "chamber"
    """A chamber or a federation."""
    NETWORK = "network"
    FOUNDATION = "foundation"
    TRAINING_BODY = "training-body"


class Helix(StrEnum):
    """The sides of the triple helix, and civil society beside them."""

    EDUCATION = "education"
    INDUSTRY = "industry"
    GOVERNMENT = "government"
    CIVIL_SOCIETY = "civil-society"


HELIX_OF: dict[OrganisationKind, Helix] = {
    OrganisationKind.SCHOOL: Helix.EDUCATION,
    OrganisationKind.COMPANY: Helix.INDUSTRY,
    OrganisationKind.PUBLIC_AUTHORITY: Helix.GOVERNMENT,
    OrganisationKind.ASSOCIATION: Helix.CIVIL_SOCIETY,
    OrganisationKind.HIGHER_EDUCATION: Helix.EDUCATION,
    OrganisationKind.RESEARCH: Helix.EDUCATION,
    OrganisationKind.CHAMBER: Helix.INDUSTRY,
    OrganisationKind.NETWORK: Helix.CIVIL_SOCIETY,
    OrganisationKind.FOUNDATION: Helix.CIVIL_SOCIETY,
    OrganisationKind.TRAINING_BODY: Helix.EDUCATION,
}
"""The helix is derived from the kind (domain.md)."""

NEAREST_KIND: dict[OrganisationKind, OrganisationKind] = {
    OrganisationKind.FOUNDATION: OrganisationKind.ASSOCIATION,
    OrganisationKind.TRAINING_BODY: OrganisationKind.HIGHER_EDUCATION,
}
"""Kinds that are younger than the list that was published first, and what they are to readers who
know that list alone."""


class OrganisationStatus(StrEnum):
    IMPORTED = "imported"
    """Known from an official register; nobody has claimed it."""
    APPLIED = "applied"
    """It registered itself and waits for the coordinator."""
    APPROVED = "approved"
    """It takes part."""
    SUSPENDED = "suspended"
    """It is stopped for a while: it takes on nothing new, and what it has is paused."""
    WITHDRAWN = "withdrawn"
    """It has left, or was merged into another."""
    REJECTED = "rejected"
    """The coordinator did not let it in."""


class IdentifierScheme(StrEnum):
    """Official registers; `SIREN` and `SIRET` of INSEE, `UAI` of the French ministry, and so on."""

    UAI = "uai"
    SIREN = "siren"
    SIRET = "siret"
    BRIN = "brin"
    KVK = "kvk"
    CVR = "cvr"
    CIF = "cif"
    ES_SCHOOL = "es-school"


class Isced(StrEnum):
    """ISCED 2011 levels of education."""

    EARLY_CHILDHOOD = "0"
    PRIMARY = "1"
    LOWER_SECONDARY = "2"
    UPPER_SECONDARY = "3"
    POST_SECONDARY = "4"
    SHORT_CYCLE = "5"
    BACHELOR = "6"
    MASTER = "7"
    DOCTORAL = "8"


class PartnershipState(StrEnum):
    PROPOSED = "proposed"
    """One side has asked, or the coordinator both; a yes is missing."""
    ACCEPTED = "accepted"
    """Both have said yes; there is no agreement yet."""
    AGREEMENT_DRAFT = "agreement-draft"
    """There is a document to sign, and nobody has signed it."""
    PARTIALLY_SIGNED = "partially-signed"
    """Some of the three have signed the document."""
    SIGNED = "signed"
    """The head, the company and the coordinator have signed; it has not begun."""
    ACTIVE = "active"
    """It has begun."""
    SUSPENDED = "suspended"
    """It is paused."""
    RENEWED = "renewed"
    """It is over, and the next school year's has been signed."""
    ENDED = "ended"
    """It is over, as planned or since one of the two is gone."""
    TERMINATED = "terminated"
    """It was broken off."""
    DECLINED = "declined"
    """A side that was asked said no."""
    WITHDRAWN = "withdrawn"
    """Taken back before the answer, or left before all had signed."""
    EXPIRED = "expired"
    """Not answered or not signed in time."""


class PartnershipReason(StrEnum):
    """Why a partnership was declined, withdrawn, suspended, ended or terminated."""

    NO_CAPACITY = "no-capacity"
    NO_FIT = "no-fit"
    TOO_FAR = "too-far"
    NO_CONTACT = "no-contact"
    CONTACT_LEFT = "contact-left"
    SCHOOL_REORGANISED = "school-reorganised"
    COMPANY_REORGANISED = "company-reorganised"
    COMPLETED = "completed"
    BREACH = "breach"
    OTHER = "other"


class Cause(StrEnum):
    """What happened to an organisation, or to a partnership, that ended or paused what hangs on it:
    nobody decided that of the thing itself."""

    ORGANISATION_SUSPENDED = "organisation-suspended"
    ORGANISATION_WITHDRAWN = "organisation-withdrawn"
    ORGANISATION_CLOSED = "organisation-closed"
    ORGANISATION_MERGED = "organisation-merged"
    PARTNERSHIP_SUSPENDED = "partnership-suspended"
    PARTNERSHIP_ENDED = "partnership-ended"


class IscedField(StrEnum):
    """Narrow fields of ISCED-F 2013 that a STE(A)M partnership is about: the standard in which
    schools of every country can say what they teach."""

    ARTS = "021"
    BIOLOGY = "051"
    ENVIRONMENT = "052"
    PHYSICAL_SCIENCES = "053"
    MATHEMATICS = "054"
    ICT = "061"
    ENGINEERING = "071"
    MANUFACTURING = "072"
    CONSTRUCTION = "073"
    AGRICULTURE = "081"
    FORESTRY = "082"
    FISHERIES = "083"
    VETERINARY = "084"
    HEALTH = "091"
    TRANSPORT = "104"


class PartnershipRisk(StrEnum):
    """Why a partnership is at risk: nothing was delivered for weeks of school time, or one of the
    two lost its contact."""

    NO_ACTIVITY = "no-activity"
    CONTACT_LEFT = "contact-left"


class ActivityFormat(StrEnum):
    INNOVATION_CHALLENGE = "innovation-challenge"
    GUEST_LESSON = "guest-lesson"
    COMPANY_VISIT = "company-visit"
    RESEARCH_WORK = "research-work"
    TEACHER_MASTERCLASS = "teacher-masterclass"
    PARENTS_DAY = "parents-day"
    TASK_FORCE_MEETING = "task-force-meeting"


class ActivityState(StrEnum):
    DRAFT = "draft"
    """Being written; the other side does not see it."""
    PROPOSED = "proposed"
    """The other side is asked, or both by the coordinator."""
    ACCEPTED = "accepted"
    """All who were asked have said yes; there is no date yet."""
    DECLINED = "declined"
    """A side that was asked said no."""
    WITHDRAWN = "withdrawn"
    """Taken back before the answer."""
    EXPIRED = "expired"
    """Not answered in time."""
    SCHEDULED = "scheduled"
    """It has a date."""
    CONFIRMED = "confirmed"
    """It has a date, and the head has confirmed it."""
    IN_PROGRESS = "in-progress"
    """It has begun, or is over and has not been reported."""
    DELIVERED = "delivered"
    """Reported: it took place, in part, or nobody came."""
    EVALUATED = "evaluated"
    """Both sides have evaluated it."""
    CLOSED = "closed"
    """It is over, evaluated or not, reported or not."""
    CANCELLED = "cancelled"
    """It was called off."""


class ActivityReason(StrEnum):
    """Why an activity was declined, withdrawn, cancelled or postponed."""

    NO_CAPACITY = "no-capacity"
    DATE_UNSUITABLE = "date-unsuitable"
    LEVEL_UNSUITABLE = "level-unsuitable"
    TRANSPORT = "transport"
    STAFF_ABSENT = "staff-absent"
    EXPERT_UNAVAILABLE = "expert-unavailable"
    SAFETY = "safety"
    WEATHER = "weather"
    DUPLICATE = "duplicate"
    OTHER = "other"


class CorrectionReason(StrEnum):
    """Why a report comes, or is put right, after its time."""

    REPORTED_LATE = "reported-late"
    COUNTS_WRONG = "counts-wrong"
    OUTCOME_WRONG = "outcome-wrong"
    OTHER = "other"


class PlaceKind(StrEnum):
    SCHOOL = "school"
    COMPANY = "company"
    ONLINE = "online"
    OTHER = "other"


class OfferState(StrEnum):
    DRAFT = "draft"
    """Being written; nobody else sees it."""
    PUBLISHED = "published"
    """It can be found and requested."""
    PAUSED = "paused"
    """It can be found by nobody for a while."""
    RETIRED = "retired"
    """It is over."""


class HalfDay(StrEnum):
    """The morning ends, and the afternoon begins, at 13:00 local time."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


class Audience(StrEnum):
    """Who is counted in an attendance: never persons, only counts."""

    PUPILS = "pupils"
    TEACHERS = "teachers"
    PARENTS = "parents"
    DELEGATES = "delegates"


class DeliveryOutcome(StrEnum):
    FULL = "full"
    PARTIAL = "partial"
    NO_SHOW = "no-show"


class Channel(StrEnum):
    EMAIL = "email"
    INBOX = "inbox"


class ContactLanguage(StrEnum):
    """The languages of the network's regions: what a person may ask to be written in."""

    FR = "fr"
    EN = "en"
    NL = "nl"
    DA = "da"
    ES = "es"
    EU = "eu"


class ConfirmedBy(StrEnum):
    """How we know that a person agrees: the mail that invited them, a verified claim of their
    organisation, or a consent that the coordinator holds."""

    INVITATION = "invitation"
    CLAIM = "claim"
    CONSENT = "consent"


class DeliveryState(StrEnum):
    """What became of a message to one person by one channel."""

    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class Sex(StrEnum):
    """Official statistics of pupils; what was not declared is counted apart."""

    GIRLS = "girls"
    BOYS = "boys"
    UNDECLARED = "undeclared"


class BookingKind(StrEnum):
    """Who takes places: a class as a whole, or one teacher."""

    CLASS = "class"
    TEACHER = "teacher"


class BookingState(StrEnum):
    """`OFFERED`: held until an answer. `ATTENDED` and `ABSENT` are marked once it is over."""

    BOOKED = "booked"
    WAITING = "waiting"
    OFFERED = "offered"
    LEFT = "left"
    LAPSED = "lapsed"
    ATTENDED = "attended"
    ABSENT = "absent"


class Transport(StrEnum):
    """How a class gets to a company."""

    WALK = "walk"
    PUBLIC_TRANSPORT = "public-transport"
    COACH = "coach"
    OTHER = "other"
