"""A register that is imported again each night: where its file is, and when it is looked at."""

import ipaddress
import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import PurePosixPath
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from triskel.contracts.days import day_in
from triskel.registry.registers.refusals import (
    SourceFilesOff,
    SourceMalformed,
    SourceNotPublic,
    SourceOutside,
    SourceUnknown,
)

HTTPS, FILE = "https://", "file:"
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# what stands for an IPv4 address inside an IPv6 one, and could be a private one
_TUNNELS = tuple(map(ipaddress.ip_network, ("2001::/32", "2002::/16")))
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_OWN_NAMES = ("localhost", "localdomain", "local", "internal", "intranet", "lan", "home.arpa")
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


def next_night(now: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """The next time that it is this hour there. An hour that the clocks skip in spring comes with
    the next that there is; one that comes twice in autumn counts once."""
    today = day_in(now, zone)
    # as moments: within one zone Python compares what the clocks on the wall say
    days = (today, today + timedelta(days=1))
    first, second = (datetime.combine(day, time(hour), zone).astimezone(UTC) for day in days)
    return first if first > now else second


def is_public(address: Address) -> bool:
    """Whether a request to this address leaves our own networks."""
    if isinstance(address, ipaddress.IPv6Address):
        inside = any(address in network for network in _TUNNELS)
        return address.is_global and address in _GLOBAL_UNICAST and not inside
    return address.is_global and not address.is_multicast


def is_public_name(host: str) -> bool:
    """Whether a host may be on the public net, as far as its name says: a name with a dot that is
    not reserved for one's own net (RFC 6761, 6762, 8375), or a whole address that leads out.

    What a resolver would take for an address without being one (`127.1`, `0x7f.1`, `2130706433`:
    inet_aton) is none, and neither is a name with a dot at its end, which would pass by lists of
    names.
    """
    try:
        return is_public(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        # as it is resolved: full-width digits and other dots are plain ones by then
        name = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return False
    *_, last = labels = name.split(".")
    return (
        len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and not _NUMBER.fullmatch(last)
        and not any(name == own or name.endswith(f".{own}") for own in _OWN_NAMES)
    )


def check_source(
    source: str, *, files: bool, is_public_name: Callable[[str], bool] = is_public_name
) -> None:
    """Raises `Invalid` for what is neither an https URL to the public net nor, where this
    deployment allows `files`, one in their directory. What a name resolves to and where a link
    leads is checked each time that it is read."""
    if source.startswith(FILE):
        _check_path(source, files)
    elif source.startswith(HTTPS):
        _check_url(source, is_public_name)
    else:
        raise SourceUnknown(value=source)


def _check_path(source: str, files: bool) -> None:
    if not files:
        raise SourceFilesOff(value=source)
    path = PurePosixPath(source.removeprefix(FILE))
    if path.is_absolute() or ".." in path.parts or not path.name:
        raise SourceOutside(value=source)


def _check_url(source: str, is_public_name: Callable[[str], bool]) -> None:
    try:
        parts = urlsplit(source)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or "@" in parts.netloc:
        # the answer does not repeat what may be a password
        raise SourceMalformed
    if not is_public_name(host):
        raise SourceNotPublic(value=source)
