"""What people read: texts by language, put together when a message leaves or is looked at."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from triskel.contracts.days import day_in

TEXTS = Path(__file__).parents[1] / "texts"
LANGUAGES = ("fr", "en")
FALLBACK = "en"

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEXTS),
    autoescape=lambda name: bool(name and ".html" in name),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
)


_ANSWERED = ("-proposed", "-partially-agreed", "-place-offered", "-asked-again")
"""How the reasons of those messages end that say until when they are answered."""

# between two signs that are no blanks: a scheme's colon, a name's dot, an address's at sign
_LINKING = re.compile(r"(?<=[^\W\d_]):(?=\S)|(?<=\w)[.\u3002\uff0e\uff61](?=[^\W\d_])")
_AT = re.compile(r"(?<=\S)[@\uff20](?=\S)")


def without_links(written: str) -> str:
    """What people wrote, so that no reader of mails makes a link of it: `http: //evil. example`.

    Whoever names an organisation, an activity or a person would otherwise have the platform send
    their links, under its own name and signature. Every text of people's that stands in a mail
    comes through here; our own links are in the templates.
    """
    return _AT.sub(" @ ", _LINKING.sub(lambda found: f"{found.group()} ", written))


@dataclass(frozen=True)
class Texts:
    """One message in one language. `lines` are label and value; `link` is what its link says;
    `title` is the activity's."""

    language: str
    subject: str
    body: str
    lines: tuple[tuple[str, str], ...]
    place: str = ""
    link: str = ""
    title: str = ""


@cache
def language_file(language: str) -> dict[str, Any]:
    """A language that there is no file of gets English."""
    known = language if language in LANGUAGES else FALLBACK
    return tomllib.loads((TEXTS / f"{known}.toml").read_text(encoding="utf-8"))


def name_in(names: Mapping[str, str], language: str) -> str:
    """An organisation's name in a language, or in any that it has."""
    return names.get(language) or names.get("en") or next(iter(names.values()), "…")


def compose(
    reason: str,
    facts: Mapping[str, Any],
    names: Mapping[str, Mapping[str, str]],
    language: str,
    zone: ZoneInfo,
) -> Texts:
    """The text of a reason. `names` are organisations' names by language, by id."""
    words = language_file(language)
    known = language if language in LANGUAGES else FALLBACK
    labels = words["labels"]

    def called(field: str) -> str:
        return without_links(name_in(names.get(str(facts.get(field)), {}), known))

    title = without_links(facts.get("title", ""))
    filling = {
        "title": title,
        "format": words["formats"].get(facts.get("format"), ""),
        "school": called("school_id"),
        "host": called("host_id"),
        "organisation": called("organisation_id"),
        "school_year": facts.get("school_year", ""),
        "reason": words["reasons"][facts.get("reason") or "none"],
        "risks": ", ".join(words["risks"][risk] for risk in facts.get("risks", ())),
        "items": facts.get("items", ""),
        "position": facts.get("position", ""),
    }
    message = words["messages"][reason]
    lines, place = [], ""
    if facts.get("school_id"):
        lines.append((labels["school"], filling["school"]))
    if facts.get("host_id"):
        lines.append((labels["host"], filling["host"]))
    if facts.get("organisation_id"):
        lines.append((labels["organisation"], filling["organisation"]))
    if slot := facts.get("slot"):
        lines.append((labels["when"], when(slot, known)))
        place = without_links(slot.get("place_name") or "") or words["places"][slot["place"]]
        lines.append((labels["where"], place))
    elif facts.get("school_year"):
        lines.append((labels["school_year"], filling["school_year"]))
    if other := facts.get("other_slot"):
        lines.append((labels["other_date"], when(other, known)))
    if reason.endswith(_ANSWERED) and facts.get("answer_by"):
        lines.append((labels["deadline"], _moment(facts["answer_by"], zone, known)))
    if facts.get("due_on"):
        day = date.fromisoformat(facts["due_on"])
        lines.append((labels["due_on"], format_date(day, "long", locale=known)))
    if facts.get("rank_until"):
        lines.append((labels["rank_until"], _moment(facts["rank_until"], zone, known)))
    if facts.get("expires_at"):
        lines.append((labels["valid_until"], _moment(facts["expires_at"], zone, known)))
    return Texts(
        known,
        # a subject is one line, whatever a title holds
        " ".join(message["subject"].format(**filling).split()),
        message["body"].format(**filling),
        tuple(lines),
        place,
        message.get("link", labels["see"]),
        title,
    )


def with_claimant(texts: Texts, name: str, address: str) -> Texts:
    """The text with a line that names who claims, and under which address."""
    label = language_file(texts.language)["labels"]["claimant"]
    who = f"{without_links(name)}, {address}"
    return replace(texts, lines=(*texts.lines, (label, who)))


def _moment(text: str, zone: ZoneInfo, language: str) -> str:
    return format_datetime(datetime.fromisoformat(text).astimezone(zone), "long", locale=language)


def when(slot: Mapping[str, Any], language: str) -> str:
    """As people there read it: in the slot's own zone."""
    zone = ZoneInfo(slot["time_zone"])
    start = datetime.fromisoformat(slot["starts_at"]).astimezone(zone)
    end = datetime.fromisoformat(slot["ends_at"]).astimezone(zone)
    first = format_datetime(start, "EEEE d MMMM y, HH:mm", locale=language)
    if day_in(end, zone) == day_in(start, zone):
        return f"{first} – {format_time(end, 'HH:mm', locale=language)}"
    return f"{first} – {format_datetime(end, 'EEEE d MMMM y, HH:mm', locale=language)}"


def pages(texts: Texts, name: str | None, organisation: str, link: str | None) -> tuple[str, str]:
    """The mail as plain text and as HTML; without a name it is to an office."""
    labels = language_file(texts.language)["labels"]
    office = "" if name else "_office"
    filling = {
        "language": texts.language,
        "subject": texts.subject,
        "greeting": labels[f"greeting{office}"].format(name=without_links(name or "")),
        "body": texts.body,
        "lines": texts.lines,
        "see": texts.link,
        "link": link,
        "footer": labels[f"footer{office}"].format(organisation=without_links(organisation)),
    }
    plain = _ENVIRONMENT.get_template("mail.txt.j2").render(filling)
    return plain, _ENVIRONMENT.get_template("mail.html.j2").render(filling)
