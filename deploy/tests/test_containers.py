"""The compose file as a laptop runs it, asked over its published ports by `make containers`.

A stack of containers is slow to start, so these tests share one; each makes its own organisations.
"""

import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest

from triskel.chassis.headers import ORGANISATION_HEADER
from triskel.cli.stack import FIXED_PORTS, SERVICE_PORTS
from triskel.contracts.codes import Role
from triskel.contracts.people_codes import MEMBER_AS

pytestmark = [
    pytest.mark.containers,
    pytest.mark.skipif(
        "TRISKEL_COMPOSE" not in os.environ, reason="needs a Docker engine: run `make containers`"
    ),
]
# a guard against waiting for ever, not a measure: images start on a busy machine too
PATIENCE_SECONDS = 300


def compose(*words: str) -> str:
    command = [*shlex.split(os.environ["TRISKEL_COMPOSE"]), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def eventually(ask: Callable[[], Any], holds: Callable[[Any], bool] = bool) -> Any:
    """The first answer that holds; while a service is away there is none."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    found: Any = None
    while time.monotonic() < deadline:
        try:
            if holds(found := ask()):
                return found
        except httpx.HTTPError as error:
            found = error
        time.sleep(0.5)
    raise AssertionError(f"still not: {found!r}")


class Platform:
    """Somebody who may do what the journeys need, at the published ports."""

    def __init__(self) -> None:
        self._http = httpx.Client(timeout=30)
        self._secret = compose("exec", "-T", "issuer", "cat", "/keys/client-secret").strip()

    def close(self) -> None:
        self._http.close()

    def _token(self, role: str) -> str:
        form = {"grant_type": "client_credentials", "client_id": "triskel", "roles": role}
        form |= {"client_secret": self._secret, "subject": role, "region": "FRH0"}
        answer = self._http.post(f"http://127.0.0.1:{FIXED_PORTS.issuer}/token", data=form)
        return str(answer.raise_for_status().json()["access_token"])

    def make(
        self, service: str, path: str, body: Any, role: str = "coordinator", **more: str
    ) -> Any:
        """What a POST gives. It is asked again, with its key, until others know what it takes. With
        an `organisation` the caller is made its member first."""
        headers = {"Idempotency-Key": str(uuid4()), **more}
        unheard = {404, 409, 503}
        if organisation := headers.pop("organisation", None):
            self._let_in(role, organisation)
            headers[ORGANISATION_HEADER] = organisation
            unheard.add(403)

        def ask() -> httpx.Response:
            headers["Authorization"] = f"Bearer {self._token(role)}"
            return self._http.post(url(service) + path, json=body, headers=headers)

        answer = eventually(ask, lambda answer: answer.status_code not in unheard)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def _let_in(self, role: str, organisation: str) -> None:
        issuer = jwt.decode(self._token(role), options={"verify_signature": False})["iss"]
        body = {"organisation_id": organisation, "issuer": issuer, "subject": role}
        body |= {"roles": [MEMBER_AS[Role(role)]]}
        headers = {"Authorization": f"Bearer {self._token('coordinator')}"}
        headers["Idempotency-Key"] = f"{role} of {organisation}"
        path = url("registry") + "/v1/memberships"
        answer = self._http.post(path, json=body, headers=headers)
        assert answer.status_code == 201, answer.text

    def organisation(self, kind: str, **more: Any) -> str:
        body = {"kind": kind, "names": {"fr": f"Essai {uuid4().hex[:8]}"}} | more
        return str(self.make("registry", "/v1/organisations", body)["id"])

    def school(self) -> str:
        return self.organisation("school", levels=["3"], pupils=400)

    def schools_counted(self) -> int:
        """The denominator of the share of schools that took part."""
        path = "/v1/figures?indicator=school-coverage&by=total"
        rows = self._http.get(url("metrics") + path).raise_for_status().json()["items"]
        return max((row["denominator"] for row in rows), default=0)

    def mails(self, address: str) -> list[str]:
        """The texts of mailpit's mails to an address."""
        pit = f"http://127.0.0.1:{FIXED_PORTS.mail_page}/api/v1"
        found = self._http.get(f"{pit}/search", params={"query": f'to:"{address}"'})
        each = found.raise_for_status().json()["messages"]
        return [self._http.get(f"{pit}/message/{mail['ID']}").json()["Text"] for mail in each]


def url(service: str) -> str:
    return f"http://127.0.0.1:{SERVICE_PORTS[service]}"


def everybody_is_ready() -> bool:
    return all(httpx.get(f"{url(name)}/readyz").status_code == 200 for name in SERVICE_PORTS)


def inspected(service: str, what: str) -> str:
    container = compose("ps", "--all", "--quiet", service).strip()
    command = ["docker", "inspect", "--format", f"{{{{.State.{what}}}}}", container]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def kill(service: str) -> None:
    """A crash, as the engine sees it: the process is killed, not the container stopped."""
    image = f"triskel/cli:{os.environ['TRISKEL_VERSION']}"
    run = ["docker", "run", "--rm", "--pid=host", "--user=0", "--network=none", "--entrypoint=sh"]
    subprocess.run([*run, image, "-c", f"kill -9 {inspected(service, 'Pid')}"], check=True)


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    eventually(everybody_is_ready)
    platform = Platform()
    yield platform
    platform.close()


@pytest.fixture(scope="module")
def counted(platform: Platform) -> Platform:
    """A year that has an activity, so that metrics tells figures of it."""
    invite(platform)
    return platform


def invite(platform: Platform) -> tuple[str, str, str]:
    """(id, the host's address, the invited person's): a school asks a company for an activity."""
    school, company = platform.school(), platform.organisation("company")
    host, invited = (f"{name}.{uuid4().hex[:8]}@example.org" for name in ("bob", "eve"))
    person = {"organisation_id": company, "name": "Bob Personne", "roles": ["company"]}
    agreed = {"email": host, "consent_given_on": "2025-09-30"}
    platform.make("registry", "/v1/contacts", person | agreed)
    platform.make("registry", "/v1/contacts", person | {"email": invited})
    draft = {"format": "parents-day", "title": "Une soirée", "school_year": "2026-2027"}
    draft |= {"host_id": company, "school_id": school}
    who = {"role": "teacher", "organisation": school}
    known = platform.make("activities", "/v1/activities", draft, **who)
    path, version = f"/v1/activities/{known['id']}/propose", f'"{known["version"]}"'
    platform.make("activities", path, None, **who, **{"If-Match": version})
    return str(known["id"]), host, invited


def test_a_request_over_a_published_port_becomes_a_figure_and_mails_with_links(
    platform: Platform,
) -> None:
    activity, host, invited = invite(platform)
    (asked,) = eventually(lambda: platform.mails(host))
    assert f"{url('activities')}/activity/{activity}" in asked
    (invitation,) = eventually(lambda: platform.mails(invited))
    assert f"{url('registry')}/confirm?token=" in invitation
    before = eventually(platform.schools_counted)
    platform.school()
    assert eventually(platform.schools_counted, lambda now: now > before) == before + 1


def test_the_key_of_certificates_was_made_outside_the_image_and_is_the_same_after_a_start(
    platform: Platform,
) -> None:
    look = ("exec", "-T", "activities", "cat", "/keys/badge-key.pem")
    key = compose(*look)
    assert "PRIVATE KEY" in key
    compose("up", "--no-build", "--detach", "badge-key")
    assert compose(*look) == key
    bare = ["docker", "run", "--rm", "--network=none", "--entrypoint=ls"]
    image = f"triskel/activities:{os.environ['TRISKEL_VERSION']}"
    inside = subprocess.run([*bare, image, "-A", "/keys"], capture_output=True, text=True)
    assert inside.stdout == ""


@pytest.mark.parametrize("service", SERVICE_PORTS)
def test_an_image_brings_the_bytecode_of_every_module_that_a_start_loads(service: str) -> None:
    program = (
        f"import sys, os, importlib.util as u; import triskel.{service}.main; "
        "files = [getattr(m, '__file__', None) or '' for m in sys.modules.values()]; "
        "print([f for f in files if f.endswith('.py')"
        " and not os.path.exists(u.cache_from_source(f))])"
    )
    assert compose("exec", "-T", service, "python", "-c", program).strip() == "[]"


@pytest.mark.parametrize("service", ["metrics", "registry"])
def test_a_service_that_is_killed_comes_back_and_nothing_is_lost(
    counted: Platform, service: str
) -> None:
    before = eventually(counted.schools_counted)
    counted.school()
    started = inspected(service, "StartedAt")
    kill(service)
    # the registry's callers ask again until it is back; the figures hear what was said meanwhile
    for _ in range(3):
        counted.school()
    eventually(lambda: inspected(service, "StartedAt") != started)
    eventually(everybody_is_ready)
    assert eventually(counted.schools_counted, lambda now: now >= before + 4) == before + 4


def test_after_the_machine_s_engine_is_restarted_everything_is_there_and_goes_on(
    counted: Platform,
) -> None:
    restart = os.environ.get("TRISKEL_RESTART_ENGINE")
    if not restart:
        pytest.skip("TRISKEL_RESTART_ENGINE does not say how this machine's engine is restarted")
    before = eventually(counted.schools_counted)
    counted.school()
    kept = ("postgres", "kafka", "mailpit", "issuer", *SERVICE_PORTS)
    started = {name: inspected(name, "StartedAt") for name in kept}
    subprocess.run(shlex.split(restart), check=True)
    eventually(everybody_is_ready)
    eventually(lambda: all(inspected(name, "StartedAt") != started[name] for name in kept))
    counted.school()
    assert eventually(counted.schools_counted, lambda now: now >= before + 2) == before + 2
