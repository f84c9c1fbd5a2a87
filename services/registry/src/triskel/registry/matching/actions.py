"""What may be done with a matching round: from which states, by whom, and what it says."""

from triskel.chassis.actions import Action, ActionTable
from triskel.contracts import registry as contract
from triskel.contracts.registry_codes import RoundState
from triskel.registry.matching.rules import rounds

_S = RoundState

RANK = Action(
    name="rank",
    summary="Rank the other side",
    sources={_S.OPENED},
    who=(rounds.takes_part,),
    about=rounds.own_ranking,
    version_of=rounds.ranking_version,
    guards=(rounds.in_time,),
    apply=rounds.rank,
    events=(),
)
CLOSE_RANKING = Action(
    name="close-ranking",
    summary="Close the ranking before its deadline",
    sources={_S.OPENED},
    targets={_S.RANKING_CLOSED},
    who=(rounds.coordinator,),
    apply=rounds.close_ranking,
    events=(contract.MatchingRoundRankingClosed,),
)
MATCH = Action(
    name="match",
    summary="Compute the stable matching",
    # again after what it was computed from has changed: somebody found a partner, say
    sources={_S.RANKING_CLOSED, _S.MATCHED},
    targets={_S.MATCHED},
    who=(rounds.coordinator,),
    apply=rounds.match,
    events=(contract.MatchingRoundMatched,),
)
CONFIRM = Action(
    name="confirm",
    summary="Propose the partnerships that came out",
    sources={_S.MATCHED},
    targets={_S.CONFIRMED},
    who=(rounds.coordinator,),
    guards=(rounds.has_pairs,),
    apply=rounds.confirm,
    events=(contract.MatchingRoundConfirmed,),
)
CANCEL = Action(
    name="cancel",
    summary="Break it off, or discard what came out",
    sources=rounds.LIVE,
    targets={_S.CANCELLED},
    who=(rounds.coordinator,),
    apply=rounds.cancel,
    events=(contract.MatchingRoundCancelled,),
)

ACTIONS = ActionTable(RANK, CLOSE_RANKING, MATCH, CONFIRM, CANCEL)
