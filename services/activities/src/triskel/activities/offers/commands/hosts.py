"""What a search must know of an offer's host, kept beside the offer so that one index answers."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.offers.tables import UNKNOWN_RANK

SLOW_HOURS = 14 * 24
"""Who takes so long or longer is as slow as can be: a proposal's usual deadline."""

_LISTED = "host.status = 'approved' and host.open and answers.hidden_since is null"
_RANK = f"""
    coalesce(
        0.8 * (1 - answers.answer_rate)
        + 0.2 * least(1, coalesce(answers.median_hours, {SLOW_HOURS}) / {SLOW_HOURS}),
        {UNKNOWN_RANK}
    )
"""
_HOSTS = "organisations as host left join host_responsiveness as answers on answers.id = host.id"
_REFRESH = text(
    f"""
    update offers set host_listed = known.listed, host_rank = known.rank, host_sites = known.sites
    from (
        select host.id, host.latitude, host.longitude, host.sites, {_LISTED} as listed,
            {_RANK} as rank
        from {_HOSTS} where host.id = any(:ids)
    ) as host
    -- what is offered at the host's own place is so at each of its sites
    cross join lateral (
        select offer.id, host.listed, host.rank,
            case when (offer.latitude, offer.longitude)
                is not distinct from (host.latitude, host.longitude)
                then host.sites else '[]' end as sites
        from offers as offer where offer.host_id = host.id
    ) as known
    where offers.id = known.id
    and (offers.host_listed, offers.host_rank, offers.host_sites)
        is distinct from (known.listed, known.rank, known.sites)
    """
)


def hosts_from(ids: Collection[UUID]) -> ScalarSelect[Any]:
    """These hosts as JSON: whether searches list them, and how they answer."""
    told: Any = literal_column(f"jsonb_agg(jsonb_build_array(host.id, {_LISTED}, {_RANK}))")
    of = text("host.id = any(:hosts)").bindparams(hosts=sorted(ids))
    return select(told).select_from(text(_HOSTS)).where(of).scalar_subquery()


async def refresh_hosts(session: AsyncSession, hosts: Sequence[UUID]) -> None:
    """After something was heard of them."""
    await session.execute(_REFRESH, {"ids": list(hosts)})
