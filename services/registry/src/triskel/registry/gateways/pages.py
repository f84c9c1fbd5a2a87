"""The pages that people see who follow a link of ours: plain HTML, no script, nothing loaded."""

from html import escape
from string import Template

PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"
_LANGUAGES = ("fr", "en")
_PAGE = Template(
    """<!doctype html>
<html lang="$language">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>$title</title></head>
<body style="margin:0;background:#f4f5f7;font-family:system-ui,sans-serif;color:#1d2433">
<main style="max-width:36rem;margin:1.5rem auto;padding:1.5rem 2rem;background:#fff;\
border-top:4px solid #1f5f8b">
<h1 style="font-size:1.4rem">$title</h1>
<p>$body</p>
$form</main>
</body>
</html>
"""
)
_FORM = Template(
    """<form method="post" action="$action">
<input type="hidden" name="token" value="$token">
<button style="padding:.6rem 1.2rem;font:inherit;color:#fff;background:#1f5f8b;border:0">\
$button</button>
</form>
"""
)
_TEXTS = {
    "fr": {
        "ask": (
            "Confirmer vos coordonnées",
            "Vous êtes indiqué·e comme contact de {organisation}. En confirmant, vous acceptez "
            "que la plateforme régionale vous écrive à ce titre. Vous pouvez demander "
            "l'effacement de vos données à tout moment.",
            "Je confirme",
        ),
        "claim": (
            "Confirmer une demande",
            "{person} demande à parler au nom de {organisation} sur la plateforme régionale. "
            "Confirmez-le si c'est exact ; sinon, fermez cette page et la demande expirera.",
            "Je confirme cette demande",
        ),
        "claimed": (
            "C'est confirmé",
            "{organisation} est inscrite et {person} en est le contact. Vous pouvez fermer cette "
            "page.",
        ),
        "done": (
            "C'est confirmé",
            "Merci. Vous êtes contact de {organisation}. Vous pouvez fermer cette page.",
        ),
        "unknown": (
            "Ce lien ne fonctionne pas",
            "Il a peut-être déjà servi : un lien ne sert qu'une fois, et il n'y a alors rien à "
            "faire. Sinon il a expiré, a été remplacé par un lien plus récent ou n'a pas été copié "
            "en entier : demandez-en un nouveau à votre structure ou à la coordination régionale.",
        ),
    },
    "en": {
        "ask": (
            "Confirm your contact details",
            "You are named as a contact of {organisation}. By confirming you agree that the "
            "regional platform writes to you as such. You may have your data erased at any time.",
            "I confirm",
        ),
        "claim": (
            "Confirm a claim",
            "{person} asks to speak for {organisation} on the regional platform. Confirm it if "
            "that is right; if not, close this page and the claim will expire.",
            "I confirm this claim",
        ),
        "claimed": (
            "Confirmed",
            "{organisation} has joined, and {person} is its contact. You may close this page.",
        ),
        "done": (
            "Confirmed",
            "Thank you. You are a contact of {organisation}. You may close this page.",
        ),
        "unknown": (
            "This link does not work",
            "It may have been used already: a link works once, and then there is nothing to do. "
            "If not, it has expired, was replaced by a newer one or was not copied whole: ask "
            "your organisation or the regional coordination for a new one.",
        ),
    },
}


def page_language(wanted: str) -> str:
    """Of a language code or an Accept-Language header: the one of ours that stands first."""
    codes = [part.strip()[:2].lower() for part in wanted.split(",")]
    return next((code for code in codes if code in _LANGUAGES), "en")


def page(
    what: str,
    language: str,
    names: dict[str, str] | None = None,
    *,
    token: str = "",
    action: str = "",
    person: str = "",
) -> str:
    """`what` is `ask`, `claim`, `done`, `claimed` or `unknown`. What asks has a form, so that a
    person confirms and not the mail scanner that opens every link."""
    known = page_language(language)
    title, body, *button = _TEXTS[known][what]
    found = names or {}
    called = found.get(known) or found.get("en") or next(iter(found.values()), "…")
    form = ""
    if button:
        form = _FORM.substitute(
            action=escape(action), token=escape(token), button=escape(button[0])
        )
    return _PAGE.substitute(
        language=known,
        title=escape(title),
        body=escape(body.format(organisation=called, person=person)),
        form=form,
    )
