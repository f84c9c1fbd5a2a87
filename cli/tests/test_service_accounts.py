"""Service accounts from the command line: made, listed with their last use, rotated and revoked; a
secret is told once."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from triskel.cli.console import Failure
from triskel.cli.main import app
from triskel.cli.stack import HOME, NOTE
from triskel.sandbox.issuer import Issuer, open_issuer

GIVEN = ("--role", "coordinator", "--scope", "registry:read", "--scope", "activities:write")


class House:
    """A directory in which a stack seems to run, of which the issuer alone answers."""

    def __init__(self, at: Path, issuer: Issuer) -> None:
        self.at, self.issuer = at, issuer
        self.note(issuer.client_secret)

    def note(self, secret: str | None) -> None:
        nowhere = {"postgres_url": "", "kafka_bootstrap": "", "smtp_host": "", "smtp_port": 1}
        nowhere |= {"mail_url": None, "issuer": self.issuer.url, "jwks_url": self.issuer.jwks_url}
        known = {
            "pid": os.getpid(),
            "region": "FRH0",
            "clock_file": None,
            "databases": {},
            "services": {"registry": "http://127.0.0.1:9"},
            "infrastructure": nowhere | {"client_secret": secret},
        }
        (self.at / HOME).mkdir(exist_ok=True)
        (self.at / HOME / NOTE).write_text(json.dumps(known))

    def run(self, *words: str, code: int = 0) -> str:
        """What it says."""
        done = CliRunner().invoke(app, ["service-accounts", *words])
        failure = done.exception if isinstance(done.exception, Failure) else None
        assert (failure.code if failure else done.exit_code) == code, done.output
        return f"{done.output}{failure or ''}"

    def gets_a_token(self, secret: str) -> bool:
        form = {"grant_type": "client_credentials", "client_id": "region-platform"}
        form |= {"client_secret": secret}
        return httpx.post(f"{self.issuer.url}/token", data=form, timeout=None).is_success


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.chdir(tmp_path)
    with open_issuer(tmp_path / "issuer") as issuer:
        yield House(tmp_path, issuer)


def test_an_account_is_made_listed_rotated_and_revoked_and_a_secret_is_told_once(
    house: House,
) -> None:
    made = json.loads(house.run("create", "region-platform", *GIVEN, "--json"))
    first = made["client_secret"]
    assert (made["region"], made["scopes"]) == ("FRH0", ["registry:read", "activities:write"])
    (listed,) = json.loads(house.run("list", "--json"))
    assert listed["last_used_at"] is None and "client_secret" not in listed
    assert house.gets_a_token(first)
    assert json.loads(house.run("list", "--json"))[0]["last_used_at"] >= made["created_at"]
    taken = house.run("create", "region-platform", *GIVEN, code=1)
    assert "client_id: region-platform is taken" in taken
    rotated = house.run("rotate", "region-platform")
    second = rotated.split("client_secret")[1].split()[0]
    assert (house.gets_a_token(first), house.gets_a_token(second)) == (False, True)
    shown = house.run("list") + house.run("revoke", "region-platform", "--yes")
    assert "region-platform is revoked" in shown
    assert first not in shown and second not in shown
    assert not house.gets_a_token(second)
    assert "is revoked" in house.run("rotate", "region-platform", code=1)
    assert "there is no such account" in house.run("revoke", "nobody", "--yes", code=1)


def test_what_is_wrong_is_said_by_its_name_and_another_issuers_accounts_are_its_own(
    house: House,
) -> None:
    refused = house.run("create", "region-platform", "--role", "ops", "--scope", "all", code=1)
    assert refused.startswith("scopes: 'all' is no")
    assert "--scope" in house.run("create", "region-platform", "--role", "ops", code=2)
    house.note(None)
    assert "at your own" in house.run("list", code=78)


def test_service_account_commands_help_too() -> None:
    for command in ("list", "create", "rotate", "revoke"):
        helped = CliRunner().invoke(app, ["service-accounts", command, "--help"]).output
        assert "Example: triskel service-accounts" in helped
        assert "Exit codes: 0 done" in helped
