"""The mail sink: what a stranger's mail cannot do, what a test can ask for, and its bounds."""

import signal
import smtplib
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from triskel.sandbox.mail import KEEP_NEWEST, MailSink, Sink, open_mail

EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailSink]:
    with open_mail(tmp_path_factory.mktemp("mail")) as opened:
        yield opened


@pytest.fixture
def api(sink: MailSink) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sink.url, timeout=None) as client:
        client.delete("/api/messages").raise_for_status()
        yield client
        client.put("/api/behaviour", json={"mode": "accept"}).raise_for_status()


def send(sink: MailSink, to: str = "b@firm.example", subject: str = "Visit") -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@school.example", to, subject
    mail.set_content(f"text {EVIL}")
    mail.add_alternative(f"<p>html {EVIL}</p>", subtype="html")
    mail.add_alternative("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", subtype="calendar")
    with smtplib.SMTP(sink.smtp_host, sink.smtp_port) as client:
        client.send_message(mail)


def test_a_mail_is_shown_in_all_its_parts(sink: MailSink, api: httpx.Client) -> None:
    send(sink)
    (mail,) = api.get("/api/messages").json()
    assert mail["html"].startswith("<p>html")
    assert mail["calendar"].startswith("BEGIN:VCALENDAR")
    assert mail["headers"]["Subject"] == "Visit"
    page = api.get(f"/mails/{mail['id']}").text
    assert "BEGIN:VCALENDAR" in page
    assert "a@school.example" in page


def test_a_mail_runs_no_script(sink: MailSink, api: httpx.Client) -> None:
    send(sink, subject=EVIL)
    number = api.get("/api/messages").json()[0]["id"]
    for path in ("/", f"/mails/{number}"):
        page = api.get(path)
        assert EVIL not in page.text
        assert "&lt;script&gt;" in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<iframe sandbox " in api.get(f"/mails/{number}").text
    missing = api.get(f"/mails/{number + 1}")
    assert "There is no such mail" in missing.text
    policy = api.get(f"/mails/{number}/html").headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")


def test_the_newest_is_first_and_can_be_asked_for_by_address(
    sink: MailSink, api: httpx.Client
) -> None:
    for number in range(3):
        send(sink, to=f"b{number % 2}@firm.example", subject=f"visit {number}")
    found = api.get("/api/messages").json()
    assert [mail["subject"] for mail in found] == ["visit 2", "visit 1", "visit 0"]
    found = api.get("/api/messages", params={"to": "b0@firm.example", "limit": 1}).json()
    assert [mail["subject"] for mail in found] == ["visit 2"]
    assert api.get("/api/count").json() == {"count": 3}
    api.delete("/api/messages")
    assert api.get("/api/count").json() == {"count": 0}
    assert api.get("/api/messages").json() == []


@pytest.mark.parametrize(("mode", "code"), [("refuse-temporary", 451), ("refuse-permanent", 550)])
def test_a_refusal_can_be_asked_for(
    sink: MailSink, api: httpx.Client, mode: str, code: int
) -> None:
    api.put("/api/behaviour", json={"mode": mode}).raise_for_status()
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        send(sink)
    assert refusal.value.smtp_code == code
    assert api.get("/api/count").json() == {"count": 0}


def test_slowness_can_be_asked_for(sink: MailSink, api: httpx.Client) -> None:
    api.put("/api/behaviour", json={"mode": "slow", "seconds": 0.3}).raise_for_status()
    began = time.monotonic()
    send(sink)
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize(
    "wrong", [[], {}, {"mode": "odd"}, {"mode": ["slow"]}, {"mode": "slow", "seconds": -1}]
)
def test_a_behaviour_that_there_is_not_is_refused(sink: MailSink, wrong: object) -> None:
    assert httpx.put(f"{sink.url}/api/behaviour", json=wrong, timeout=None).status_code == 400


@pytest.mark.parametrize("limit", ["0", "-1", "many", "²"])
def test_a_limit_that_is_none_is_refused(sink: MailSink, limit: str) -> None:
    answer = httpx.get(f"{sink.url}/api/messages", params={"limit": limit}, timeout=None)
    assert answer.status_code == 400


def test_a_mail_that_breaks_the_standard_is_shown_all_the_same(
    sink: MailSink, api: httpx.Client
) -> None:
    raw = (
        b"Subject: =?x-unknown?Q?caf=E9?=\r\nFrom: <<<@\r\nDate: never\r\nTo: \xff\xfe\r\n"
        b"Content-Type: text/plain; charset=x-unknown\r\n\r\ncaf\xe9\r\n"
    )
    with smtplib.SMTP(sink.smtp_host, sink.smtp_port) as client:
        client.sendmail("a@school.example", ["b@firm.example"], raw)
    assert httpx.get(f"{sink.url}/", timeout=None).status_code == 200
    answer = httpx.get(f"{sink.url}/api/messages", timeout=None)
    assert answer.status_code == 200
    (mail,) = answer.json()
    assert mail["text"].startswith("caf")
    page = httpx.get(f"{sink.url}/mails/{mail['id']}", timeout=None)
    assert "Date: never" in page.text


def test_memory_is_bounded_in_mails() -> None:
    box = Sink()
    assert box.mails.maxlen == KEEP_NEWEST


def test_a_slow_client_does_not_keep_the_process(tmp_path: Path) -> None:
    with open_mail(tmp_path) as opened:
        idle = smtplib.SMTP(opened.smtp_host, opened.smtp_port)
        code = opened.child.stop()
    # it went when it was asked to; one that waits for its client is killed
    assert code not in (None, 256 - signal.SIGKILL)
    idle.close()
