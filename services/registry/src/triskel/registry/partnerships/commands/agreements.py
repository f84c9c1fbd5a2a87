"""The document to sign: drafted, and written anew for an amendment."""

import asyncio
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.actions import Attempt
from triskel.chassis.commands import Context
from triskel.chassis.versions import Seen
from triskel.contracts.days import day_in
from triskel.contracts.registry import RegionSettings
from triskel.registry.organisations.commands import ORGANISATIONS
from triskel.registry.partnerships.actions import (
    AMEND,
    DRAFT_AGREEMENT,
)
from triskel.registry.partnerships.commands.proposing import PARTNERSHIPS
from triskel.registry.partnerships.gateways import AgreementText, Party, write
from triskel.registry.partnerships.rules import transitions
from triskel.registry.partnerships.rules.state import (
    Agreement,
    Facts,
    Partnership,
    Terms,
)
from triskel.registry.partnerships.tables import (
    AgreementRow,
)


async def draft_agreement(
    context: Context, partnership_id: UUID, seen: Seen | None, language: str | None
) -> Attempt[Partnership, Facts]:
    """Make the document to sign, in the region's language where none is given. Raises the refusal
    of the action."""
    permitted = await PARTNERSHIPS.permit(context, partnership_id, seen, DRAFT_AGREEMENT)
    attempt = permitted.attempt
    agreement = await _write(context, attempt.subject, attempt.facts.settings, language)
    return await PARTNERSHIPS.complete(context, permitted, DRAFT_AGREEMENT, agreement)


async def amend(
    context: Context, partnership_id: UUID, seen: Seen | None, terms: Terms
) -> Attempt[Partnership, Facts]:
    """Other terms, in a new document of the same language. Raises the refusal of the action."""
    permitted = await PARTNERSHIPS.permit(context, partnership_id, seen, AMEND)
    amended = transitions.with_terms(permitted.attempt.subject, terms)
    settings = permitted.attempt.facts.settings
    agreement = await _write(context, amended, settings, amended.agreement.language)
    return await PARTNERSHIPS.complete(context, permitted, AMEND, terms, agreement)


async def _write(
    context: Context, partnership: Partnership, settings: RegionSettings, language: str | None
) -> Agreement:
    """The next document of a locked partnership, as everything is named today."""
    session, region = context.session, partnership.region
    ours = language or ("fr" if region.startswith("FR") else "en")
    text = AgreementText(
        partnership_id=partnership.id,
        number=partnership.agreement.number + 1,
        region=region,
        school=await _party(session, partnership.school_id, ours),
        company=await _party(session, partnership.company_id, ours),
        school_year=partnership.school_year,
        starts_on=partnership.starts_on,
        ends_on=partnership.ends_on,
        goals=tuple((partnership.goals or "").splitlines()),
        articles=tuple((each.title, each.text) for each in settings.articles.get(ours, ())),
        made_at=context.now,
        made_on=day_in(context.now, settings.time_zone),
    )
    document = await asyncio.to_thread(write, text, ours)
    session.add(
        AgreementRow(
            partnership_id=partnership.id,
            number=text.number,
            language=ours,
            made_at=context.now,
            digest=document.digest,
            page=document.page,
            pdf=document.pdf,
        )
    )
    return Agreement(text.number, ours, document.digest)


async def _party(session: AsyncSession, organisation_id: UUID, language: str) -> Party:
    organisation = await ORGANISATIONS.get(session, organisation_id)
    address, names = organisation.address, organisation.names
    street, town = None, ""
    if address:
        street = address.street
        town = " ".join(filter(None, (address.postcode, address.municipality)))
    own = organisation.own_identifiers
    numbers = sorted(f"{each.scheme.upper()} {each.value}" for each in own)
    name = names.get(language) or next(iter(names.values()))
    return Party(name, tuple(filter(None, (street, town, *numbers))))
