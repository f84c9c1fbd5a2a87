"""What a search must know of an offer's host, kept beside the offer so that one index answers."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.offers.tables import UNKNOWN_RANK

SLOW_HOURS = 14 * 24
"""Who takes so long or longer is as slow as can be: a proposal's usual deadline."""

_REFRESH = text(
    f"""
    update offers set host_listed = known.listed, host_rank = known.rank
    from (
        select offer.id,
            host.status = 'approved' and host.open and answers.hidden_since is null as listed,
            coalesce(
                0.8 * (1 - answers.answer_rate)
                + 0.2 * least(1, coalesce(answers.median_hours, {SLOW_HOURS}) / {SLOW_HOURS}),
                {UNKNOWN_RANK}
            ) as rank
        from offers as offer
        join organisations as host on host.id = offer.host_id
        left join host_responsiveness as answers on answers.id = offer.host_id
        where offer.host_id = any(:ids)
    ) as known
    where offers.id = known.id
    and (offers.host_listed, offers.host_rank) is distinct from (known.listed, known.rank)
    """
)


async def refresh_hosts(session: AsyncSession, hosts: Sequence[UUID]) -> None:
    """After something was heard of them, or one of their offers changed (its row is locked, so
    neither misses the other)."""
    await session.execute(_REFRESH, {"ids": list(hosts)})
