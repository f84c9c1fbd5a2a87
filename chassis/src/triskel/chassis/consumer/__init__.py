"""The consumer: every event has its effect once in the database, whatever is redelivered."""

from triskel.chassis.consumer.batch import Apply
from triskel.chassis.consumer.fetching import Portion
from triskel.chassis.consumer.handlers import Consumers, Delivery, Handler, latest
from triskel.chassis.consumer.limits import Limit
from triskel.chassis.consumer.listening import Listening
from triskel.chassis.consumer.offsets import Lag, Moved, lag, rebuild, rebuilding
from triskel.chassis.consumer.projections import Projection

__all__ = [
    "Apply",
    "Consumers",
    "Delivery",
    "Handler",
    "Lag",
    "Limit",
    "Listening",
    "Moved",
    "Portion",
    "Projection",
    "lag",
    "latest",
    "rebuild",
    "rebuilding",
]
