"""How a rule says no: one class for each rule, with its sentence in each language.

    class ActivityIsFull(Conflict):
        \"""All places are taken or offered.\"""

        field = "size"
        en = "{free} places are free."
        fr = "Il reste {free} places."

    raise ActivityIsFull(free=0, value=12)

The class's name is the rule's code: `ActivityIsFull` is `activity-is-full`, in problems of HTTP, in
reports of imports, and on the reference page of problems, which is made from these classes.
"""

import re
from collections.abc import Iterator
from typing import Any, ClassVar

LANGUAGES = ("en", "fr")
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Refusal(Exception):
    """A rule forbids this. Nothing was changed.

    `field` and `value` name what broke the rule, when one thing did: of the class, or given when it
    is raised. `en` and `fr` say what is true, and what to do next where there is something to do;
    what stands in braces is given when it is raised; a part that differs by language is given in
    both, `why={"en": …, "fr": …}`, and stands as `{why[en]}`. Never put a person's name or address
    into any of them.
    """

    field: str | None = None
    en: ClassVar[str] = ""
    fr: ClassVar[str] = ""

    def __init__(self, *, field: str | None = None, value: Any = None, **facts: Any) -> None:
        kind = type(self)
        if field is not None:
            self.field = field
        self.value = value
        # at once, so that a fact that is missing is found by whoever raises it first
        self._sentences: dict[str, str] = {
            language: getattr(kind, language).format(**facts) for language in LANGUAGES
        }
        super().__init__(self.sentence)

    @property
    def rule(self) -> str:
        """The code of the rule that was broken."""
        return self.code()

    @classmethod
    def code(cls) -> str:
        """The stable code of the rule, in kebab-case, for machines."""
        return _WORD.sub("-", cls.__name__).lower()

    @property
    def sentence(self) -> str:
        """For people, in English."""
        return self._sentences["en"]

    def said_in(self, language: str) -> str:
        """For people, in a language of `LANGUAGES`."""
        return self._sentences[language]


class Conflict(Refusal):
    """The state of things does not allow it now (HTTP 409)."""


class Invalid(Refusal):
    """The value itself is wrong, whatever the state (HTTP 422)."""


class Forbidden(Refusal):
    """This caller may not do it (HTTP 403)."""


class NotFound(Refusal):
    """There is no such thing, or it is not this caller's to see (HTTP 404)."""


class Outdated(Refusal):
    """It is not what the caller has seen, or the caller does not say what it has seen."""


class Malformed(Refusal):
    """The request itself cannot be read, whatever it asks for (HTTP 400)."""


class TooLarge(Refusal):
    """It is more than is taken (HTTP 413)."""


class Away(Refusal):
    """Something that is needed does not answer now: nobody's fault but ours (HTTP 503)."""


class VersionStale(Outdated):
    """Somebody changed the thing since the caller read it (HTTP 412)."""

    en = "It is not what you saw: it is at version {version}. Read it again."
    fr = "Ce n'est pas ce que vous avez vu : la version actuelle est {version}. Relisez-la."

    def __init__(self, version: int) -> None:
        super().__init__(version=version)
        self.version = version


class IfMatchMissing(Outdated):
    """A change must say which version it is a change of (HTTP 428)."""

    en = "Send If-Match with the ETag that you were given."
    fr = "Envoyez If-Match avec l'ETag qui vous a été donné."


class StateDoesNotAllow(Conflict):
    """An action starts from some states only."""

    field = "state"
    en = "What is {state} does not allow {action!r}: it must be {sources}."
    fr = "Dans l'état {state}, {action!r} n'est pas possible : il faut {sources}."


class FormatDoesNotAllow(Conflict):
    """An action is of some formats only."""

    field = "format"
    en = "{action!r} is of {formats}; this is a {format}."
    fr = "{action!r} est propre à {formats} ; ceci est : {format}."


class ReasonMissing(Invalid):
    """An action that ends something says why."""

    field = "reason"
    en = "Say why: {action!r} needs a reason."
    fr = "Dites pourquoi : {action!r} demande un motif."


class NotDueYet(Conflict):
    """Time brings about what is due, and nothing before."""

    en = "Its time has not come."
    fr = "Ce n'est pas encore le moment."


class SchoolYearMalformed(Invalid):
    """A school year is two years in a row."""

    field = "school_year"
    en = "A school year is two years that follow, such as {first}-{second}."
    fr = "Une année scolaire, ce sont deux années qui se suivent, comme {first}-{second}."


def years_of(school_year: str) -> tuple[int, int]:
    """The two years of `2025-2026`. Raises `SchoolYearMalformed` where they do not follow."""
    first, second = (int(year) for year in school_year.split("-"))
    if second != first + 1:
        raise SchoolYearMalformed(first=first, second=first + 1, value=school_year)
    return first, second


def rules_of(package: str) -> Iterator[type[Refusal]]:
    """Every rule that the imported modules of a package declare, by its code."""
    found: list[type[Refusal]] = []
    waiting: list[type[Refusal]] = [Refusal]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        found += [each for each in below if each.en and each.__module__.startswith(package)]
    yield from sorted(set(found), key=lambda each: (each.code(), each.__module__))
