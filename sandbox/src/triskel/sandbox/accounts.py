"""Service accounts of the embedded issuer: platforms that call with credentials of their own.

Made, listed, rotated and revoked by whoever has the issuer's own client secret. They are kept in a
file that only its owner can read; of a secret only its SHA-256.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

SCOPE = re.compile(r"^[a-z][a-z-]*:(read|write)$")
NAME = re.compile(r"^[a-z0-9][a-z0-9-]{1,62}$")


class AccountRefused(Exception):
    """The text says what is wrong."""


@dataclass(frozen=True)
class Account:
    """`client_id` is the subject of its tokens. Moments are seconds since 1970."""

    client_id: str
    region: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    secret_digest: str
    created_at: int
    rotated_at: int | None = None
    last_used_at: int | None = None
    revoked_at: int | None = None

    def shown(self) -> dict[str, Any]:
        """What a list says: no secret, and no digest of one."""
        return {name: value for name, value in asdict(self).items() if name != "secret_digest"}


class Accounts:
    """The accounts of one file. `clock` gives seconds since 1970."""

    def __init__(self, file: Path, clock: Callable[[], float]) -> None:
        self._file, self._clock = file, clock
        known = json.loads(file.read_text()) if file.exists() else []
        self._accounts = {each["client_id"]: _read(each) for each in known}

    def all(self) -> list[Account]:
        return sorted(self._accounts.values(), key=lambda account: account.client_id)

    def make(self, given: Any) -> tuple[Account, str]:
        """A new account and its secret, which is told once. Raises `AccountRefused`."""
        client_id, region, roles, scopes = _checked(given)
        if client_id in self._accounts:
            raise AccountRefused(f"client_id: {client_id} is taken")
        secret = secrets.token_urlsafe(32)
        account = Account(client_id, region, roles, scopes, _digest(secret), self._now())
        self._keep(account)
        return account, secret

    def rotate(self, client_id: str) -> tuple[Account, str]:
        """A new secret; the old one works no more. Raises `AccountRefused`, and `KeyError` for an
        account that there is not."""
        account = self._living(client_id)
        secret = secrets.token_urlsafe(32)
        account = replace(account, secret_digest=_digest(secret), rotated_at=self._now())
        self._keep(account)
        return account, secret

    def revoke(self, client_id: str) -> Account:
        """It gets no token any more; those that it has end by themselves. Raises as `rotate`."""
        account = replace(self._living(client_id), revoked_at=self._now())
        self._keep(account)
        return account

    def use(self, client_id: str, secret: str) -> Account | None:
        """The account that has this secret, and has just used it."""
        account = self._accounts.get(client_id)
        good = secrets.compare_digest(account.secret_digest if account else "", _digest(secret))
        if account is None or account.revoked_at is not None or not good:
            return None
        account = replace(account, last_used_at=self._now())
        self._keep(account)
        return account

    def _living(self, client_id: str) -> Account:
        account = self._accounts[client_id]
        if account.revoked_at is not None:
            raise AccountRefused(f"client_id: {client_id} is revoked")
        return account

    def _keep(self, account: Account) -> None:
        self._accounts[account.client_id] = account
        whole = json.dumps([asdict(each) for each in self.all()], indent=1)
        beside = self._file.with_suffix(".new")
        beside.touch(mode=0o600)
        beside.write_text(whole, encoding="utf-8")
        beside.replace(self._file)

    def _now(self) -> int:
        return int(self._clock())


def _read(kept: dict[str, Any]) -> Account:
    return Account(**kept | {"roles": tuple(kept["roles"]), "scopes": tuple(kept["scopes"])})


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _checked(given: Any) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
    if not isinstance(given, dict):
        raise AccountRefused("an object with client_id, region, roles and scopes")
    client_id, region = given.get("client_id"), given.get("region")
    if not isinstance(client_id, str) or not NAME.match(client_id) or client_id == "triskel":
        raise AccountRefused("client_id: 2 to 63 of a-z, 0-9 and -, and not triskel")
    if not isinstance(region, str) or not region:
        raise AccountRefused("region: a NUTS code")
    lists = []
    for name in ("roles", "scopes"):
        values = given.get(name)
        if (
            not isinstance(values, list)
            or not values
            or not all(isinstance(v, str) for v in values)
        ):
            raise AccountRefused(f"{name}: a list of texts, one or more")
        lists.append(tuple(dict.fromkeys(values)))
    roles, scopes = lists
    if wrong := [scope for scope in scopes if not SCOPE.match(scope)]:
        raise AccountRefused(f"scopes: {wrong[0]!r} is no <service or resource>:read or :write")
    return client_id, region, roles, scopes
