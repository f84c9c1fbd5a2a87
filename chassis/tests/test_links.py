"""Links' tokens on their way: sealed for one contact, by secrets that can be changed."""

import base64
import subprocess
import sys
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from triskel.chassis.cursors import Cursors
from triskel.chassis.links import LinkSettings, SealedLinks
from triskel.chassis.settings import EX_CONFIG
from triskel.chassis.testing import Tokens, settings_for

OLD, NEW = (
    "a secret of at least thirty-two characters",
    "another one that is put before the old",
)
CONTACT = UUID(int=7)
URL = "postgresql://nobody/none"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.uuids(), st.uuids())
def test_a_token_opens_for_its_own_contact_alone(token: str, contact: UUID, other: UUID) -> None:
    links = SealedLinks((OLD,))
    sealed = links.seal(token, contact)
    assert links.open(sealed, contact) == token
    if other != contact:
        with pytest.raises(ValueError, match="not sealed"):
            links.open(sealed, other)


@given(st.text())
def test_any_text_that_was_not_sealed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not sealed"):
        SealedLinks((OLD,)).open(text, CONTACT)


@given(st.data())
def test_a_sealed_token_that_was_changed_anywhere_is_refused(data: st.DataObject) -> None:
    links = SealedLinks((OLD,))
    raw = bytearray(base64.urlsafe_b64decode(links.seal("a token", CONTACT) + "=="))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError, match="not sealed here"):
        links.open(base64.urlsafe_b64encode(raw).decode().rstrip("="), CONTACT)


def test_a_secret_is_changed_by_putting_a_new_one_before_it() -> None:
    sealed = SealedLinks((OLD,)).seal("a token", CONTACT)
    assert SealedLinks((NEW, OLD)).open(sealed, CONTACT) == "a token"
    # the control: without the old one it does not open, and the new one seals from now on
    with pytest.raises(ValueError, match="not sealed here"):
        SealedLinks((NEW,)).open(sealed, CONTACT)
    newest = SealedLinks((NEW, OLD)).seal("a token", CONTACT)
    assert SealedLinks((NEW,)).open(newest, CONTACT) == "a token"


def test_one_secret_for_cursors_and_links_opens_neither_by_the_other() -> None:
    cursor = Cursors([OLD]).seal(["x"], CONTACT.bytes)
    with pytest.raises(ValueError, match="not sealed here"):
        SealedLinks((OLD,)).open(cursor, CONTACT)


def test_secrets_are_read_newest_first_and_are_long_enough(tokens: Tokens) -> None:
    its = settings_for(LinkSettings, URL, tokens, link_keys=f"{NEW},{OLD}")
    assert [key.get_secret_value() for key in its.link_keys] == [NEW, OLD]
    assert OLD not in repr(its)
    for wrong in ("short", f"{NEW},", ()):
        with pytest.raises(ValidationError, match="link_keys"):
            settings_for(LinkSettings, URL, tokens, link_keys=wrong)
    assert its.links.open(its.links.seal("t", CONTACT), CONTACT) == "t"
    assert its.links.seal("t", uuid4()) != its.links.seal("t", uuid4())


@pytest.mark.parametrize("service", ["registry", "notifications"])
@pytest.mark.parametrize(("keys", "told"), [("", "is missing"), ("secret", "is not usable")])
def test_a_service_that_makes_or_mails_links_does_not_start_without_secrets_for_them(
    service: str, keys: str, told: str
) -> None:
    environment = {
        "TRISKEL_REGIONS": "FRH0",
        "TRISKEL_DATABASE_URL": URL,
        "TRISKEL_KAFKA_BOOTSTRAP": "127.0.0.1:9",
        "TRISKEL_ISSUERS": '[{"issuer": "i", "jwks_url": "http://i", "regions": ["FRH0"]}]',
        "TRISKEL_SMTP_URL": "smtp://127.0.0.1:9",
        "TRISKEL_MAIL_FROM": "a@b.example",
        "TRISKEL_LINK_KEYS": keys,
    }
    done = subprocess.run(
        [sys.executable, "-m", f"triskel.{service}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == EX_CONFIG, done.stderr
    (line,) = done.stderr.splitlines()
    assert f"triskel {service}: TRISKEL_LINK_KEYS {told}" in line
    assert "'secret'" not in line
