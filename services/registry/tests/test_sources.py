"""What is fetched over https, from a real server on this machine, and what is never asked."""

import ipaddress
import socket
import ssl
from asyncio import StreamReader, StreamWriter, start_server
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from triskel.contracts.refusals import Invalid, Refusal
from triskel.registry.registers.gateways import Sources
from triskel.registry.registers.rules import Address, check_source, is_public, is_public_name

CONTENT = b"kind;name\n" * 20
ANSWERS = {
    "/file.csv": (200, b'ETag: "v1"\r\nLast-Modified: Wed, 01 Oct 2025 00:00:00 GMT\r\n', CONTENT),
    "/moved.csv": (302, b"Location: /file.csv\r\n", b""),
    "/turning.csv": (302, b"Location: /turning.csv\r\n", b""),
    "/inside.csv": (302, b"Location: https://10.0.0.1/file.csv\r\n", b""),
    "/plain.csv": (302, b"Location: http://localhost/file.csv\r\n", b""),
    "/broken.csv": (500, b"", b""),
}


def certificate(directory: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for `localhost`, and one that believes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = directory / "server.pem"
    pem.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


@dataclass
class Server:
    tls: ssl.SSLContext
    port: int = 0
    asked: list[str] = field(default_factory=list)

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ")[1]
        self.asked.append(head)
        status, headers, content = ANSWERS[path]
        if 'if-none-match: "v1"' in head.lower():
            status, content = 304, b""
        length = f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode()
        writer.write(f"HTTP/1.1 {status} x\r\n".encode() + headers + length + content)
        await writer.drain()
        writer.close()

    def url(self, path: str) -> str:
        return f"https://localhost:{self.port}{path}"

    def sources(self, largest_bytes: int = 1000) -> Sources:
        """That may ask this machine, and nothing else that is not public."""
        return Sources(
            None,
            largest_bytes,
            lambda a: a.is_loopback or is_public(a),
            self.tls,
            lambda name: name == "localhost" or is_public_name(name),
        )


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    own, believing = certificate(tmp_path)
    known = Server(believing)
    serving = await start_server(known.serve, "127.0.0.1", 0, ssl=own)
    known.port = serving.sockets[0].getsockname()[1]
    async with serving:
        yield known


async def test_a_file_is_fetched_and_not_again_while_its_server_says_that_it_is_the_same(
    server: Server,
) -> None:
    found = await server.sources().read(server.url("/moved.csv"))
    assert found is not None
    assert (found.content, found.etag) == (CONTENT, '"v1"')
    # by its name, though the request goes to the address that was checked
    assert all(f"host: localhost:{server.port}" in head.lower() for head in server.asked)
    assert await server.sources().read(server.url("/file.csv"), found.etag) is None


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/turning.csv", "source-redirects"),
        ("/inside.csv", "source-not-public"),
        ("/plain.csv", "source-unknown"),
        ("/broken.csv", "source-refuses"),
    ],
)
async def test_what_leads_nowhere_or_inside_is_refused(
    server: Server, path: str, rule: str
) -> None:
    with pytest.raises(Refusal) as refused:
        await server.sources().read(server.url(path))
    assert refused.value.rule == rule


async def test_a_file_that_is_too_large_is_not_read_to_its_end(server: Server) -> None:
    with pytest.raises(Refusal) as refused:
        await server.sources(len(CONTENT) - 1).read(server.url("/file.csv"))
    assert refused.value.rule == "source-too-large"


async def test_this_machine_is_never_asked_whatever_a_name_stands_for(server: Server) -> None:
    with pytest.raises(Refusal) as refused:
        await Sources(None, 1000, tls=server.tls).read(server.url("/file.csv"))
    assert refused.value.rule == "source-not-public"
    assert server.asked == []


async def test_a_server_that_nobody_vouches_for_is_not_believed(server: Server) -> None:
    with pytest.raises(Refusal) as refused:
        await Sources(None, 1000, lambda _: True, None, lambda _: True).read(
            server.url("/file.csv")
        )
    assert refused.value.rule == "source-away"
    assert server.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("1.1.1.1", True),
        ("2606:4700:4700::1111", True),
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fc00::1", False),
        ("fe80::1", False),
        ("ff02::1", False),
        # an IPv4 address inside of an IPv6 one
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::1", False),
        ("2001:0:a00:1::1", False),
    ],
)
def test_an_address_is_public_only_if_it_leads_out(address: str, public: bool) -> None:
    known: Address = ipaddress.ip_address(address)
    assert is_public(known) is public


@pytest.mark.parametrize(
    "host",
    [
        *("127.1", "0x7f.1", "2130706433", "0177.0.0.1", "127.0.0.1", "10.0.0.1", "0x7f000001"),
        *("169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[fe80::1%25eth0]", "[64:ff9b::a00:1]"),
        *("localhost", "LOCALHOST", "a.localhost", "localhost.", "data.example.", "127.0.0.1."),
        *("printer", "printer.local", "vault.internal", "nas.home.arpa", "x.localdomain"),
        # what becomes something else on its way to the resolver
        *("127\u30020\u30020\u30021", "\uff11\uff12\uff17.0.0.1", "127.0.0.1%2e", "data..example"),
        *("-data.example", "data.example-", "data.0x10", "data.1"),
    ],
)
def test_a_host_that_is_not_on_the_public_net_is_refused_when_it_is_set(host: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_source(f"https://{host}/annuaire.csv", files=False)
    assert (refused.value.rule, refused.value.field) == ("source-not-public", "source")


@pytest.mark.parametrize(
    "host",
    ["data.education.example", "1.1.1.1", "[2606:4700:4700::1111]", "école.example", "a_b.fr"],
)
def test_a_host_of_the_public_net_is_taken(host: str) -> None:
    check_source(f"https://{host}:8443/annuaire.csv?année=2025", files=False)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{}", "{:#x}", "0{:o}"]), st.integers(1, 4))
def test_no_spelling_of_an_address_that_resolvers_know_leads_to_our_own(
    number: int, spelt: str, parts: int
) -> None:
    """inet_aton takes one to four parts, each decimal, hexadecimal or octal."""
    split = [number >> 8 * (3 - place) & 255 for place in range(parts - 1)]
    split.append(number & (1 << 8 * (5 - parts)) - 1)
    host = ".".join(spelt.format(part) for part in split)
    assert socket.inet_aton(host) == number.to_bytes(4)
    if is_public_name(host):
        assert is_public(ipaddress.ip_address(host))


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    for source in ("https://me:secret@data.example/x.csv", "https://me:secret@:0x/x"):
        with pytest.raises(Invalid) as refused:
            check_source(source, files=False)
        assert refused.value.rule == "source-malformed"
        assert "secret" not in f"{refused.value.value}{refused.value.sentence}"
