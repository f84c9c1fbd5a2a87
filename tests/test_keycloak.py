"""The realm for Keycloak gives the claims that the services read, and the page names the same."""

import copy
import json
import re
from pathlib import Path
from typing import Any

from triskel.chassis.auth import Authenticator
from triskel.chassis.auth.scopes import scopes_in
from triskel.chassis.auth.tokens import claims_read
from triskel.chassis.settings import ServiceSettings
from triskel.chassis.testing import Tokens
from triskel.contracts.codes import Role

ROOT = Path(__file__).parents[1]
REALM: dict[str, Any] = json.loads((ROOT / "deploy/keycloak/realm.json").read_text())
PAGE = (ROOT / "docs/how-to/keycloak.md").read_text()
BY_ITSELF = {"iss", "exp", "iat", "scope"}
"""What Keycloak puts into every access token; it sets no `nbf`, which may be missing."""


def given_by(realm: dict[str, Any]) -> dict[str, Any]:
    """The claims that the realm's mappers make, for a teacher."""
    (scope,) = (each for each in realm["clientScopes"] if each["name"] == "triskel")
    found: dict[str, Any] = {}
    for mapper in scope["protocolMappers"]:
        config = mapper["config"]
        assert config["access.token.claim"] == "true", mapper["name"]
        match mapper["protocolMapper"]:
            case "oidc-sub-mapper":
                found["sub"] = "7f0c1d3e-8f35-4a51-9b0e-3f1d7c2b9a10"
            case "oidc-audience-mapper":
                found["aud"] = ["account", config["included.custom.audience"]]
            case "oidc-usermodel-realm-role-mapper":
                assert config["multivalued"] == "true"
                found[config["claim.name"]] = ["teacher", "default-roles-triskel"]
            case "oidc-hardcoded-claim-mapper":
                found[config["claim.name"]] = config["claim.value"]
            case other:
                raise AssertionError(f"what does {other} give?")
    return found


def missing(realm: dict[str, Any]) -> set[str]:
    return claims_read() - BY_ITSELF - {"nbf"} - given_by(realm).keys()


def test_the_realm_gives_every_claim_that_is_read() -> None:
    assert missing(REALM) == set()
    for client in REALM["clients"]:
        assert "triskel" in client["defaultClientScopes"]
    without = copy.deepcopy(REALM)
    without["clientScopes"][0]["protocolMappers"].pop()
    assert missing(without) == {"region"}


async def test_a_token_with_the_claims_of_the_realm_lets_in() -> None:
    tokens = Tokens()
    audience = ServiceSettings.model_fields["audience"].default
    claims = given_by(REALM) | {"scope": "openid profile"}
    token = tokens.token(**{"subject": claims.pop("sub"), **claims})
    authenticator = Authenticator((tokens.issuer,), audience, tokens.fetch)
    caller = await authenticator.caller(f"Bearer {token}")
    assert (caller.region, caller.roles, caller.scopes) == ("FRH0", {Role.TEACHER}, None)


def test_the_page_names_the_claims_that_are_read_and_no_others() -> None:
    named = re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE)
    assert set(named) == claims_read()


def test_the_realms_roles_and_scopes_are_ours() -> None:
    roles = {role["name"] for role in REALM["roles"]["realm"]}
    assert roles == set(Role) - {Role.SYSTEM}
    scopes = {each["name"] for each in REALM["clientScopes"]} - {"triskel"}
    assert scopes_in(" ".join(scopes)) == scopes
