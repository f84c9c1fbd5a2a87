"""A score in words: what each criterion is worth and why, in French and English."""

from collections.abc import Callable
from dataclasses import dataclass

from triskel.registry.matching.rules.scoring import CRITERIA, UNKNOWN_SHARE, Fit, Weights

Sentence = dict[str, str]
"""By language."""
Value = float | int | list[str] | None


@dataclass(frozen=True)
class Criterion:
    """`share` is from 0 to 1, None where it is not known and counts for half; `contribution` is in
    points of 100, and those of all criteria sum up to the score."""

    criterion: str
    value: Value
    share: float | None
    weight: float
    contribution: float
    sentence: Sentence


def explain(fit: Fit, weights: Weights) -> list[Criterion]:
    """Every criterion of a pair, in the order of the weights."""
    whole = sum(weights.sizes)
    found = []
    for name, size, share in zip(CRITERIA, weights.sizes, fit.shares, strict=True):
        value, french, english = _WORDS[name](fit)
        if share is None:
            french, english = _UNKNOWN[name]
            french += " : compte pour moitié."
            english += ": counts for half."
        found.append(
            Criterion(
                criterion=name,
                value=value,
                share=None if share is None else round(share, 4),
                weight=size,
                contribution=round(
                    100 * size * (UNKNOWN_SHARE if share is None else share) / whole, 2
                ),
                sentence={"fr": french, "en": english},
            )
        )
    return found


_Words = tuple[Value, str, str]

_UNKNOWN: dict[str, tuple[str, str]] = {
    "distance": ("La distance n'est pas connue", "The distance is not known"),
    "levels": (
        "Les deux n'ont pas dit quels niveaux les intéressent",
        "Not both have said which levels they want",
    ),
    "subjects": (
        "Les deux n'ont pas dit quels domaines les intéressent",
        "Not both have said which fields they want",
    ),
    "capacity": (
        "L'hôte n'a pas dit combien de partenariats il peut porter",
        "The host has not said how many partnerships it can carry",
    ),
    "responsiveness": (
        "Personne n'a encore rien demandé à cet hôte",
        "Nobody has asked anything of this host yet",
    ),
    "languages": ("Les langues ne sont pas connues", "The languages are not known"),
    "formats": (
        "Les deux n'ont pas dit quels formats les intéressent",
        "Not both have said which formats they want",
    ),
}


def _distance(fit: Fit) -> _Words:
    if fit.distance_km is None:
        return None, "", ""
    away, reach = round(fit.distance_km), round(fit.reach_km)
    # who ranked each other may be farther apart than they said they go
    near = fit.distance_km <= fit.reach_km
    return (
        round(fit.distance_km, 1),
        f"À {away} km, {'dans' if near else 'au-delà de'} la limite de {reach} km.",
        f"{away} km away, {'within' if near else 'beyond'} the limit of {reach} km.",
    )


def _common(wanted: frozenset[str], given: frozenset[str], french: str, english: str) -> _Words:
    common = sorted(wanted & given)
    listed = ", ".join(common)
    return (
        common,
        f"{french} : {listed} ({len(common)} sur {len(wanted)})."
        if common
        else f"{french} : aucun.",
        f"{english}: {listed} ({len(common)} of {len(wanted)})." if common else f"{english}: none.",
    )


def _levels(fit: Fit) -> _Words:
    return _common(
        fit.school.levels,
        fit.host.levels,
        "Niveaux CITE en commun",
        "ISCED levels in common",
    )


def _subjects(fit: Fit) -> _Words:
    value, french, english = _common(
        fit.school.subjects,
        fit.host.subjects,
        "Domaines CITE-F en commun",
        "ISCED-F fields in common",
    )
    if not fit.school.subjects or not fit.host.subjects:
        french = english = ""
    if fit.school.sectors and fit.host.sectors:
        wished = sorted(fit.school.sectors & fit.host.sectors)
        if wished:
            french += f" Secteur NACE souhaité : {', '.join(wished)}."
            english += f" Wished NACE sector: {', '.join(wished)}."
        else:
            french += " Pas d'un secteur NACE souhaité."
            english += " Not of a wished NACE sector."
    return value, french.strip(), english.strip()


def _capacity(fit: Fit) -> _Words:
    left, places = fit.host.left, fit.host.places
    return (
        left,
        f"Encore {left} partenariat(s) possible(s) sur {places}.",
        f"{left} of {places} partnerships still to give.",
    )


def _responsiveness(fit: Fit) -> _Words:
    rate, hours = fit.host.answer_rate, fit.host.median_hours
    if rate is None:
        return None, "", ""
    french, english = f"Répond à {rate:.0%} des demandes", f"Answers {rate:.0%} of requests"
    if hours is not None:
        french += f", en {hours:.0f} h (médiane)"
        english += f", within {hours:.0f} h (median)"
    return round(rate, 4), f"{french}.".replace("%", " %"), f"{english}."


def _languages(fit: Fit) -> _Words:
    common = sorted(fit.school.languages & fit.host.languages)
    if not common:
        return common, "Aucune langue en commun.", "No language in common."
    listed = ", ".join(common)
    return common, f"Langue en commun : {listed}.", f"Language in common: {listed}."


def _formats(fit: Fit) -> _Words:
    return _common(fit.school.formats, fit.host.formats, "Formats en commun", "Formats in common")


_WORDS: dict[str, Callable[[Fit], _Words]] = {
    "distance": _distance,
    "levels": _levels,
    "subjects": _subjects,
    "capacity": _capacity,
    "responsiveness": _responsiveness,
    "languages": _languages,
    "formats": _formats,
}
