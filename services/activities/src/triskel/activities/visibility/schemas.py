"""What is sent to hide an activity."""

from triskel.activities.activities.schemas import Body
from triskel.chassis.http import example
from triskel.contracts.registry_codes import ReportCategory


class HidingBody(Body):
    model_config = example(reason="error")

    reason: ReportCategory
