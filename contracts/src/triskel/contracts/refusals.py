"""How a domain says no: the rule that was broken, and the field and value that broke it."""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """A rule of the domain forbids this. Nothing was changed.

    `rule` is a stable code in kebab-case for machines; `sentence` is for people and says what to
    do next where there is something to do. `field` and `value` name what broke the rule, when one
    thing did. Never put a person's name or address into any of them.
    """

    def __init__(
        self,
        rule: str,
        sentence: str,
        *,
        field: str | None = None,
        value: Any = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.rule = rule
        self.sentence = sentence
        self.field = field
        self.value = value
        self.extra = dict(extra or {})


class Conflict(Refusal):
    """The state of things does not allow it now (HTTP 409)."""


class Invalid(Refusal):
    """The value itself is wrong, whatever the state (HTTP 422)."""


class Forbidden(Refusal):
    """This caller may not do it (HTTP 403)."""


class NotFound(Refusal):
    """There is no such thing, or it is not this caller's to see (HTTP 404)."""
