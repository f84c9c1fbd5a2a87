"""What may be done with a matching round: from which states, by whom, and what it says."""

from triskel.chassis.actions import Action, ActionTable
from triskel.contracts import registry as contract
from triskel.contracts.registry_codes import RoundState
from triskel.registry.matching.rules import round as rules

_S = RoundState

RANK = Action(
    name="rank",
    summary="Rank the other side",
    sources={_S.OPENED},
    who=(rules.takes_part,),
    about=rules.own_ranking,
    version_of=rules.ranking_version,
    guards=(rules.in_time,),
    apply=rules.rank,
    events=(),
)
CLOSE_RANKING = Action(
    name="close-ranking",
    summary="Close the ranking before its deadline",
    sources={_S.OPENED},
    targets={_S.RANKING_CLOSED},
    who=(rules.coordinator,),
    apply=rules.close_ranking,
    events=(contract.MatchingRoundRankingClosed,),
)
MATCH = Action(
    name="match",
    summary="Compute the stable matching",
    # again after what it was computed from has changed: somebody found a partner, say
    sources={_S.RANKING_CLOSED, _S.MATCHED},
    targets={_S.MATCHED},
    who=(rules.coordinator,),
    apply=rules.match,
    events=(contract.MatchingRoundMatched,),
)
CONFIRM = Action(
    name="confirm",
    summary="Propose the partnerships that came out",
    sources={_S.MATCHED},
    targets={_S.CONFIRMED},
    who=(rules.coordinator,),
    guards=(rules.has_pairs,),
    apply=rules.confirm,
    events=(contract.MatchingRoundConfirmed,),
)
CANCEL = Action(
    name="cancel",
    summary="Break it off, or discard what came out",
    sources=rules.LIVE,
    targets={_S.CANCELLED},
    who=(rules.coordinator,),
    apply=rules.cancel,
    events=(contract.MatchingRoundCancelled,),
)

ACTIONS = ActionTable(RANK, CLOSE_RANKING, MATCH, CONFIRM, CANCEL)
