"""A real Keycloak with our realm lets people and platforms in, and nobody else.

It needs an unpacked Keycloak (and Java), whose directory `TRISKEL_KEYCLOAK` names: `make keycloak`.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from triskel.chassis.client import ApiClient, rule_of
from triskel.chassis.service import create_app
from triskel.chassis.settings import TrustedIssuer
from triskel.chassis.testing import Tokens, client_of, settings_for
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.registry.main import SPEC
from triskel.sandbox.children import claim_port

REALM = Path(__file__).parents[1] / "deploy/keycloak/realm.json"
ADMIN = {"KC_BOOTSTRAP_ADMIN_USERNAME": "admin", "KC_BOOTSTRAP_ADMIN_PASSWORD": "of this test"}
PASSWORD = "of this test, too"


class Keycloak:
    """A server, as its administrator sees it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.issuer = f"{url}/realms/triskel"
        self.client = httpx.Client(timeout=None)

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Of our realm. A token of an administrator lives for a minute: each time a new one."""
        form = {"grant_type": "password", "client_id": "admin-cli", "username": "admin"}
        form |= {"password": ADMIN["KC_BOOTSTRAP_ADMIN_PASSWORD"]}
        master = f"{self.url}/realms/master/protocol/openid-connect/token"
        token = self.client.post(master, data=form).json()["access_token"]
        answer = self.client.request(
            method,
            f"{self.url}/admin/realms/triskel{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.is_success, answer.text
        return answer.json() if answer.content else answer.headers.get("Location", "")

    def token(self, **form: str) -> Any:
        """What the token endpoint answers."""
        return self.client.post(f"{self.issuer}/protocol/openid-connect/token", data=form).json()

    def client_id(self, name: str) -> str:
        (found,) = self.admin("GET", f"/clients?clientId={name}")
        known: str = found["id"]
        return known

    def platform(self, secret: str, **more: str) -> Any:
        form = {"client_id": "region-platform", "client_secret": secret}
        return self.token(grant_type="client_credentials", **form, **more)

    def new_secret(self) -> str:
        path = f"/clients/{self.client_id('region-platform')}/client-secret"
        secret: str = self.admin("POST", path)["value"]
        return secret

    def person(self, name: str, role: str) -> tuple[str, dict[str, str]]:
        """Somebody new in a role: their `sub`, and the header of their token. A client of this
        test alone takes passwords."""
        who = {"firstName": name, "lastName": "Exemple", "email": f"{name}@lycee.example"}
        who |= {"username": name, "enabled": True, "emailVerified": True}  # type: ignore[dict-item]
        password = {"type": "password", "value": PASSWORD, "temporary": False}
        subject = self.admin("POST", "/users", who | {"credentials": [password]}).rpartition("/")[2]
        known = self.admin("GET", f"/roles/{role}")
        self.admin("POST", f"/users/{subject}/role-mappings/realm", [known])
        return subject, self.signs_in(name, "by-password")

    def signs_in(self, name: str, client: str) -> dict[str, str]:
        form = {"grant_type": "password", "client_id": client, "username": name}
        return bearer(self.token(**form, password=PASSWORD))


def bearer(granted: Any) -> dict[str, str]:
    assert "access_token" in granted, granted
    return {"Authorization": f"Bearer {granted['access_token']}"}


@pytest.fixture(scope="module")
def keycloak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keycloak]:
    unpacked = os.environ.get("TRISKEL_KEYCLOAK")
    if not unpacked:
        pytest.skip("no Keycloak: TRISKEL_KEYCLOAK names the directory of an unpacked one")
    home = tmp_path_factory.mktemp("keycloak") / "server"
    shutil.copytree(unpacked, home)
    (home / "data/import").mkdir(parents=True)
    shutil.copy(REALM, home / "data/import/realm.json")
    port = claim_port(None, "Keycloak")
    listen = ["--http-host", "127.0.0.1", "--http-port", str(port)]
    log = home / "log"
    with log.open("w") as written:
        server = subprocess.Popen(
            [home / "bin/kc.sh", "start-dev", "--import-realm", *listen],
            env=os.environ | ADMIN | {"JAVA_OPTS_APPEND": "-Xmx512m"},
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    known = Keycloak(f"http://127.0.0.1:{port}")
    try:
        while not _answers(known):
            assert server.poll() is None, log.read_text()
            time.sleep(0.5)
        by_password = {"clientId": "by-password", "publicClient": True}
        known.admin(
            "POST",
            "/clients",
            by_password | {"directAccessGrantsEnabled": True, "defaultClientScopes": ["triskel"]},
        )
        strange = {"clientId": "of-another-service", "publicClient": True}
        known.admin(
            "POST",
            "/clients",
            strange | {"directAccessGrantsEnabled": True, "defaultClientScopes": []},
        )
        yield known
    finally:
        known.client.close()
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def _answers(keycloak: Keycloak) -> bool:
    try:
        return keycloak.client.get(keycloak.issuer).is_success
    except httpx.TransportError:
        return False


@pytest.fixture
async def registry(keycloak: Keycloak, fresh_database: FreshDatabase) -> AsyncIterator[ApiClient]:
    """It trusts this Keycloak alone, as the page says, and fetches its keys."""
    certs = f"{keycloak.issuer}/protocol/openid-connect/certs"
    trusted = TrustedIssuer(issuer=keycloak.issuer, jwks_url=certs, regions=("FRH0",))
    url = await fresh_database(SPEC.migrations)
    settings = settings_for(SPEC.settings, url, Tokens(), issuers=(trusted,))
    app: FastAPI = create_app(SPEC, settings, connect=False)
    async with client_of(app) as client:
        yield client


SCHOOL = {"kind": "school", "names": {"fr": "Lycée Exemple"}}


async def test_a_platform_reaches_what_its_scopes_name_until_its_secret_changes_or_it_ends(
    keycloak: Keycloak, registry: ApiClient
) -> None:
    secret = keycloak.new_secret()
    reading = bearer(keycloak.platform(secret))
    writing = bearer(keycloak.platform(secret, scope="registry:write"))
    assert (await registry.get("/v1/organisations", headers=reading)).status_code == 200
    refused = await registry.post("/v1/organisations", json=SCHOOL, headers=reading)
    assert (refused.status_code, rule_of(refused)) == (403, "scope-missing")
    made = await registry.post("/v1/organisations", json=SCHOOL, headers=writing)
    assert made.status_code == 201, made.text
    assert keycloak.platform(secret, scope="contacts:read")["error"] == "invalid_scope"
    # when it last called is seen
    (last, *_) = keycloak.admin("GET", "/events?type=CLIENT_LOGIN&client=region-platform")
    assert last["time"] > 0
    rotated = keycloak.new_secret()
    assert keycloak.platform(secret)["error"] == "unauthorized_client"
    assert "access_token" in keycloak.platform(rotated)
    path = f"/clients/{keycloak.client_id('region-platform')}"
    known = keycloak.admin("GET", path)
    keycloak.admin("PUT", path, known | {"enabled": False})
    assert "error" in keycloak.platform(rotated)
    keycloak.admin("PUT", path, known)


async def test_a_person_acts_for_a_school_once_they_are_its_member_and_not_by_another_token(
    keycloak: Keycloak, registry: ApiClient
) -> None:
    _, coordinator = keycloak.person("coco", "coordinator")
    subject, anne = keycloak.person("anne", "head")
    school = await registry.post("/v1/organisations", json=SCHOOL, headers=coordinator)
    assert school.status_code == 201, school.text
    people = f"/v1/contacts?organisation_id={school.json()['id']}"
    assert (await registry.get(people, headers=anne)).status_code == 403
    granted = {"organisation_id": school.json()["id"], "issuer": keycloak.issuer}
    granted |= {"subject": subject, "roles": ["head"]}
    made = await registry.post("/v1/memberships", json=granted, headers=coordinator)
    assert made.status_code == 201, made.text
    assert (await registry.get(people, headers=anne)).status_code == 200
    (own,) = (await registry.get("/v1/me", headers=anne)).json()["memberships"]
    assert own["roles"] == ["head"]
    # a token that Keycloak gave for another service is none here, nor is one without a region
    elsewhere = keycloak.signs_in("anne", "of-another-service")
    assert (await registry.get("/v1/me", headers=elsewhere)).status_code == 401
    master = f"{keycloak.url}/realms/master/protocol/openid-connect/token"
    form = {"grant_type": "password", "client_id": "admin-cli", "username": "admin"}
    form |= {"password": ADMIN["KC_BOOTSTRAP_ADMIN_PASSWORD"]}
    administrator = bearer(keycloak.client.post(master, data=form).json())
    assert (await registry.get("/v1/me", headers=administrator)).status_code == 401
