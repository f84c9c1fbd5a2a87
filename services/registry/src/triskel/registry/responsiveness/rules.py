"""How a host answers what schools ask of it, and when that hides it from their searches."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from uuid import UUID

from triskel.contracts.days import days_later
from triskel.contracts.registry import AnswerLimits
from triskel.registry.calendars.rules import Calendar
from triskel.registry.organisations.rules.organisation import HIDDEN_RANK


@dataclass(frozen=True)
class Request:
    """What a school asked of a host: answered, left unanswered until its deadline, or neither."""

    id: UUID
    school_id: UUID | None
    proposed_at: datetime
    answer_by: datetime
    unanswered: bool
    answered_at: datetime | None


@dataclass(frozen=True)
class Answers:
    """What became of the requests of the time that counts. `unanswered` are schools, each once;
    `in_a_row` are those since the last answer."""

    answered: int = 0
    unanswered: int = 0
    median_hours: float | None = None
    in_a_row: int = 0

    @property
    def rate(self) -> float | None:
        due = self.answered + self.unanswered
        return self.answered / due if due else None


def count(requests: Collection[Request], calendar: Calendar, now: datetime) -> Answers:
    """Of one host, by the calendar and the settings of its region. What a school asks ten times
    and is never told counts once; holidays count against nobody: they are no part of the time that
    an answer took, and who was left too few days of school has left nobody unanswered."""
    limits = calendar.settings.answers
    since = days_later(now, -limits.counted_days, UTC)
    recent = [each for each in requests if each.proposed_at > since]
    answered = [(each, each.answered_at) for each in recent if each.answered_at is not None]
    last = max((at for _, at in answered), default=None)
    silent = [each for each in recent if each.unanswered and _left_time(each, calendar)]
    hours = [calendar.hours_without_holidays(each.proposed_at, at) for each, at in answered]
    return Answers(
        answered=len(answered),
        unanswered=_schools(silent),
        median_hours=round(median(hours), 1) if hours else None,
        in_a_row=_schools([each for each in silent if last is None or each.answer_by > last]),
    )


def _left_time(request: Request, calendar: Calendar) -> bool:
    least = calendar.settings.answers.least_school_days
    return calendar.school_days(request.proposed_at, request.answer_by) >= least


def _schools(requests: Collection[Request]) -> int:
    return len({each.school_id or each.id for each in requests})


def hidden_since(
    answers: Answers, limits: AnswerLimits, before: datetime | None, now: datetime
) -> datetime | None:
    """Since when a host is hidden; None when it is shown. An answer shows it again at once, and so
    does time, when too few unanswered ones are left that count."""
    silent = answers.in_a_row >= limits.hidden_after_in_a_row or (
        answers.unanswered >= limits.hidden_after_in_all and answers.in_a_row > 0
    )
    return (before or now) if silent else None


def rank(answers: Answers, hidden: bool) -> int:
    """The place in a search: per cent left unanswered, so that those who answer come first, and
    with them those whom nobody has asked yet. What is hidden comes last."""
    if hidden:
        return HIDDEN_RANK
    return 0 if answers.rate is None else round(100 * (1 - answers.rate))


def in_words(limits: AnswerLimits) -> dict[str, str]:
    """The rule for those whom it concerns."""
    days, school_days = limits.counted_days, limits.least_school_days
    row, all_in = limits.hidden_after_in_a_row, limits.hidden_after_in_all
    return {
        "fr": (
            "Nous comptons les demandes des établissements (partenariats et actions) des "
            f"{days} derniers jours dont le délai de réponse est passé ou qui ont reçu une "
            "réponse ; oui et non valent autant. Ce qui a été retiré ou attend encore ne compte "
            "pas ; plusieurs demandes sans réponse d'un même établissement comptent une fois, "
            f"celles qui laissaient moins de {school_days} jours de classe ne comptent pas, et les "
            "vacances scolaires ne sont pas dans le temps de réponse. Plus la part "
            "des demandes sans réponse est grande, plus une structure est bas dans les recherches. "
            f"Elle n'y est plus montrée aux établissements après {row} demandes de "
            f"suite sans réponse, ou {all_in} en tout si rien n'a reçu de réponse depuis la "
            "dernière. Elle y revient dès qu'elle répond à une demande."
        ),
        "en": (
            f"We count what schools asked (partnerships and activities) in the last {days} days "
            "and that was answered or whose deadline has passed; yes and no are worth the same. "
            "What was withdrawn or still waits does not count; several unanswered requests of one "
            f"school count once, those that left fewer than {school_days} days of school do not "
            "count, and school holidays are no part of the time to answer. The larger the share "
            "left unanswered, the lower a host ranks in searches. It is no longer shown to schools "
            f"after {row} unanswered requests in a row, or {all_in} in all if "
            "nothing was answered since the last of them. It is back as soon as it answers one."
        ),
    }
