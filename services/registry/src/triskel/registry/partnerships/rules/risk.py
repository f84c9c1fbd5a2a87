"""When a partnership is at risk: nothing happens in it, or one of the two has lost its contact."""

from dataclasses import dataclass, replace

from triskel.chassis.actions import Change
from triskel.contracts import registry as contract
from triskel.contracts.codes import PartnershipRisk
from triskel.registry.partnerships.rules.state import Partnership, PartnershipAttempt


@dataclass(frozen=True)
class Signs:
    """What tells of a risk. `quiet_school_weeks` are the whole weeks of school since the last
    delivered activity, or since it began where there was none. `contact_missing`: the school or
    the company has nobody who confirmed, or somebody left since the agreement was signed and
    nobody has confirmed since."""

    quiet_school_weeks: int
    contact_missing: bool


def risks(signs: Signs, quiet_limit: int) -> tuple[PartnershipRisk, ...]:
    found = {
        PartnershipRisk.NO_ACTIVITY: signs.quiet_school_weeks >= quiet_limit,
        PartnershipRisk.CONTACT_LEFT: signs.contact_missing,
    }
    return tuple(risk for risk, there in found.items() if there)


def judge(
    attempt: PartnershipAttempt, found: tuple[PartnershipRisk, ...]
) -> list[Change[Partnership]]:
    """Its risks of today; nothing changes when they are as they were. It has been at risk since
    the first of an unbroken row of risks."""
    partnership = attempt.subject
    if found == partnership.risks:
        return []
    since = (partnership.at_risk_since or attempt.now) if found else None
    judged = replace(partnership, version=partnership.version + 1, at_risk_since=since, risks=found)
    if found:
        return [Change(judged, contract.PartnershipPutAtRisk, action="put-at-risk")]
    return [Change(judged, contract.PartnershipBackOnTrack, action="back-on-track")]
