"""The consumer: every event has its effect once in the database, whatever is redelivered."""

from triskel.chassis.consumer.batch import Apply, Moved
from triskel.chassis.consumer.handlers import Consumers, Delivery, Handler, latest
from triskel.chassis.consumer.listening import Lag, Listening, lag, rebuild, rebuilding
from triskel.chassis.consumer.projections import Projection

__all__ = [
    "Apply",
    "Consumers",
    "Delivery",
    "Handler",
    "Lag",
    "Listening",
    "Moved",
    "Projection",
    "lag",
    "latest",
    "rebuild",
    "rebuilding",
]
