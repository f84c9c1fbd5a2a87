"""What the year's steps do not show: scenarios, one after the other, each on its day."""

from triskel.cli.console import Failure
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.answers import ANSWERS
from triskel.cli.demo.scenarios.challenge import CHALLENGE
from triskel.cli.demo.scenarios.claims import CLAIMS
from triskel.cli.demo.scenarios.classes import CLASSES
from triskel.cli.demo.scenarios.dates import DATES
from triskel.cli.demo.scenarios.feeds import FEEDS
from triskel.cli.demo.scenarios.identifiers import IDENTIFIERS
from triskel.cli.demo.scenarios.masterclass import MASTERCLASS
from triskel.cli.demo.scenarios.matching import MATCHING
from triskel.cli.demo.scenarios.meeting import MEETING
from triskel.cli.demo.scenarios.offers import OFFER_SCENARIOS
from triskel.cli.demo.scenarios.parents import PARENTS
from triskel.cli.demo.scenarios.partnerships import PARTNERSHIP_SCENARIOS
from triskel.cli.demo.scenarios.people import PEOPLE
from triskel.cli.demo.scenarios.programmes import PROGRAMMES
from triskel.cli.demo.scenarios.registers import REGISTERS
from triskel.cli.demo.scenarios.research import RESEARCH
from triskel.cli.demo.scenarios.scenario import Scenario
from triskel.cli.demo.scenarios.standing import STANDING

THEMES = (
    *(IDENTIFIERS, PEOPLE, STANDING, PARTNERSHIP_SCENARIOS, OFFER_SCENARIOS, PROGRAMMES),
    *(CLAIMS, ANSWERS, REGISTERS, MATCHING, FEEDS, DATES),
    *(CLASSES, CHALLENGE, RESEARCH, MASTERCLASS, PARENTS, MEETING),
)
SCENARIOS = tuple(
    sorted((scenario for theme in THEMES for scenario in theme), key=lambda scenario: scenario.day)
)


async def run_scenario(scenario: Scenario, runner: Runner) -> dict[str, str]:
    """The scenario is played: its day, its title and what came of it."""
    try:
        outcome = await scenario.run(runner)
    except Failure as failure:
        raise Failure(f"{scenario.day}, {scenario.title}: {failure}", failure.code) from failure
    return {"day": scenario.day.isoformat(), "title": scenario.title, "outcome": outcome}
