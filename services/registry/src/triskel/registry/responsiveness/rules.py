"""How a host answers what schools ask of it, and when that hides it from their searches."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from triskel.registry.organisations.rules.organisation import HIDDEN_RANK

COUNTED = timedelta(days=365)
"""Requests older than that count no more."""


@dataclass(frozen=True)
class Policy:
    """`in_a_row`: so many unanswered since the last answer hide a host. `in_all`: so do so many
    within the time that counts, if the newest of them is later than the last answer."""

    in_a_row: int
    in_all: int


@dataclass(frozen=True)
class Answers:
    """What became of the requests of the time that counts; `in_a_row` since the last answer."""

    answered: int = 0
    unanswered: int = 0
    median_hours: float | None = None
    in_a_row: int = 0

    @property
    def rate(self) -> float | None:
        due = self.answered + self.unanswered
        return self.answered / due if due else None


def hidden_since(
    answers: Answers, policy: Policy, before: datetime | None, now: datetime
) -> datetime | None:
    """Since when a host is hidden; None when it is shown. An answer shows it again at once, and so
    does time, when too few unanswered ones are left that count."""
    silent = answers.in_a_row >= policy.in_a_row or (
        answers.unanswered >= policy.in_all and answers.in_a_row > 0
    )
    return (before or now) if silent else None


def rank(answers: Answers, hidden: bool) -> int:
    """The place in a search: per cent left unanswered, so that those who answer come first, and
    with them those whom nobody has asked yet. What is hidden comes last."""
    if hidden:
        return HIDDEN_RANK
    return 0 if answers.rate is None else round(100 * (1 - answers.rate))


def in_words(policy: Policy) -> dict[str, str]:
    """The rule for those whom it concerns."""
    return {
        "fr": (
            "Nous comptons les demandes des établissements (partenariats et actions) des douze "
            "derniers mois dont le délai de réponse est passé ou qui ont reçu une réponse ; oui et "
            "non valent autant. Ce qui a été retiré ou attend encore ne compte pas. Plus la part "
            "des demandes sans réponse est grande, plus une structure est bas dans les recherches. "
            f"Elle n'y est plus montrée aux établissements après {policy.in_a_row} demandes de "
            f"suite sans réponse, ou {policy.in_all} en tout si rien n'a reçu de réponse depuis la "
            "dernière. Elle y revient dès qu'elle répond à une demande."
        ),
        "en": (
            "We count what schools asked (partnerships and activities) in the last twelve months "
            "and that was answered or whose deadline has passed; yes and no are worth the same. "
            "What was withdrawn or still waits does not count. The larger the share left "
            "unanswered, the lower a host ranks in searches. It is no longer shown to schools "
            f"after {policy.in_a_row} unanswered requests in a row, or {policy.in_all} in all if "
            "nothing was answered since the last of them. It is back as soon as it answers one."
        ),
    }
