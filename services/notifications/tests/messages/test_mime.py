"""What goes over SMTP is what was meant: one mailbox, its name, its address, whole line ends."""

import asyncio
import email
import email.policy
import json
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from triskel.contracts import activities as a
from triskel.contracts import registry
from triskel.contracts.codes import Role
from triskel.notifications.gateways.mime import Mailbox, Part, UnusableAddress, mail, one_line
from triskel.notifications.gateways.smtp import Mailer
from triskel.sandbox.fixtures import MailAddress

SENDER = Mailbox("Triskel, Bretagne", "triskel@example.org")
LONG = "Anne-Sophie Le Goff de Kerguelen, responsable des relations; écoles @ Rennes"
letters = st.characters(categories=("Ll", "Lu", "Lo", "Nd"))
atoms = st.text(letters | st.sampled_from("!#$%&'*+/=?^_`{|}~-"), min_size=1, max_size=12)
locals_ = st.lists(atoms, min_size=1, max_size=3).map(".".join)
domains = st.sampled_from(["example.org", "école.example", "straße.example", "例え.example"])
addresses = st.builds("{}@{}".format, locals_, domains)


def parsed(raw: bytes) -> EmailMessage:
    found = email.message_from_string(raw.decode(), policy=email.policy.SMTPUTF8)
    assert isinstance(found, EmailMessage)
    return found


def decoded(text: str) -> str:
    """RFC 2047 by Python's older parser: the newer one, before 3.12.5, puts a blank between the
    encoded words of a name."""
    return str(make_header(decode_header(text)))


def people(raw: bytes, name: str = "To") -> list[tuple[str, str]]:
    """The mailboxes of a header: first its structure, then what its words mean."""
    text = email.message_from_string(raw.decode(), policy=email.policy.compat32)[name]
    found = getaddresses([text.replace("\r\n", "")])
    assert len(parsed(raw)[name].addresses) == len(found)
    return [(decoded(phrase), address) for phrase, address in found]


def through_the_sink(
    sink: MailAddress, subject: str, recipient: Mailbox
) -> tuple[bytes, list[str]]:
    """The mail as a real server got it, and for whom."""
    parts = [Part("text/plain", "one\ntwo\r\n.\r\n")]
    written = mail(SENDER, recipient, subject, [], parts, "boundary")

    async def send() -> None:
        mailer = Mailer(f"smtp://{sink.smtp_host}:{sink.smtp_port}", SENDER)
        await mailer.send(written, recipient)
        await mailer.close()

    asyncio.run(send())
    newest = urlencode({"limit": 1, "to": recipient.wire})
    with urlopen(f"{sink.url}/api/messages?{newest}") as answer:
        (kept,) = json.load(answer)
    with urlopen(f"{sink.url}/api/messages/{kept['id']}/raw") as answer:
        return answer.read(), kept["to"]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=120), address=addresses, subject=st.text(max_size=120))
@example(name=LONG, address="anne@example.org", subject=LONG)
@example(name='a "b" <c@d.e>, f', address="rené@école.example", subject="x")
@example(name="x\r\nBcc: evil@example.org", address="a@b.example", subject="y\r\nBcc: z@b.example")
@example(name="=?utf-8?b?eA==?=", address="=?q@b.example", subject="=?utf-8?b?eA==?=")
def test_whatever_name_address_and_subject_hold_a_mail_has_one_mailbox_and_no_other_header(
    mail_sink: MailAddress, name: str, address: str, subject: str
) -> None:
    recipient = Mailbox(name, address)
    raw, envelope = through_the_sink(mail_sink, subject, recipient)
    assert people(raw) == [(one_line(name), recipient.wire)]
    assert envelope == [recipient.wire]
    got = parsed(raw)
    assert sorted(got.keys()) == ["Content-Type", "From", "MIME-Version", "Subject", "To"]
    plain = email.message_from_string(raw.decode(), policy=email.policy.compat32)
    assert decoded(plain["Subject"]) == one_line(subject)
    assert people(raw, "From") == [(SENDER.name, SENDER.address)]
    body = got.get_body(("plain",))
    assert body is not None
    assert body.get_payload(decode=True) == b"one\r\ntwo\r\n.\r\n"
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


def test_a_name_that_is_written_as_it_is_would_be_two_mailboxes() -> None:
    """The control: what reads the mail above does see a second one."""
    assert len(people(b"To: Le Goff, Anne <anne@example.org>\r\n\r\n")) == 2


@pytest.mark.parametrize(
    "address",
    ["a b@c.example", "a\r\n@c.example", "<a@c.example>", "a..b@c.example", "a@c d", "a@"],
)
def test_an_address_that_no_server_takes_is_refused_before_any_is_asked(address: str) -> None:
    with pytest.raises(UnusableAddress, match=r"^address-unusable$"):
        mail(SENDER, Mailbox("x", address), "s", [], [], "b")


async def foreign(platform: Any) -> None:
    rene = platform.contact("rené", platform.school, Role.TEACHER)
    info = platform.contact(
        "info", platform.school, Role.TEACHER, email=f"info@école.{platform.domain}"
    )
    await platform.hear(
        registry.ContactRegistered(contact=rene), registry.ContactRegistered(contact=info)
    )
    await platform.hear(a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY))


async def test_letters_beyond_ascii_reach_their_mailbox(platform: Any) -> None:
    await foreign(platform)
    await platform.send()
    (by_name,) = await platform.mails("rené")
    assert by_name["To"].addresses[0].addr_spec == f"rené@{platform.domain}"
    (by_domain,) = await platform.mails("info", f"xn--cole-9oa.{platform.domain}")
    assert by_domain["To"].addresses[0].addr_spec == f"info@xn--cole-9oa.{platform.domain}"


async def test_a_server_without_smtputf8_makes_a_mail_fail_at_once_with_the_reason(
    platform: Any,
) -> None:
    await foreign(platform)
    try:
        await platform.behave("ascii-only")
        await platform.send()
    finally:
        await platform.behave("accept")
    coordinator = platform.tokens.bearer(Role.COORDINATOR)
    listed = await platform.client.get("/v1/deliveries?channel=email", headers=coordinator)
    found = sorted((each["state"], each["error"]) for each in listed.json()["items"])
    assert found == [("failed", "smtputf8-not-offered"), ("sent", None)]
    # the domain alone is no hindrance: it has an ASCII form
    assert len(await platform.mails("info", f"xn--cole-9oa.{platform.domain}")) == 1
    assert await platform.send() == 0


async def test_a_calendar_part_arrives_with_its_line_ends(platform: Any) -> None:
    await foreign(platform)
    await platform.send()
    (got,) = await platform.mails("rené")
    part = next(each for each in got.walk() if each.get_content_type() == "text/calendar")
    payload = part.get_payload(decode=True)
    assert payload.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert payload.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in payload.replace(b"\r\n", b"")
    assert b"mailto:ren%C3%A9@" in payload.replace(b"\r\n ", b"")
