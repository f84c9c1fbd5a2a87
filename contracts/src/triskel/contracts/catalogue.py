"""The catalogue: each topic, its owner, events, readers, and how Kafka keeps it."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from triskel.contracts import activities, metrics, notifications, registry
from triskel.contracts.event import Event


class Retention(StrEnum):
    """`FOREVER`: every event is kept, a reader can start anywhere. `COMPACTED`: the newest record
    of each key is kept, and a tombstone erases. `MONTH`: 30 days."""

    FOREVER = "forever"
    COMPACTED = "compacted"
    MONTH = "month"


@dataclass(frozen=True)
class Topic:
    """`readers` are the services that may hear it. `mirrored`: it travels to the hub and from
    there to other regions, where it arrives as `<region>.<name>`. `personal`: it carries names
    and addresses, so it never travels."""

    name: str
    owner: str
    events: tuple[type[Event], ...]
    readers: tuple[str, ...]
    partitions: int
    retention: Retention
    personal: bool
    mirrored: bool

    def config(self) -> dict[str, str]:
        """The topic's Kafka settings."""
        match self.retention:
            case Retention.FOREVER:
                return {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
            case Retention.COMPACTED:
                return {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1"}
            case Retention.MONTH:
                return {"cleanup.policy": "delete", "retention.ms": str(30 * 86_400_000)}

    def pattern(self) -> str:
        """A regular expression for the topic here and its mirrors, where it may be mirrored."""
        name = self.name.replace(".", r"\.")
        return rf"^([a-z0-9-]+\.)?{name}$" if self.mirrored else rf"^{name}$"


def _events_of(base: type[Event]) -> tuple[type[Event], ...]:
    return tuple(sorted(base.__subclasses__(), key=lambda kind: kind.event_type()))


SERVICES = ("registry", "activities", "notifications", "metrics")


def _dead_letters(reader: str) -> Topic:
    return Topic(
        name=f"{reader}.dead-letters",
        owner=reader,
        events=(),
        readers=(),
        partitions=1,
        retention=Retention.MONTH,
        personal=True,  # it holds whatever the bad record held
        mirrored=False,
    )


CATALOGUE: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        Topic(
            name="registry.organisations",
            owner="registry",
            events=_events_of(registry.OrganisationEvent),
            readers=("activities", "notifications", "metrics"),
            partitions=4,
            retention=Retention.FOREVER,
            personal=False,
            mirrored=True,
        ),
        Topic(
            name="registry.contacts",
            owner="registry",
            events=_events_of(registry.ContactEvent),
            readers=("notifications",),
            partitions=4,
            retention=Retention.COMPACTED,
            personal=True,
            mirrored=False,
        ),
        Topic(
            name="registry.memberships",
            owner="registry",
            events=_events_of(registry.MembershipEvent),
            readers=("registry", "activities", "notifications", "metrics"),
            partitions=4,
            retention=Retention.COMPACTED,
            personal=False,
            mirrored=True,
        ),
        Topic(
            name="registry.partnerships",
            owner="registry",
            events=_events_of(registry.PartnershipEvent),
            readers=("activities", "notifications", "metrics"),
            partitions=4,
            retention=Retention.FOREVER,
            personal=False,
            mirrored=True,
        ),
        Topic(
            name="registry.responsiveness",
            owner="registry",
            events=_events_of(registry.HostResponsivenessEvent),
            readers=("activities",),
            partitions=4,
            retention=Retention.FOREVER,
            personal=False,
            mirrored=True,
        ),
        Topic(
            name="registry.calendars",
            owner="registry",
            events=_events_of(registry.CalendarEvent),
            readers=("activities",),
            partitions=1,
            retention=Retention.FOREVER,
            personal=False,
            mirrored=True,
        ),
        Topic(
            name="registry.regions",
            owner="registry",
            events=_events_of(registry.RegionEvent),
            readers=("activities", "notifications", "metrics"),
            partitions=1,
            retention=Retention.FOREVER,
            personal=False,
            mirrored=True,
        ),
        Topic(
            name="registry.reports",
            owner="registry",
            events=_events_of(registry.ReportEvent),
            readers=("notifications",),
            partitions=1,
            retention=Retention.FOREVER,
            personal=False,
            mirrored=False,
        ),
        Topic(
            name="registry.waiting-entries",
            owner="registry",
            events=_events_of(registry.WaitingEntryEvent),
            readers=(),
            partitions=4,
            retention=Retention.FOREVER,
            personal=False,
            mirrored=True,
        ),
        Topic(
            name="registry.matching-rounds",
            owner="registry",
            events=_events_of(registry.MatchingRoundEvent),
            readers=("notifications",),
            partitions=4,
            retention=Retention.FOREVER,
            personal=False,
            mirrored=True,
        ),
        Topic(
            name="activities.activities",
            owner="activities",
            events=_events_of(activities.ActivityEvent),
            readers=("registry", "notifications", "metrics"),
            partitions=4,
            retention=Retention.FOREVER,
            personal=False,
            mirrored=True,
        ),
        Topic(
            name="activities.offers",
            owner="activities",
            events=_events_of(activities.OfferEvent),
            readers=(),
            partitions=4,
            retention=Retention.FOREVER,
            personal=False,
            mirrored=True,
        ),
        Topic(
            name="activities.programmes",
            owner="activities",
            events=_events_of(activities.ProgrammeEvent),
            readers=(),
            partitions=4,
            retention=Retention.FOREVER,
            personal=False,
            mirrored=True,
        ),
        Topic(
            name="notifications.deliveries",
            owner="notifications",
            events=_events_of(notifications.DeliveryEvent),
            readers=("metrics",),
            partitions=4,
            retention=Retention.FOREVER,
            personal=False,
            mirrored=False,
        ),
        Topic(
            name="metrics.reference",
            owner="metrics",
            events=_events_of(metrics.ReferenceEvent),
            readers=("metrics",),
            partitions=4,
            retention=Retention.COMPACTED,
            personal=False,
            mirrored=True,
        ),
        *(_dead_letters(service) for service in SERVICES),
    )
}

_BY_TYPE = {kind.event_type(): kind for topic in CATALOGUE.values() for kind in topic.events}


def event_class(event_type: str) -> type[Event] | None:
    """The class of an event type such as `triskel.registry.organisation-approved.v1`."""
    return _BY_TYPE.get(event_type)


def topics_read_by(reader: str) -> tuple[Topic, ...]:
    """The topics that the catalogue lets a service hear."""
    return tuple(topic for topic in CATALOGUE.values() if reader in topic.readers)


@cache
def topic_of(name: str) -> tuple[Topic, str | None]:
    """The catalogue's topic and the mirror's prefix (null at home) of a topic's name on a broker.

    Raises `KeyError` for a name that is not in the catalogue.
    """
    if name in CATALOGUE:
        return CATALOGUE[name], None
    prefix, _, rest = name.partition(".")
    if rest in CATALOGUE and CATALOGUE[rest].mirrored:
        return CATALOGUE[rest], prefix
    raise KeyError(name)
