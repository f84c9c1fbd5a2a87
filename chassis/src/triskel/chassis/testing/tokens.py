"""Tokens that are really signed and really checked; the key set is served in process."""

import time
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from triskel.chassis.settings import TrustedIssuer
from triskel.contracts.codes import Role


class Tokens:
    """An issuer for tests. `fetch` is what an `Authenticator` takes to get its keys."""

    def __init__(self, issuer: str = "https://issuer.test", *regions: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.issuer = TrustedIssuer(
            issuer=issuer, jwks_url=f"{issuer}/jwks.json", regions=regions or ("FRH0",)
        )

    async def fetch(self, url: str) -> dict[str, Any]:
        public = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [public | {"kid": "test", "alg": "ES256", "use": "sig"}]}

    def token(
        self,
        *roles: Role | str,
        region: str = "FRH0",
        organisation: UUID | str | None = None,
        subject: str | None = None,
        **claims: Any,
    ) -> str:
        """With an `organisation` it is for who is a member of it: `client_of` makes them one.
        Without a `subject` everybody in a role there is one person."""
        now = int(time.time())
        known: dict[str, Any] = {
            "iss": self.issuer.issuer,
            "aud": "triskel",
            "sub": subject or "-".join(["somebody", *map(str, roles), str(organisation)]),
            "iat": now,
            "nbf": now,
            "exp": now + 600,
            "roles": [str(role) for role in roles],
            "region": region,
        }
        if organisation is not None:
            known["organisation"] = str(organisation)
        return jwt.encode(known | claims, self.key, algorithm="ES256", headers={"kid": "test"})

    def bearer(self, *roles: Role | str, **claims: Any) -> dict[str, str]:
        """The header of a caller."""
        return {"Authorization": f"Bearer {self.token(*roles, **claims)}"}
