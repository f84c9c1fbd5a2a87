"""Files of registers: fetched from the public net, or read from the directory for them."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from triskel.registry.registers.refusals import (
    SourceAway,
    SourceMissing,
    SourceNotPublic,
    SourceOutside,
    SourceRedirects,
    SourceRefuses,
    SourceSlow,
    SourceTooLarge,
)
from triskel.registry.registers.rules import (
    FILE,
    Address,
    check_source,
    is_public,
    is_public_name,
)

LONGEST_SECONDS = 300.0
MOST_REDIRECTS = 5
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)


@dataclass(frozen=True)
class Fetched:
    """A file, and what its server says to recognise it by."""

    content: bytes
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Sources:
    """`directory` null: this deployment reads no files. `may_connect` says which addresses a host's
    name may resolve to, `may_name` which names it may have, `tls` whose certificates are believed
    (null: those of everybody)."""

    directory: Path | None
    largest_bytes: int
    may_connect: Callable[[Address], bool] = is_public
    tls: ssl.SSLContext | None = None
    may_name: Callable[[str], bool] = is_public_name

    async def read(
        self, source: str, etag: str | None = None, last_modified: str | None = None
    ) -> Fetched | None:
        """Null when the server says that it has not changed since. Raises `Invalid` with what is
        wrong."""
        check_source(source, files=self.directory is not None, is_public_name=self.may_name)
        if source.startswith(FILE):
            return Fetched(await asyncio.to_thread(self._file, source))
        known = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in known.items() if value}
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                return await self._fetched(source, headers)
        except TimeoutError:
            raise SourceSlow(seconds=LONGEST_SECONDS) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise SourceAway(kind=type(error).__name__) from None

    def _file(self, source: str) -> bytes:
        directory = (self.directory or Path()).resolve()
        path = (directory / source.removeprefix(FILE)).resolve()
        # a link must not lead out
        if not path.is_relative_to(directory):
            raise SourceOutside()
        if not path.is_file():
            raise SourceMissing()
        with path.open("rb") as file:
            content = file.read(self.largest_bytes + 1)
        if len(content) > self.largest_bytes:
            raise SourceTooLarge(largest=self.largest_bytes)
        return content

    async def _fetched(self, source: str, headers: dict[str, str]) -> Fetched | None:
        # a proxy of the environment would resolve names itself, behind our back
        async with httpx.AsyncClient(
            verify=self.tls or True, trust_env=False, timeout=_TIMEOUT
        ) as client:
            for _ in range(MOST_REDIRECTS + 1):
                answer = await self._asked(client, source, headers)
                if not isinstance(answer, str):
                    return answer
                source = answer
                check_source(source, files=False, is_public_name=self.may_name)
        raise SourceRedirects(most=MOST_REDIRECTS)

    async def _asked(
        self, client: httpx.AsyncClient, source: str, headers: dict[str, str]
    ) -> Fetched | str | None:
        """A file, where it has gone, or null: not changed. The request goes to the address that was
        checked, so that a second look at the name cannot give another."""
        url = httpx.URL(source)
        (address, *_) = await self._addresses(url)
        async with client.stream(
            "GET",
            url.copy_with(host=str(address)),
            headers=headers | {"Host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        ) as answer:
            if answer.status_code == httpx.codes.NOT_MODIFIED:
                return None
            if answer.has_redirect_location:
                return str(url.join(answer.headers["location"]))
            if answer.status_code != httpx.codes.OK:
                raise SourceRefuses(status=answer.status_code)
            content = bytearray()
            async for chunk in answer.aiter_bytes():
                content += chunk
                if len(content) > self.largest_bytes:
                    raise SourceTooLarge(largest=self.largest_bytes)
            named = answer.headers
            return Fetched(bytes(content), named.get("etag"), named.get("last-modified"))

    async def _addresses(self, url: httpx.URL) -> Sequence[Address]:
        """What the name stands for, IPv4 first. Raises `Invalid` when any of it is our own."""
        found = await asyncio.get_running_loop().getaddrinfo(
            url.host, url.port or 443, type=socket.SOCK_STREAM
        )
        addresses = [ipaddress.ip_address(str(place[0]).partition("%")[0]) for *_, place in found]
        if not all(map(self.may_connect, addresses)):
            raise SourceNotPublic(value=str(url))
        return sorted(addresses, key=lambda address: address.version)
