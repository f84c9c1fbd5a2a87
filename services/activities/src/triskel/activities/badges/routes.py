"""`/v1/badges`: what a verifier asks for; and the certificate of a teacher's booking."""

import re
import secrets
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.queries import check_may_read
from triskel.activities.activities.refusals import ActivityUnknown
from triskel.activities.activities.routes.target import Reader
from triskel.activities.activities.rules.activity import Activity
from triskel.activities.badges import rules
from triskel.activities.badges.refusals import (
    AddressMalformed,
    CertificatesNotSetUp,
    KeyUnknown,
)
from triskel.activities.gateways.signing import Signer, signer_of
from triskel.chassis.auth import public
from triskel.chassis.http import Router, Session
from triskel.chassis.http.values import OneLine

router = Router(prefix="/v1/badges", tags=["badges"], dependencies=[public()])
certificates = Router(prefix="/v1/activities", tags=["badges"])

VC_JWT = "application/vc+jwt"
LONGEST_ADDRESS = 254
SALT_BYTES = 12
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class VcJwt(Response):
    media_type = VC_JWT


class Jwk(BaseModel):
    kty: str
    n: str
    e: str
    alg: str
    use: str
    kid: str


class Jwks(BaseModel):
    keys: list[Jwk]


@dataclass(frozen=True)
class Issuing:
    """Who issues certificates here, and the key."""

    issuer: rules.Issuer
    signer: Signer

    @property
    def keys_url(self) -> str:
        return f"{self.issuer.base}/v1/badges/keys"

    def published(self) -> list[Jwk]:
        known = self.signer.public_keys.items()
        return [Jwk(**key, kid=f"{self.keys_url}/{name}") for name, key in known]

    def signed(self, credential: dict[str, Any]) -> VcJwt:
        return VcJwt(self.signer.sign(credential, self.keys_url))


async def _issuing(request: Request) -> Issuing:
    settings = request.app.state.settings
    if settings.badge_key_file is None or settings.public_url is None:
        raise CertificatesNotSetUp
    issuer = rules.Issuer(settings.public_url.rstrip("/"), settings.badge_issuer)
    return Issuing(issuer, signer_of(settings.badge_key_file))


Issues = Annotated[Issuing, Depends(_issuing)]


@router.get("/keys", summary="The keys that sign certificates, as a JWKS")
async def keys(issues: Issues) -> Jwks:
    return Jwks(keys=issues.published())


@router.get("/keys/{name}", summary="One key as a JWK: what `kid` leads to")
async def key(issues: Issues, name: Annotated[str, OneLine(longest=64)]) -> Jwk:
    found = next((each for each in issues.published() if each.kid.endswith(f"/{name}")), None)
    if found is None:
        raise KeyUnknown
    return found


@router.get("/issuer", summary="The issuer's profile")
async def issuer(issues: Issues) -> dict[str, Any]:
    context = [rules.VC_CONTEXT, rules.OB_CONTEXT]
    return {"@context": context, **issues.issuer.profile()}


async def _public(session: Any, activity_id: UUID) -> Activity:
    """Raises `NotFound` for what is not public, as for what is not there."""
    activity = await ACTIVITIES.get(session, activity_id)
    if not rules.is_public(activity):
        raise ActivityUnknown(value=str(activity_id))
    return activity


@router.get("/achievements/{activity_id}", summary="What a certificate says that somebody achieved")
async def achievement(issues: Issues, activity_id: UUID, session: Session) -> dict[str, Any]:
    context = [rules.VC_CONTEXT, rules.OB_CONTEXT]
    return {
        "@context": context,
        **rules.achievement(await _public(session, activity_id), issues.issuer),
    }


@router.get(
    "/statuses/{activity_id}",
    summary="Which certificates of it are void",
    response_class=VcJwt,
)
async def status(issues: Issues, activity_id: UUID, session: Session) -> VcJwt:
    """A signed `BitstringStatusListCredential` (W3C Bitstring Status List 1.0)."""
    return issues.signed(rules.status_list(await _public(session, activity_id), issues.issuer))


@certificates.get(
    "/{activity_id}/certificates/{booking_id}",
    summary="A teacher's attendance certificate: an Open Badge 3.0",
    response_class=VcJwt,
)
async def certificate(
    caller: Reader,
    issues: Issues,
    activity_id: UUID,
    booking_id: UUID,
    session: Session,
    badge_email: Annotated[
        str | None,
        Header(
            description="the holder's address, of which a salted hash stands in the certificate; "
            "it is kept nowhere"
        ),
    ] = None,
) -> VcJwt:
    """A compact JWS: the credential and its proof in one. For the teacher, whom the token's claim
    `contact` names, and the coordinator; each request signs the same credential anew."""
    activity = await ACTIVITIES.get(session, activity_id)
    check_may_read(caller, activity)
    # an issuer says who somebody is in the regions that it speaks for
    contact = caller.contact if caller.region == activity.region else None
    booking = rules.certified(
        activity, booking_id, contact, coordinator=caller.coordinates(activity.region)
    )
    credential = rules.credential(activity, booking, issues.issuer)
    if badge_email is not None:
        if len(badge_email) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(badge_email):
            raise AddressMalformed
        credential = rules.with_identity(credential, badge_email, secrets.token_urlsafe(SALT_BYTES))
    return issues.signed(credential)
