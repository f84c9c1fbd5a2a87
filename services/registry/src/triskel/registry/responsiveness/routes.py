"""`/v1/organisations/{id}/responsiveness`: how a host answers, for itself and its coordinator."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import Now, Router, Session
from triskel.chassis.http.values import Language
from triskel.contracts import registry as contract
from triskel.contracts.codes import OrganisationKind, Role
from triskel.registry.organisations.commands import ORGANISATIONS
from triskel.registry.organisations.rules.organisation import may_host
from triskel.registry.regions.queries import settings_of
from triskel.registry.responsiveness.queries import measured, public, unmeasured
from triskel.registry.responsiveness.refusals import NotAHost
from triskel.registry.responsiveness.rules import in_words

router = Router(prefix="/v1/organisations", tags=["organisations"])

Member = Annotated[Caller, allow(Role.COORDINATOR, Role.COMPANY)]

_EXAMPLE: dict[str, Any] = {
    "id": "0199a1b2-0002-7000-8000-000000000002",
    "region": "FRH0",
    "version": 3,
    "measured_at": "2025-11-03T08:00:00+01:00",
    "answered": 5,
    "unanswered": 1,
    "answer_rate": 0.8333,
    "median_hours": 52.5,
    "unanswered_in_a_row": 0,
    "hidden_since": None,
    "rule": in_words(contract.AnswerLimits()),
}


class ResponsivenessAnswer(contract.HostResponsiveness):
    """How a host answers, and the rule in words. Version 0: nobody has asked it anything."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    version: int = Field(ge=0)
    rule: dict[Language, str] = Field(description="by language: fr and en")


@router.get(
    "/{organisation_id}/responsiveness", summary="How a host answers, and what follows from it"
)
async def show(
    caller: Member, organisation_id: UUID, session: Session, now: Now
) -> ResponsivenessAnswer:
    host = await ORGANISATIONS.get(session, organisation_id)
    caller.require_organisation(host.region, host.id)
    if not may_host(OrganisationKind(host.kind)):
        raise NotAHost(value=str(organisation_id))
    row = (await measured(session, [organisation_id])).get(organisation_id) or unmeasured(
        organisation_id, now
    )
    return ResponsivenessAnswer(
        **public(row, host.region, now),
        rule=in_words((await settings_of(session, host.region)).answers),
    )
