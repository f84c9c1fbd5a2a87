"""A mail as bytes: RFC 5322 and 2045 to 2047, with addresses as in RFC 5890 and 6532.

Written here and not by Python's `email`: its header folding takes long names apart at a comma, so
that one mailbox becomes two, and does so differently in each version; and it turns a calendar's
line ends into bare line feeds.
"""

import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache

import idna

LINE_END = "\r\n"
LONGEST_PLAIN = 60
"""Longer texts are written as encoded words, which may be folded anywhere."""

ENCODED_WORD_BYTES = 39
"""So that a line with an encoded word keeps to the 76 characters of RFC 2047, section 2."""

_ATOMS = re.compile(r"[A-Za-z0-9'-]+( [A-Za-z0-9'-]+)*")
_PLAIN = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
# RFC 5322, 3.2.3, and RFC 6532, 3.2: no quoted local parts
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a0-\U0010ffff-]+"
_LOCAL = re.compile(rf"{_ATEXT}(\.{_ATEXT})*")
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


class UnusableAddress(ValueError):
    """No mail can go to this address; the text is a code, never the address."""


@dataclass(frozen=True)
class Mailbox:
    """A name, which may be empty, and the address as it is written for people."""

    name: str
    address: str

    @classmethod
    def parsed(cls, text: str) -> "Mailbox":
        """From `Name <name@domain.tld>` of a setting."""
        return cls(*parseaddr(text))

    @property
    def wire(self) -> str:
        """The address as servers take it: its domain as `xn--…`. Its local part stays as it is, and
        needs SMTPUTF8 (RFC 6531) when it is not ASCII. Raises `UnusableAddress`."""
        local, _, domain = self.address.rpartition("@")
        if not _LOCAL.fullmatch(local) or _NO_TEXT.search(local):
            raise UnusableAddress("address-unusable")
        return f"{local}@{_ascii_domain(domain)}"

    def as_header(self) -> str:
        """One mailbox, whatever the name holds."""
        name = one_line(self.name)
        if not name:
            return self.wire
        plain = _ATOMS.fullmatch(name) and len(name) <= LONGEST_PLAIN
        return f"{name if plain else _encoded(name)}{LINE_END} <{self.wire}>"


@cache
def _ascii_domain(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise UnusableAddress("address-unusable") from None


@dataclass(frozen=True)
class Part:
    """One form of the same mail. Text goes as quoted-printable; `exact` bytes go as base64, which
    no server touches."""

    media_type: str
    content: str
    exact: bool = False

    def lines(self) -> Iterator[str]:
        yield f"Content-Type: {self.media_type}; charset=utf-8"
        yield f"Content-Transfer-Encoding: {'base64' if self.exact else 'quoted-printable'}"
        yield ""
        if self.exact:
            written = encodebytes(self.content.encode()).decode("ascii")
            yield written.rstrip().replace("\n", LINE_END)
        else:
            content = _LINE_ENDS.sub(LINE_END, self.content)
            yield b2a_qp(content.encode("utf-8", "replace")).decode("ascii")


def one_line(text: str) -> str:
    """A text that cannot leave its header: every run of control characters is a blank."""
    return _NO_TEXT.sub(" ", text).strip()


def header(name: str, text: str) -> str:
    """A header of plain text."""
    text = one_line(text)
    plain = len(text) <= LONGEST_PLAIN and _PLAIN.fullmatch(text) and "=?" not in text
    return f"{name}: {text if plain or not text else _encoded(text)}"


def mail(
    sender: Mailbox,
    recipient: Mailbox,
    subject: str,
    headers: Sequence[tuple[str, str]],
    parts: Sequence[Part],
    boundary: str,
) -> bytes:
    """The whole mail; its parts are alternatives, the simplest first. `boundary` must be unique to
    this mail. `headers` are ASCII, without line ends. Raises `UnusableAddress`."""
    lines = [
        f"From: {sender.as_header()}",
        f"To: {recipient.as_header()}",
        header("Subject", subject),
        *(f"{name}: {one_line(value)}" for name, value in headers),
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative; boundary="=_{boundary}"',
        "",
    ]
    for part in parts:
        lines += [f"--=_{boundary}", *part.lines()]
    return LINE_END.join([*lines, f"--=_{boundary}--", ""]).encode()


def _encoded(text: str) -> str:
    """RFC 2047: each word is whole characters, and short enough for a line."""
    words, word = [], b""
    for character in text:
        octets = character.encode()
        if len(word) + len(octets) > ENCODED_WORD_BYTES:
            words.append(word)
            word = b""
        word += octets
    return f"{LINE_END} ".join(
        f"=?utf-8?b?{encodebytes(each).decode('ascii').strip()}?=" for each in [*words, word]
    )
