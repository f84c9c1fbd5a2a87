"""Scenes of the demo's year: what the acts do not show, one after the other, each on its day."""

from triskel.cli.demo.player import Player
from triskel.cli.demo.scenes.answers import ANSWERS
from triskel.cli.demo.scenes.challenge import CHALLENGE
from triskel.cli.demo.scenes.claims import CLAIMS
from triskel.cli.demo.scenes.classes import CLASSES
from triskel.cli.demo.scenes.feeds import FEEDS
from triskel.cli.demo.scenes.identifiers import IDENTIFIERS
from triskel.cli.demo.scenes.masterclass import MASTERCLASS
from triskel.cli.demo.scenes.matching import MATCHING
from triskel.cli.demo.scenes.meeting import MEETING
from triskel.cli.demo.scenes.offers import OFFER_SCENES
from triskel.cli.demo.scenes.parents import PARENTS
from triskel.cli.demo.scenes.partnerships import PARTNERSHIP_SCENES
from triskel.cli.demo.scenes.people import PEOPLE
from triskel.cli.demo.scenes.programmes import PROGRAMMES
from triskel.cli.demo.scenes.registers import REGISTERS
from triskel.cli.demo.scenes.research import RESEARCH
from triskel.cli.demo.scenes.scene import Scene
from triskel.cli.demo.scenes.standing import STANDING
from triskel.cli.desk import Failure

THEMES = (
    *(IDENTIFIERS, PEOPLE, STANDING, PARTNERSHIP_SCENES, OFFER_SCENES, PROGRAMMES),
    *(CLAIMS, ANSWERS, REGISTERS, MATCHING, FEEDS),
    *(CLASSES, CHALLENGE, RESEARCH, MASTERCLASS, PARENTS, MEETING),
)
SCENES = tuple(sorted((scene for theme in THEMES for scene in theme), key=lambda scene: scene.day))


async def told_by(scene: Scene, player: Player) -> dict[str, str]:
    """The scene is played: its day, its title and what came of it."""
    try:
        outcome = await scene.play(player)
    except Failure as failure:
        raise Failure(f"{scene.day}, {scene.title}: {failure}", failure.code) from failure
    return {"day": scene.day.isoformat(), "title": scene.title, "outcome": outcome}
