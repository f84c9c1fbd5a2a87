"""One activity of the school year, as steps: asked, answered, planned, held, looked back on."""

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from triskel.cli.demo import SCHOOL_YEAR, SEED
from triskel.cli.demo.fixtures import Host, School
from triskel.cli.demo.school_days import SchoolDays
from triskel.cli.demo.steps import COORDINATOR, SIGNED, ZONE, Step

_TITLES = {
    "guest-lesson": (
        "Une ingénieure en classe",
        "Le métier de technicien",
        "La donnée, à quoi bon",
    ),
    "company-visit": ("Visite de l'atelier", "Dans les coulisses de la production"),
    "innovation-challenge": ("Défi sobriété énergétique", "Défi mobilité", "Défi océan"),
    "research-work": ("Mesurer la qualité de l'eau", "Capteurs au collège et au lycée"),
    "teacher-masterclass": ("Enseigner l'IA", "Actualité de l'optique"),
    "parents-day": ("Les métiers scientifiques expliqués aux parents",),
    "task-force-meeting": ("Rencontre de la task force",),
}
# lead in days before the slot, and how long it lasts
_SHAPE: dict[str, tuple[int, int, timedelta]] = {
    "guest-lesson": (24, 45, timedelta(hours=2)),
    "company-visit": (30, 60, timedelta(hours=6)),
    "innovation-challenge": (45, 60, timedelta(days=42)),
    "research-work": (45, 60, timedelta(days=70)),
    "teacher-masterclass": (30, 50, timedelta(hours=7)),
    "parents-day": (30, 50, timedelta(hours=4)),
    "task-force-meeting": (45, 70, timedelta(hours=8)),
}
_CAPACITY = {"innovation-challenge": 120, "parents-day": 200, "company-visit": 70}
_PRECONDITIONS = {
    "guest-lesson": ["room-booked"],
    "company-visit": ["transport-booked", "adults-named", "consents-collected", "safety-briefed"],
    "innovation-challenge": ["scenario-received", "mentors-named"],
    "research-work": ["tutor-named"],
    "teacher-masterclass": ["programme-sent"],
    "parents-day": ["room-booked"],
    "task-force-meeting": ["agenda-sent"],
}


def activity(
    number: int,
    school_days: SchoolDays,
    form: str,
    school: School | None,
    host: Host,
    partnership: str | None = None,
    latest: date = date(2026, 6, 19),
) -> list[Step]:
    """One activity from its request to its end, whatever that is; `latest` is the last day that it
    may be on, `partnership` the key of the one that carries it."""
    rng = Random(f"{SEED}-activity-{number}")
    key = f"activity-{number:03}"
    short, long, lasts = _SHAPE[form]
    earliest = SIGNED + timedelta(days=short)
    slot = _slot(rng, school_days, earliest, latest - timedelta(days=lasts.days), lasts)
    if slot is None:
        return []
    start, end = slot
    side = {"host": host.key, "company": host.key}
    if school is not None:
        side |= {"teacher": school.uai, "head": school.uai}
        asker = rng.choices(("teacher", "company", COORDINATOR), (45, 40, 15))[0]
        answerer = "teacher" if asker == "company" else "company"
    else:
        asker, answerer = COORDINATOR, "company"
    steps: list[Step] = []

    def step(day: date, verb: str, role: str, body: dict[str, Any] | None = None) -> None:
        steps.append(Step(day, key, verb, role, side.get(role), body))

    asked = start.date() - timedelta(
        days=rng.randint(short, min(long, (start.date() - SIGNED).days))
    )
    draft: dict[str, Any] = {
        "format": form,
        "title": rng.choice(_TITLES[form]),
        "school_year": SCHOOL_YEAR,
        "host_id": host.key,
        "levels": [school.level] if school and form != "parents-day" else [],
        "capacity": _CAPACITY.get(form, 80),
    }
    if school is not None:
        draft["school_id"] = school.uai
    if partnership is not None:
        draft["partnership_id"] = partnership
    step(asked, "create", asker, draft)
    step(asked, "propose", asker, {"answer_days": 14})
    fate = rng.random()
    if fate < 0.05:
        reasons = ("no-capacity", "date-unsuitable", "level-unsuitable")
        step(asked + timedelta(days=5), "decline", answerer, {"reason": rng.choice(reasons)})
        return steps
    if fate < 0.08:
        step(asked + timedelta(days=2), "withdraw", asker, {"reason": "duplicate"})
        return steps
    if fate < 0.11:
        return steps  # nobody answers: it expires
    accepted = asked + timedelta(days=rng.randint(1, 7))
    step(accepted, "accept", answerer)
    if asker == COORDINATOR and school is not None:
        # both say yes to what the coordinator proposes
        step(accepted, "accept", "teacher")
    scheduled = accepted + timedelta(days=rng.randint(1, 3))
    place = "online" if rng.random() < 0.08 else _PLACE.get(form, "company")
    step(scheduled, "schedule", "company", _when(start, end, place))
    if rng.random() < 0.3:
        step(scheduled, "budget", "company", _budget(rng, form, host.key))
    if rng.random() < 0.06:
        ahead = rng.choice((1, 2, 12))
        by = rng.choice(("company", "teacher" if school else COORDINATOR))
        reason = rng.choice(("expert-unavailable", "transport", "weather", "staff-absent"))
        off = max(start.date() - timedelta(days=ahead), scheduled + timedelta(days=1))
        step(off, "cancel", by, {"reason": reason})
        return steps
    if rng.random() < 0.08:
        other = _slot(rng, school_days, start.date() + timedelta(days=14), latest, lasts)
        moved = scheduled + timedelta(days=1)
        if other is not None:
            start, end = other
            step(moved, "propose-date", "company", _when(start, end, place))
            step(moved, "agree-date", "teacher" if school is not None else COORDINATOR)
    confirmer = "head" if school is not None else "company"
    confirmed = max(start.date() - timedelta(days=rng.randint(9, 11)), scheduled)
    step(confirmed, "confirm", confirmer, {"preconditions": _PRECONDITIONS[form]})
    reporter = "teacher" if school is not None else "company"
    over = end.date()
    step(over, "start", reporter)
    outcome = rng.choices(("full", "partial", "no-show"), (92, 6, 2))[0]
    attendance = [] if outcome == "no-show" else [_attendance(rng, form, school, outcome)]
    step(over, "deliver", reporter, {"outcome": outcome, "attendance": attendance})
    if attendance and rng.random() < 0.04:
        righted = [attendance[0] | {"girls": attendance[0]["girls"] + 1}]
        step(
            over + timedelta(days=1),
            "correct",
            reporter,
            {"outcome": outcome, "attendance": righted},
        )
    if outcome == "no-show":
        return steps
    sides = rng.choices((2, 1, 0), (72, 16, 12))[0]
    views = ([reporter, "company"] if school is not None else ["company", COORDINATOR])[:sides]
    for later, role in enumerate(views, 2):
        step(over + timedelta(days=later), "evaluate", role, _ticks(rng))
    if sides == 2 and rng.random() < 0.8:
        step(over + timedelta(days=6), "close", COORDINATOR)
    return steps


_PLACE = {"guest-lesson": "school", "parents-day": "school", "innovation-challenge": "school"}


def _slot(
    rng: Random, school_days: SchoolDays, first: date, last: date, lasts: timedelta
) -> tuple[datetime, datetime] | None:
    """A start and an end on school days, or null when there is no room."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    fitting = [day for day in days if day in school_days and day + lasts in school_days]
    if not fitting:
        return None
    day = rng.choice(fitting)
    hour = rng.choice((9, 10, 13, 14)) if lasts <= timedelta(hours=2) else 9
    start = datetime.combine(day, time(hour), ZONE)
    if lasts < timedelta(days=1):
        return start, start + lasts
    return start, datetime.combine(day + lasts, time(17), ZONE)


def _when(start: datetime, end: datetime, place: str) -> dict[str, Any]:
    return {"starts_at": start.isoformat(), "ends_at": end.isoformat(), "place": place}


def _attendance(rng: Random, form: str, school: School | None, outcome: str) -> dict[str, Any]:
    audience = {
        "teacher-masterclass": "teachers",
        "parents-day": "parents",
        "task-force-meeting": "delegates",
    }.get(form, "pupils")
    people = {
        "pupils": rng.randint(22, 34) * (1 if form == "research-work" else rng.randint(1, 2)),
        "teachers": rng.randint(12, 30),
        "parents": rng.randint(40, 120),
        "delegates": rng.randint(8, 20),
    }[audience]
    if outcome == "partial":
        people //= 2
    undeclared = rng.randint(2, 6) if rng.random() < 0.2 else 0
    girls = sum(rng.random() < 0.49 for _ in range(people - undeclared))
    counted: dict[str, Any] = {
        "audience": audience,
        "girls": girls,
        "boys": people - undeclared - girls,
        "undeclared": undeclared,
    }
    if audience == "pupils" and school is not None:
        counted["level"] = school.level
    return counted


def _ticks(rng: Random) -> dict[str, Any]:
    return {
        "purpose": rng.random() < 0.9,
        "outcomes": rng.random() < 0.8,
        "two_way": rng.random() < 0.75,
        "reflection": rng.random() < 0.6,
        "would_have_happened_anyway": rng.random() < 0.25,
        "satisfaction": rng.choices((2, 3, 4, 5), (1, 2, 5, 4))[0],
    }


def _budget(rng: Random, form: str, host: str) -> dict[str, Any]:
    lines = [
        {
            "kind": "staff",
            "label": "Intervention",
            "amount": rng.randint(10, 60) * 1000,
            "funder_id": host,
            "state": "committed",
            "in_kind": True,
        }
    ]
    if form == "company-visit":
        bus = {"kind": "transport", "label": "Car", "amount": rng.randint(15, 60) * 1000}
        lines.append(bus | {"state": "planned"})
    return {"lines": lines}
