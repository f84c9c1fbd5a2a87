"""The attendance certificate of a masterclass as an Open Badge 3.0: what it says, and of whom.

It names nobody: the subject is the contact's id, beside which a hash of an address may stand that
the holder gave when asking. W3C Verifiable Credentials 2.0, 1EdTech Open Badges 3.0.
"""

import base64
import gzip
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from triskel.activities.activities.rules.activity import Activity
from triskel.activities.activities.rules.details import Booking
from triskel.activities.badges.refusals import (
    CertificateNotYours,
    CertificateRevoked,
    NotAttended,
)
from triskel.activities.places.refusals import BookingUnknown
from triskel.contracts.codes import ActivityFormat, BookingKind, BookingState

VC_CONTEXT = "https://www.w3.org/ns/credentials/v2"
OB_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OB_SCHEMA = (
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
)
STATUS_LIST_BITS = 131_072
"""The smallest that Bitstring Status List 1.0 allows, so that a position says little."""
STATUS_TTL_MS = 300_000


@dataclass(frozen=True)
class Issuer:
    """`base` is where the outside reaches this service."""

    base: str
    title: str

    @property
    def id(self) -> str:
        return f"{self.base}/v1/badges/issuer"

    def profile(self) -> dict[str, Any]:
        return {"id": self.id, "type": ["Profile"], "name": self.title, "url": self.base}

    def achievement_id(self, activity_id: UUID) -> str:
        return f"{self.base}/v1/badges/achievements/{activity_id}"

    def status_id(self, activity_id: UUID) -> str:
        return f"{self.base}/v1/badges/statuses/{activity_id}"


def certified(
    activity: Activity, booking_id: UUID, contact_id: UUID | None, coordinator: bool
) -> Booking:
    """The booking, if there is a certificate of it for who asks: the contact, or a coordinator.
    Raises `BookingUnknown`, `CertificateNotYours`, `CertificateRevoked` and `NotAttended`.

    It goes to who took part, or through the coordinator. Their school and the host would otherwise
    have one made out to an address of their own.
    """
    found = next((each for each in activity.bookings if each.id == booking_id), None)
    if found is None or found.kind is not BookingKind.TEACHER:
        raise BookingUnknown(value=str(booking_id))
    if not coordinator and (contact_id is None or contact_id != found.contact_id):
        raise CertificateNotYours
    if found.revoked_at is not None:
        raise CertificateRevoked(value=found.state)
    if found.state is not BookingState.ATTENDED:
        raise NotAttended(state=found.state, value=found.state)
    return found


def is_public(activity: Activity) -> bool:
    """An achievement is public once a certificate of it may be."""
    masterclass = activity.format is ActivityFormat.TEACHER_MASTERCLASS
    return masterclass and activity.delivered_at is not None


def achievement(activity: Activity, issuer: Issuer) -> dict[str, Any]:
    hours = f"{_hours(activity):g}"
    return {
        "id": issuer.achievement_id(activity.id),
        "type": ["Achievement"],
        "achievementType": "CertificateOfCompletion",
        "name": activity.title,
        "description": f"Masterclass pour enseignants, {hours} h. "
        f"A masterclass for teachers, {hours} h.",
        "criteria": {
            "narrative": f"Présence constatée pendant {hours} heures. "
            f"Attendance of {hours} hours, recorded by the host."
        },
        "creator": issuer.profile(),
        "tag": list(activity.subjects),
    }


def _hours(activity: Activity) -> float:
    if activity.masterclass is not None:
        return activity.masterclass.hours
    assert activity.slot is not None
    return (activity.slot.ends_at - activity.slot.starts_at).total_seconds() / 3600


def credential(activity: Activity, booking: Booking, issuer: Issuer) -> dict[str, Any]:
    """An `OpenBadgeCredential`, without proof."""
    assert activity.slot is not None and activity.delivered_at is not None
    index = [each.id for each in activity.bookings].index(booking.id)
    status = issuer.status_id(activity.id)
    return {
        "@context": [VC_CONTEXT, OB_CONTEXT],
        "id": f"urn:uuid:{booking.id}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": activity.title,
        "issuer": issuer.profile(),
        "validFrom": _time(activity.delivered_at),
        "awardedDate": _time(activity.delivered_at),
        "credentialSubject": {
            "id": f"urn:uuid:{booking.contact_id}",
            "type": ["AchievementSubject"],
            "activityStartDate": _time(activity.slot.starts_at),
            "activityEndDate": _time(activity.slot.ends_at),
            "achievement": achievement(activity, issuer),
        },
        "credentialSchema": [{"id": OB_SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        "credentialStatus": {
            "id": f"{status}#{index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(index),
            "statusListCredential": status,
        },
    }


def with_identity(credential: dict[str, Any], address: str, salt: str) -> dict[str, Any]:
    """The credential with a salted hash of the holder's address, so that who knows the address can
    check it and nobody can read it."""
    digest = hashlib.sha256((address + salt).encode()).hexdigest()
    identity = {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": f"sha256${digest}",
        "identityType": "emailAddress",
        "salt": salt,
    }
    subject = credential["credentialSubject"] | {"identifier": [identity]}
    return credential | {"credentialSubject": subject}


def status_list(activity: Activity, issuer: Issuer) -> dict[str, Any]:
    """Which certificates of one masterclass are void: a `BitstringStatusListCredential`."""
    assert activity.delivered_at is not None
    bits = bytearray(STATUS_LIST_BITS // 8)
    for index, booking in enumerate(activity.bookings):
        if booking.revoked_at is not None:
            bits[index // 8] |= 0x80 >> (index % 8)
    revoked = [each.revoked_at for each in activity.bookings if each.revoked_at is not None]
    status = issuer.status_id(activity.id)
    packed = base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).decode()
    return {
        "@context": [VC_CONTEXT],
        "id": status,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.id,
        "validFrom": _time(max([activity.delivered_at, *revoked])),
        "credentialSubject": {
            "id": f"{status}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "ttl": STATUS_TTL_MS,
            "encodedList": "u" + packed.rstrip("="),
        },
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
