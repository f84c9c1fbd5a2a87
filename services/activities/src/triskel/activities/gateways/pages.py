"""Pages for families, in French and English: no script, no cookie, nothing from elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
LANGUAGES = ("fr", "en")
_STYLE = (
    "body{font:18px/1.5 system-ui;max-width:34rem;margin:2rem auto;padding:0 1rem}"
    "label{display:block;margin:1rem 0}input,button{font:inherit;padding:.4rem}"
    "input{width:6rem;display:block}"
)
_WORDS: dict[str, dict[str, str]] = {
    "fr": {
        "heading": "Inscription",
        "when": "Le {date} à {time}",
        "free": "Il reste {free} places.",
        "full": "C'est complet : vous serez sur la liste d'attente.",
        "adults": "Adultes",
        "children": "Enfants",
        "send": "S'inscrire",
        "privacy": "Nous ne demandons ni nom ni adresse, et il n'y a pas de cookie.",
        "booked": "Vous êtes inscrits : {size} places.",
        "waiting": "Vous êtes sur la liste d'attente, à la place {position}.",
        "left": "L'inscription est annulée.",
        "keep": "Gardez cette adresse : elle montre l'inscription et permet de l'annuler.",
        "cancel": "Annuler l'inscription",
        "link-unknown": "Ce lien n'est pas valable, ou ne l'est plus.",
        "registration-unknown": "Cette inscription n'existe pas.",
        "registration-over": "Les inscriptions sont terminées.",
        "waiting-list-full": "C'est complet, et la liste d'attente aussi.",
        "larger-than-the-places": "Il n'y a pas autant de places.",
        "places-closed": "La rencontre a commencé.",
        "otherwise": "Ce n'est pas possible.",
    },
    "en": {
        "heading": "Registration",
        "when": "On {date} at {time}",
        "free": "{free} places are left.",
        "full": "It is full: you will be on the waiting list.",
        "adults": "Adults",
        "children": "Children",
        "send": "Register",
        "privacy": "We ask for no name and no address, and there is no cookie.",
        "booked": "You are registered: {size} places.",
        "waiting": "You are on the waiting list, number {position}.",
        "left": "The registration is cancelled.",
        "keep": "Keep this address: it shows the registration and lets you cancel it.",
        "cancel": "Cancel the registration",
        "link-unknown": "This link is not valid, or not any more.",
        "registration-unknown": "There is no such registration.",
        "registration-over": "It is not possible to register any more.",
        "waiting-list-full": "It is full, and so is the waiting list.",
        "larger-than-the-places": "There are not so many places.",
        "places-closed": "It has begun.",
        "otherwise": "That is not possible.",
    },
}


@dataclass(frozen=True)
class Invitation:
    title: str
    starts_at: datetime
    time_zone: str
    free: int


def language_of(wanted: str | None, accepted: str) -> str:
    """The one asked for, else the first of ours that the browser accepts, else French."""
    if wanted in LANGUAGES:
        return str(wanted)
    offered = [part.split(";")[0].strip()[:2].lower() for part in accepted.split(",")]
    return next((language for language in offered if language in LANGUAGES), LANGUAGES[0])


def _page(language: str, title: str, parts: Sequence[str]) -> str:
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><body><h1>{escape(title)}</h1>"
        f"{''.join(parts)}</body></html>"
    )


def _says(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _form(language: str, hidden: Mapping[str, str], rest: str, button: str) -> str:
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in ({"language": language} | dict(hidden)).items()
    )
    return f'<form method="post">{fields}{rest}<button>{escape(button)}</button></form>'


def registering(language: str, invitation: Invitation, token: str, own: str) -> str:
    words = _WORDS[language]
    when = invitation.starts_at.astimezone(ZoneInfo(invitation.time_zone))
    date = when.strftime("%d/%m/%Y")
    numbers = "".join(
        f'<label>{words[name]}<input type="number" name="{name}" min="{least}" max="10" '
        f'value="{least}" required></label>'
        for name, least in (("adults", 1), ("children", 0))
    )
    free = words["free"].format(free=invitation.free) if invitation.free else words["full"]
    return _page(
        language,
        f"{words['heading']} – {invitation.title}",
        [
            _says(words["when"].format(date=date, time=when.strftime("%H:%M"))),
            _says(free),
            _form(language, {"token": token, "own_token": own}, numbers, words["send"]),
            _says(words["privacy"]),
        ],
    )


def registered(language: str, state: str, size: int, position: int | None, own: str) -> str:
    words = _WORDS[language]
    parts = [_says(words[state].format(size=size, position=position))]
    if state != "left":
        address = f"/v1/registrations/mine?token={escape(own)}&amp;language={language}"
        parts += [
            f'<p><a href="{address}">{escape(words["keep"])}</a></p>',
            _form(language, {"cancel": own}, "", words["cancel"]),
        ]
    return _page(language, words["heading"], parts)


def refused(language: str, rule: str) -> str:
    words = _WORDS[language]
    return _page(language, words["heading"], [_says(words.get(rule, words["otherwise"]))])
