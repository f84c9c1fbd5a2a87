"""The settings of a region are named where they limit something."""

import json

from tests.applications import app_of
from triskel.chassis.testing import Tokens
from triskel.cli.aggregate_pages import aggregates_of
from triskel.cli.settings_page import leaves
from triskel.contracts.catalogue import SERVICES
from triskel.contracts.registry import FormatLimits, RegionSettings

NO_LIMITS = {"time_zone", "school_year_starts", "formats", "articles"}
"""Of the settings of a region; of how long things are kept no route tells."""


def test_openapi_names_the_setting_of_the_region_that_a_limit_comes_from(tokens: Tokens) -> None:
    known = {path for path, _ in leaves(RegionSettings)}
    known |= {f"formats.*.{name}" for name in FormatLimits.model_fields}
    documents = {name: app_of(name, tokens).openapi() for name in ("registry", "activities")}
    told = json.dumps(documents)
    limits = {path for path in known - NO_LIMITS if not path.startswith("retention.")}
    # weights are named together
    named = {path.replace(".weights.", ".weights`").partition("`")[0] for path in limits}
    assert {path for path in named if f"`{path}`" not in told} == set()
    actions = [
        action
        for service in SERVICES
        for aggregate in aggregates_of(service)
        for action in aggregate.actions
    ]
    assert {path for action in actions for path in action.settings} <= limits
