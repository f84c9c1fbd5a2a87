"""What the year came to: gathered through the APIs, shown as tables, kept as JSON."""

import asyncio
from collections import Counter
from datetime import date
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from triskel.chassis.client import ApiClient
from triskel.cli.demo import SCHOOL_YEAR
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.steps import COORDINATOR
from triskel.cli.stack import Stack
from triskel.contracts.catalogue import SERVICES

Buses = dict[str, dict[str, Any]]
"""by service, what its `/v1/ops/bus` says"""


async def gather(
    runner: Runner,
    client: ApiClient,
    stack: Stack,
    before: Buses,
    imported: dict[str, float],
) -> dict[str, Any]:
    """Everything but `seconds`. `before` is of the year's beginning, `imported` of the import."""
    figures = await runner.get("metrics", f"/v1/figures?region={stack.region}")
    schools = await runner.get(
        "metrics", f"/v1/figures?region={stack.region}&by=school&indicator=stem-uptake"
    )
    organisations = await runner.pages("registry", "/v1/organisations", COORDINATOR)
    partnerships = await runner.pages("registry", "/v1/partnerships", COORDINATOR)
    activities = await runner.pages("activities", "/v1/activities", COORDINATOR)
    buses = await buses_of(runner)
    letters = [await runner.get(name, "/v1/ops/dead-letters") for name in SERVICES]
    messages = await runner.pages("notifications", "/v1/deliveries", COORDINATOR)
    arrived = None
    if stack.infrastructure.mail_url:
        answer = await client.get(f"{stack.infrastructure.mail_url}/api/count")
        arrived = answer.json()["count"]
    return {
        "region": stack.region,
        "as_of": figures["as_of"],
        "indicators": [*figures["items"], *schools["items"]],
        "organisations": _counts(organisations, "kind", "status"),
        "partnerships": dict(sorted(Counter(p["state"] for p in partnerships).items())),
        "activities": _counts(activities, "format", "state"),
        "import": imported,
        "bus": _bus(buses, before, sum(sum(page["waiting"].values()) for page in letters)),
        "mail": {
            "messages": _counts(messages, "channel", "state"),
            "arrived": arrived,
        },
    }


def _counts(items: list[dict[str, Any]], group: str, state: str) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for item in items:
        found.setdefault(item[group], Counter())[item[state]] += 1
    return {name: dict(sorted(counts.items())) for name, counts in sorted(found.items())}


async def buses_of(runner: Runner) -> Buses:
    """What each service sent and heard since it was started."""
    found = await asyncio.gather(*(runner.get(name, "/v1/ops/bus") for name in SERVICES))
    return dict(zip(SERVICES, found, strict=True))


def _bus(buses: Buses, before: Buses, dead_letters: int) -> dict[str, Any]:
    """`before` is of the year's beginning: the delays are of the year alone, since the import sends
    thousands of events at once and its last ones wait for the first."""
    buckets: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    for name, bus in buses.items():
        buckets.update(bus["delay_buckets"])
        outcomes.update(bus["outcomes"])
        # a service that was started again counts from its start
        if bus["delay_count"] >= before[name]["delay_count"]:
            buckets.subtract(before[name]["delay_buckets"])
    return {
        "sent": {name: bus["relayed"] for name, bus in buses.items()},
        "handled": outcomes["handled"],
        "outcomes": dict(sorted(outcomes.items())),
        "lag": sum(bus["lag"] for bus in buses.values()),
        "p50_ms": quantile(buckets, 0.5),
        "p99_ms": quantile(buckets, 0.99),
        "dead_letters": dead_letters,
    }


def quantile(buckets: dict[str, int], share: float) -> float | None:
    """Milliseconds, by linear interpolation in the histogram's buckets, as Prometheus does it."""
    bounds = sorted((float(bound), count) for bound, count in buckets.items())
    if not bounds or not bounds[-1][1]:
        return None
    wanted = share * bounds[-1][1]
    low, below = 0.0, 0
    for high, count in bounds:
        if count >= wanted:
            if high == float("inf"):
                return round(low * 1000, 1)
            inside = (wanted - below) / (count - below) if count > below else 1.0
            return round((low + (high - low) * inside) * 1000, 1)
        low, below = high, count
    return None


_SHOWN: tuple[tuple[str, dict[str, str]], ...] = (
    ("school-coverage", {}),
    ("schools-reached", {}),
    ("partnerships", {"status": "active"}),
    ("partnerships", {"status": "new"}),
    ("partnerships", {"status": "ended"}),
    ("pupils-reached", {}),
    ("pupils-reached-distinct", {}),
    ("pupil-reach", {}),
    ("girls-share", {}),
    ("girls-share", {"level": "2"}),
    ("girls-share", {"level": "3"}),
    ("undeclared-share", {}),
    ("format-diversity", {}),
    ("notification-health", {"channel": "email"}),
)


def show(report: dict[str, Any], names: dict[str, str], console: Console) -> None:
    # the longest comes first, so that the figures are what one sees at the end
    _show_scenarios(report["scenarios"], console)
    table = Table("indicator", "", "value", "counts", title=f"{report['region']}, {SCHOOL_YEAR}")
    rows = [row for row in report["indicators"] if row["school_year"] == SCHOOL_YEAR]
    for indicator, split in _SHOWN:
        for row in rows:
            if row["indicator"] == indicator and row["breakdown"] == split:
                table.add_row(names[indicator], _split(split), value(row), counted(row))
    console.print(table)
    console.print(_uptake(report["indicators"]))
    _show_life(report, console)
    _show_bus(report, console)
    as_of = date.fromisoformat(report["as_of"])
    console.print(f"figures as of {as_of}; all of them, and by format, level and sex, in the file")


def _show_bus(report: dict[str, Any], console: Console) -> None:
    bus, mail, imported = report["bus"], report["mail"], report["import"]
    sent, handled = sum(bus["sent"].values()), bus["handled"]
    console.print(
        f"[bold]import[/] {imported['rows']} rows in {imported['seconds']} s, until every service "
        f"had heard of them: {imported['rows'] / imported['seconds']:.0f} rows/s"
    )
    console.print(
        f"[bold]bus[/] {sent} events sent, {handled} times handled, lag {bus['lag']}, dead letters:"
        f" {bus['dead_letters']}; in the year commit to reader p50 {bus['p50_ms']} ms,"
        f" p99 {bus['p99_ms']} ms"
    )
    told = ", ".join(f"{n} {state}" for state, n in mail["messages"].get("email", {}).items())
    inboxes = sum(mail["messages"].get("inbox", {}).values())
    console.print(
        f"[bold]mail[/] {told}, {mail['arrived']} at the mail server; {inboxes} in inboxes"
    )


def _uptake(rows: list[dict[str, Any]]) -> Table:
    """Indicator 8, both sexes, by year; the gap with its 95 % interval."""
    table = Table(
        *("school year", "France", "region", "partner schools", "partners − France"),
        title="STEM uptake in première générale (official figures, 2021 to 2023)",
    )
    by_year: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        split = row["breakdown"]
        if row["number"] == 8 and set(split) in ({"level", "scope"}, {"level", "against"}):
            column = split.get("scope") or f"gap {split['against']}"
            by_year.setdefault(row["school_year"], {})[column] = row
    for school_year, columns in sorted(by_year.items()):
        cells = [f"{value(columns[n])} ({columns[n]['schools']})" for n in ("country", "region")]
        cells += ["–", "–"]
        if "gap country" in columns:
            partners, gap = columns["partners"], columns["gap country"]
            cells[2] = f"{value(partners)} ({partners['schools']})"
            spread = "" if gap["low"] is None else f" [{gap['low']:+.1f}, {gap['high']:+.1f}]"
            cells[3] = f"{value(gap)}{spread}"
        table.add_row(school_year, *(escape(cell) for cell in cells))
    return table


def _show_life(report: dict[str, Any], console: Console) -> None:
    groups = {
        "held": ("closed", "evaluated", "delivered"),
        "cancelled": ("cancelled",),
        "not taken up": ("declined", "withdrawn", "expired"),
    }
    table = Table("activities", *groups, "under way", title="The year's activities")
    for form, counts in report["activities"].items():
        numbers = [sum(counts.get(state, 0) for state in states) for states in groups.values()]
        numbers.append(sum(counts.values()) - sum(numbers))
        table.add_row(form, *(str(number or "") for number in numbers))
    console.print(table)
    partnerships = ", ".join(f"{n} {state}" for state, n in report["partnerships"].items())
    console.print(f"[bold]partnerships[/] {partnerships}")
    kinds = ", ".join(f"{sum(n.values())} {kind}" for kind, n in report["organisations"].items())
    console.print(f"[bold]organisations[/] {kinds}")


def _show_scenarios(scenarios: list[dict[str, str]], console: Console) -> None:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), title="What else happened")
    table.add_column("day", no_wrap=True)
    table.add_column("what", ratio=2)
    table.add_column("outcome", ratio=3)
    for scenario in scenarios:
        day = date.fromisoformat(scenario["day"])
        when = f"{day.day:2} {day:%b}"
        table.add_row(when, escape(scenario["title"]), escape(scenario["outcome"]))
    console.print(table)


def value(row: dict[str, Any]) -> str:
    if row["suppressed"]:
        return "hidden (< 5)"
    if row["value"] is None:
        return "–"
    if row["unit"] == "count":
        return f"{row['value']:.2f}".rstrip("0").rstrip(".")
    return f"{row['value']:+.1f} points" if row["unit"] == "points" else f"{row['value']:.1f} %"


def counted(row: dict[str, Any]) -> str:
    if row["numerator"] is None or row["denominator"] is None:
        return ""
    return f"{row['numerator']} / {row['denominator']}"


def _split(split: dict[str, str]) -> str:
    words = {"2": "ISCED 2 (collège)", "3": "ISCED 3 (lycée)"}
    return ", ".join(words.get(text, text) for text in split.values())
