"""Attendance certificates as Open Badges 3.0, verified by others' code and not by ours."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from jsonschema import Draft201909Validator
from jsonschema.exceptions import ValidationError
from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier

from triskel.activities import main
from triskel.activities.gateways.signing import Signer
from triskel.activities.settings import Settings
from triskel.chassis.service import create_app
from triskel.chassis.testing import Tokens, settings_for
from triskel.contracts.codes import Role

Platform = Any
DATA = Path(__file__).parent / "data"
SCHEMA = Draft201909Validator(
    json.loads((DATA / "ob_v3p0_achievementcredential_schema.json").read_text(encoding="utf-8"))
)
ADDRESS = "marie.curie@ecole.example"


def part(token: str, number: int) -> Any:
    text = token.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Held:
    """A masterclass that took place: two teachers came, one did not."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    async def take_place(self) -> None:
        platform = self.platform
        self.number = await platform.masterclass(3)
        await platform.put(self.number, "masterclass", "company", {"hours": 6})
        people = [str(uuid4()) for _ in range(3)]
        self.teacher = people[0]
        booked = [
            await platform.book(self.number, who, contact_id=contact)
            for who, contact in zip(("elsewhere", "teacher", "elsewhere"), people, strict=True)
        ]
        self.came, self.other, self.stayed_away = (each.json()["id"] for each in booked)
        self.contacts = {each.json()["id"]: each.json()["contact_id"] for each in booked}
        ticked = {"preconditions": ["programme-sent"]}
        assert (await platform.act(self.number, "confirm", "company", ticked)).status_code == 200
        platform.clock.advance(days=13)
        await platform.act(self.number, "start", "company")
        delivered = await self.report("deliver", [self.came, self.other])
        assert delivered.status_code == 200, delivered.text

    async def report(self, action: str, attended: list[str]) -> Any:
        counts = [{"audience": "teachers", "girls": 2, "boys": 1}]
        body = {"outcome": "full", "attendance": counts, "attended": attended}
        return await self.platform.act(self.number, action, "company", body)

    async def certificate(self, booking: str, who: str = "themselves", **headers: str) -> Any:
        """As anybody of the platform asks for it, or who has the booking."""
        path = f"/v1/activities/{self.number}/certificates/{booking}"
        themselves = who == "themselves"
        caller = self.person(self.contacts[booking]) if themselves else self.platform.who(who)
        return await self.platform.client.get(path, headers=caller | headers)

    def person(self, contact: str, tokens: Tokens | None = None, **more: str) -> dict[str, str]:
        found: dict[str, str] = (tokens or self.platform.tokens).bearer(
            *(Role.TEACHER,), organisation=self.platform.other, contact=contact, **more
        )
        return found

    async def fetched(self, url: str) -> Any:
        """What is at a public address, without any token."""
        base = self.platform.app.state.settings.public_url
        assert url.startswith(base)
        answer = await self.platform.client.get(url.removeprefix(base))
        assert answer.status_code == 200, answer.text
        return answer

    async def verifier(self, token: str) -> OB3Verifier:
        """As the standard says: the key is what `kid` leads to."""
        found = (await self.fetched(part(token, 0)["kid"])).json()
        return OB3Verifier(jwt.PyJWK(found).key)


@pytest.fixture
async def held(platform: Platform) -> Held:
    held = Held(platform)
    await held.take_place()
    return held


async def test_who_attended_has_a_certificate_that_an_independent_verifier_accepts(
    held: Held,
) -> None:
    answer = await held.certificate(held.came)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/vc+jwt")
    token = answer.text
    verifier = await held.verifier(token)
    credential = verifier.verify(token, expected_recipient=f"urn:uuid:{held.teacher}")
    assert credential.achievement.name == "Enseigner la photonique"
    payload = part(token, 1)
    SCHEMA.validate(payload)
    for claim, said in (
        ("iss", payload["issuer"]["id"]),
        ("sub", payload["credentialSubject"]["id"]),
        ("jti", payload["id"]),
    ):
        assert payload[claim] == said
    assert part(token, 0)["alg"] == "RS256"
    assert "6 h" in payload["credentialSubject"]["achievement"]["description"]
    profile = (await held.fetched(payload["issuer"]["id"])).json()
    assert profile["name"] == payload["issuer"]["name"]
    said = payload["credentialSubject"]["achievement"]
    hosted = (await held.fetched(said["id"])).json()
    assert {name: hosted[name] for name in said} == said
    keys = (await held.platform.client.get("/v1/badges/keys")).json()["keys"]
    assert [set(key) for key in keys] == [{"kty", "n", "e", "alg", "use", "kid"}]


async def test_a_tampered_certificate_is_refused_by_the_verifier_and_by_plain_rsa(
    held: Held,
) -> None:
    token = (await held.certificate(held.came)).text
    verifier = await held.verifier(token)
    found = (await held.fetched(part(token, 0)["kid"])).json()
    n, e = (int.from_bytes(raw(found[name])) for name in ("n", "e"))
    public = rsa.RSAPublicNumbers(e, n).public_key()
    signed, _, proof = token.rpartition(".")
    public.verify(raw(proof), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(InvalidSignature):
        public.verify(raw(proof), b"x" + signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    header, _, signature = token.split(".")
    forged = part(token, 1)
    forged["credentialSubject"]["id"] = forged["sub"] = f"urn:uuid:{uuid4()}"
    body = base64.urlsafe_b64encode(json.dumps(forged).encode()).decode().rstrip("=")
    for planted in (f"{header}.{body}.{signature}", token[:-8] + "AAAAAAAA"):
        with pytest.raises(OB3VerificationError):
            verifier.verify(planted)
    stranger = rsa.generate_private_key(65537, 2048)
    with pytest.raises(OB3VerificationError):
        verifier.verify(jwt.encode(part(token, 1), stranger, algorithm="RS256"))


def test_the_official_schema_finds_what_is_missing() -> None:
    with pytest.raises(ValidationError):
        SCHEMA.validate({"@context": ["https://www.w3.org/ns/credentials/v2"]})


async def test_a_corrected_attendance_voids_the_certificate_and_verifiers_learn_it(
    held: Held,
) -> None:
    token = (await held.certificate(held.came)).text
    verifier = await held.verifier(token)
    url = part(token, 1)["credentialStatus"]["statusListCredential"]

    async def check() -> None:
        published = (await held.fetched(url)).content
        verifier.verify(token, check_status=True, download=lambda _: published)

    await check()
    righted = await held.report("correct", [held.other])
    assert righted.status_code == 200, righted.text
    with pytest.raises(OB3VerificationError, match="revocation"):
        await check()
    refused = await held.certificate(held.came)
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:triskel:problem:certificate-revoked"
    other = (await held.certificate(held.other)).text
    published = (await held.fetched(url)).content
    verifier.verify(other, check_status=True, download=lambda _: published)


async def test_who_did_not_come_has_no_certificate(held: Held) -> None:
    for who in ("themselves", "coordinator"):
        absent = await held.certificate(held.stayed_away, who)
        assert absent.json()["type"] == "urn:triskel:problem:not-attended"
    assert (await held.certificate(str(uuid4()), "company")).status_code == 404


async def test_nobody_but_who_came_and_the_coordinator_gets_the_certificate(held: Held) -> None:
    """The host, a colleague or the head would have it made out to an address of their own."""
    own = {"Badge-Email": "mallory@entreprise.example"}
    for who in ("company", "elsewhere", "teacher", "authority"):
        answer = await held.certificate(held.came, who, **own)
        assert answer.status_code == 403, who
        assert answer.json()["type"] == "urn:triskel:problem:certificate-not-yours"
    assert (await held.certificate(held.came, "stranger", **own)).status_code == 403
    # another who came is somebody else, too
    path = f"/v1/activities/{held.number}/certificates/{held.came}"
    colleague = held.person(held.contacts[held.stayed_away])
    assert (await held.platform.client.get(path, headers=colleague | own)).status_code == 403
    # an issuer says who somebody is in its own region
    elsewhere = held.person(held.contacts[held.came], region="NL")
    assert (await held.platform.client.get(path, headers=elsewhere | own)).status_code in (401, 403)
    for who in ("themselves", "coordinator"):
        assert (await held.certificate(held.came, who)).status_code == 200


async def test_a_certificate_names_nobody_but_may_carry_a_salted_hash_of_an_address(
    held: Held,
) -> None:
    plain = part((await held.certificate(held.came)).text, 1)
    assert "identifier" not in plain["credentialSubject"]
    token = (await held.certificate(held.came, **{"Badge-Email": ADDRESS})).text
    payload = part(token, 1)
    SCHEMA.validate(payload)
    assert ADDRESS not in json.dumps(payload)
    (identity,) = payload["credentialSubject"]["identifier"]
    expected = hashlib.sha256((ADDRESS + identity["salt"]).encode()).hexdigest()
    assert identity["identityHash"] == f"sha256${expected}"
    refused = await held.certificate(held.came, **{"Badge-Email": "nobody"})
    assert (refused.status_code, refused.json()["errors"][0]["value"]) == (422, None)


async def test_an_activity_that_did_not_take_place_has_nothing_public(platform: Platform) -> None:
    number = await platform.masterclass(2)
    for what in ("achievements", "statuses"):
        answer = await platform.client.get(f"/v1/badges/{what}/{number}")
        assert answer.status_code == 404


async def test_a_deployment_without_a_key_says_so(platform: Platform) -> None:
    state = platform.app.state
    state.settings = state.settings.model_copy(update={"badge_key_file": None})
    certificate = f"/v1/activities/{uuid4()}/certificates/{uuid4()}"
    for path in (certificate, "/v1/badges/keys"):
        answer = await platform.client.get(path, headers=platform.who("company"))
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:triskel:problem:certificates-not-set-up"


def pem(key: Any) -> str:
    found: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return found.decode()


def test_an_earlier_key_stays_published_when_another_signs() -> None:
    first, second = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    public = first.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (earlier,) = Signer(pem(first)).public_keys
    rotated = Signer(pem(second) + public.decode())
    assert earlier in rotated.public_keys
    assert next(iter(rotated.public_keys)) != earlier


@pytest.mark.parametrize("text", ["", pem(ec.generate_private_key(ec.SECP256R1()))])
def test_a_start_with_a_key_that_cannot_sign_is_refused(
    tmp_path: Path, tokens: Tokens, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "key.pem"
    file.write_text(text)
    url = "postgresql://nobody@127.0.0.1:9/none"
    settings = settings_for(Settings, url, tokens, badge_key_file=file)
    with pytest.raises(SystemExit) as stopped:
        create_app(main.SPEC, settings, connect=False)
    assert stopped.value.code == 78
    assert "TRISKEL_BADGE_KEY_FILE is not usable" in capsys.readouterr().err
