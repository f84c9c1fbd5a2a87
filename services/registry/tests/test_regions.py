"""What a region decides for itself: its coordinator's word, told to every service."""

import re
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from pydantic import ValidationError

from triskel.chassis.pages import render
from triskel.chassis.testing import Tokens, outbox_events
from triskel.cli.settings_page import leaves
from triskel.contracts.codes import ActivityFormat, Role
from triskel.contracts.registry import (
    STANDARD_LIMITS,
    FormatLimits,
    MatchingWeights,
    PlaceLimits,
    RegionSettings,
    region_settings,
)
from triskel.registry.regions.commands import open_home_regions

PATH = "/v1/regions/FRH0"
GUEST_LESSON_FIRST = sorted(ActivityFormat, key=ActivityFormat.GUEST_LESSON.__ne__)


@pytest.fixture
def tokens() -> Tokens:
    """Of an issuer that may speak for a foreign region, too."""
    return Tokens("https://issuer.test", "FRH0", "NL")


async def seed(platform: Any, *regions: str) -> int:
    state = platform.app.state
    wanted = regions or state.settings.regions
    return await open_home_regions(wanted)(state.database, state.outbox, platform.clock)


async def change(platform: Any, seen: int | None = 1, **body: Any) -> Any:
    headers = platform.who(Role.COORDINATOR)
    if seen is not None:
        headers |= {"If-Match": f'"{seen}"'}
    return await platform.client.patch(PATH, json=body, headers=headers)


async def test_a_home_region_is_opened_once_with_the_settings_of_its_country(
    platform: Any,
) -> None:
    assert await seed(platform) == 1
    assert await seed(platform) == 0
    answer = await platform.client.get(PATH, headers=platform.who(Role.TEACHER))
    settings = answer.json()["settings"]
    assert answer.json()["allowed_actions"] == []
    assert (settings["time_zone"], settings["school_year_starts"]) == ("Europe/Paris", "09-01")
    assert (
        settings["formats"]["company-visit"]
        == STANDARD_LIMITS[ActivityFormat.COMPANY_VISIT].model_dump()
    )
    assert await platform.said() == ["region-opened"]


def test_danish_and_dutch_school_years_begin_in_august() -> None:
    starts = {region: region_settings(region).school_year_starts for region in ("DK", "NL", "ES21")}
    assert starts == {"DK": "08-01", "NL": "08-01", "ES21": "09-01"}


async def test_its_coordinator_changes_some_settings_and_the_others_stay(platform: Any) -> None:
    await seed(platform)
    limits = {"confirmation_days": 5, "cancellation_days": 40}
    answer = await change(platform, formats={"company-visit": limits}, activity_answer_days=10)
    assert answer.status_code == 200, answer.text
    settings = answer.json()["settings"]
    assert settings["formats"]["company-visit"] == limits | {"longest_hours": 24}
    assert settings["formats"]["guest-lesson"]["cancellation_days"] == 7
    assert (settings["activity_answer_days"], settings["partnership_answer_days"]) == (10, 30)
    opened, changed = await outbox_events(platform.app.state.database)
    assert changed.region.version == 2
    assert changed.region.settings.limits(ActivityFormat.COMPANY_VISIT).cancellation_days == 40
    assert opened.region.settings.limits(ActivityFormat.COMPANY_VISIT).cancellation_days == 15


async def test_of_how_long_things_are_kept_the_part_that_is_given_changes(platform: Any) -> None:
    await seed(platform)
    answer = await change(platform, retention={"messages_months": 9})
    assert answer.status_code == 200, answer.text
    shown = await platform.client.get(PATH, headers=platform.who(Role.TEACHER))
    assert shown.json()["settings"]["retention"] == {
        "contacts_months": 36,
        "contacts_warning_days": 30,
        "closed_years": 5,
        "messages_months": 9,
    }


async def test_of_each_group_and_format_what_is_left_out_stays(platform: Any) -> None:
    await seed(platform)
    answer = await change(
        platform,
        places={"hold_hours": 24},
        formats={"guest-lesson": {"longest_hours": 6}},
    )
    assert answer.status_code == 200, answer.text
    settings = RegionSettings.model_validate(answer.json()["settings"])
    assert settings.places == PlaceLimits(hold_hours=24)
    lesson, *others = (settings.limits(each) for each in GUEST_LESSON_FIRST)
    assert (lesson.longest_hours, lesson.cancellation_days) == (6, 7)
    assert others == [STANDARD_LIMITS[each] for each in GUEST_LESSON_FIRST[1:]]


async def test_a_proposal_that_says_no_days_to_answer_has_those_of_its_region(
    platform: Any,
) -> None:
    school, company = await platform.school(), await platform.company()
    teacher = platform.who(Role.TEACHER, school)
    await seed(platform)
    await change(platform, partnership_answer_days=12)
    proposed = await platform.propose(teacher, school, company)
    answer_by = datetime.fromisoformat(proposed.json()["answer_by"])
    assert answer_by - platform.clock.now() == timedelta(days=12)


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"time_zone": "Europe/Rennes"}, "time_zone", "time-zone-unknown"),
        ({"school_year_starts": "02-30"}, "school_year_starts", None),
        ({"activity_answer_days": 0}, "activity_answer_days", None),
        (
            {"formats": {"guest-lesson": {"confirmation_days": 1, "cancellation_days": 999}}},
            "formats.guest-lesson.cancellation_days",
            None,
        ),
        ({"formats": {"lesson": {}}}, "formats.lesson.[key]", None),
        ({"colour": "blue"}, "colour", None),
        ({"retention": {"messages_months": 1}}, "retention.messages_months", None),
        ({"retention": {"messages": 12}}, "retention.messages", None),
        ({"matching": {"weights": {"beauty": 5}}}, "matching.weights.beauty", None),
        (
            {"matching": {"weights": dict.fromkeys(MatchingWeights.model_fields, 0)}},
            "matching.weights",
            "nothing-counts",
        ),
        ({"reporting": {"reminder_days": [7, 1]}}, "reporting.reminder_days", None),
        (
            {"reporting": {"close_after_days": 14}},
            "reporting.reminder_days",
            "reminder-after-closing",
        ),
    ],
)
async def test_a_setting_that_cannot_be_is_refused_by_its_name(
    platform: Any, body: Any, field: str, rule: str | None
) -> None:
    await seed(platform)
    answer = await change(platform, **body)
    assert answer.status_code == 422, answer.text
    (error, *_) = answer.json()["errors"]
    assert error["field"] == field
    assert rule in (None, error["rule"])
    assert await platform.said() == ["region-opened"]


async def test_refusals_come_in_order_and_another_regions_coordinator_changes_nothing(
    platform: Any,
) -> None:
    await seed(platform)
    body = {"activity_answer_days": 10}

    async def answered(seen: int, who: dict[str, str], path: str = PATH) -> tuple[int, str]:
        answer = await platform.client.patch(
            path, json=body, headers=who | {"If-Match": f'"{seen}"'}
        )
        return answer.status_code, answer.json().get("type", "").rpartition(":")[2]

    coordinator = platform.who(Role.COORDINATOR)
    other = platform.who(Role.COORDINATOR, region="NL")
    assert await answered(1, coordinator, "/v1/regions/NL") == (409, "region-not-served")
    assert await answered(9, platform.who(Role.HEAD)) == (403, "role-not-allowed")
    assert await answered(9, other) == (403, "region-not-yours")
    assert (await answered(9, coordinator))[0] == 412
    assert (await change(platform, None, **body)).status_code == 428
    assert (await answered(1, coordinator))[0] == 200
    assert await answered(2, coordinator) == (409, "settings-unchanged")


def _other(settings: Any, path: str) -> RegionSettings:
    """The same settings, of which one has another value that it may have."""
    changed = settings.model_dump()
    group, name = changed, path
    while "." in name:
        first, _, name = name.partition(".")
        group = group[first]
    known = group[name]
    others: list[Any] = [["fr"], (2, 9), "America/Cayenne", "08-01", {"fr": ()}]
    others += [not known] if isinstance(known, bool) else []
    others += [known + 1, known - 1] if isinstance(known, int | float) else []
    for other in others:
        group[name] = other
        with suppress(ValidationError):
            found = RegionSettings.model_validate(changed)
            if found != settings:
                return found
    raise AssertionError(path)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_of_a_region_shows_every_setting(language: str) -> None:
    def shown(settings: RegionSettings) -> str:
        return render(
            "triskel.registry.regions",
            f"{language}.html",
            language=language,
            region="FRH0",
            settings=settings,
        )

    usual = RegionSettings()
    paths = [path for path, _ in leaves(RegionSettings) if path != "formats"]
    paths += [
        f"formats.{kind}.{name}" for kind in ActivityFormat for name in FormatLimits.model_fields
    ]
    unseen = [path for path in paths if shown(_other(usual, path)) == shown(usual)]
    assert (len(paths) > 40, unseen) == (True, [])


class _Page(HTMLParser):
    """What a reader of screens needs of a page: its language, headings, and what cells are of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.language, self.unscoped = "", 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.counts[tag] += 1
        self.language = (given.get("lang") or "") if tag == "html" else self.language
        self.unscoped += tag == "th" and "scope" not in given


@pytest.mark.parametrize(("language", "title"), [("fr", "Réglages de la"), ("en", "Settings of")])
async def test_anybody_reads_the_page_of_a_region_in_their_language_also_without_seeing_it(
    platform: Any, language: str, title: str
) -> None:
    await platform.decide(places={"hold_hours": 29})
    answer = await platform.client.get("/regions/FRH0", headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert title in answer.text
    assert re.search(r"<td>29 \w+</td>", answer.text)
    page = _Page(answer.text)
    assert (page.language, page.unscoped) == (language, 0)
    assert page.counts["h1"] == page.counts["title"] == page.counts["main"] == 1
    assert page.counts["table"] == page.counts["caption"] > 5
    assert page.counts["script"] == page.counts["img"] == 0
    unknown = await platform.client.get("/regions/NL", headers={"Accept-Language": language})
    assert (unknown.status_code, _Page(unknown.text).language) == (404, language)
