"""Access tokens: short-lived JWTs, signed with Ed25519."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from time import time
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LIFETIME = timedelta(minutes=10)
ISSUER = "clinic-franchise"
EXPIRED = "The access token has expired; sign in again."


class TokenRefused(Exception):
    """Not a token of ours, or one that has expired."""


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 key by its 32-byte seed."""

    seed: bytes

    @cached_property
    def private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @cached_property
    def kid(self) -> str:
        """The key's name in a token's header: it tells keys apart while one replaces another."""
        public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return base64.urlsafe_b64encode(hashlib.sha256(public).digest()[:9]).decode()


@lru_cache(maxsize=16)
def _key(seed: bytes) -> SigningKey:
    return SigningKey(seed)


def issue_token(seeds: Sequence[bytes], person_id: UUID, now: datetime) -> tuple[str, datetime]:
    """A token for a person, signed with the first key, and the instant it expires."""
    key, expires_at = _key(seeds[0]), now + LIFETIME
    claims = {"iss": ISSUER, "sub": str(person_id), "iat": now, "exp": expires_at}
    return jwt.encode(claims, key.private, "EdDSA", headers={"kid": key.kid}), expires_at


def person_of_token(seeds: Sequence[bytes], token: str) -> UUID:
    """Whose token it is. Raises: TokenRefused."""
    person_id, expires = _verified(tuple(seeds), token)
    if expires <= time():
        raise TokenRefused(EXPIRED)
    return person_id


@lru_cache(maxsize=10_000)
def _verified(seeds: tuple[bytes, ...], token: str) -> tuple[UUID, float]:
    """Whose token it is, and when it expires; a signature that was right once is right for ever.

    Raises: TokenRefused.
    """
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = next((each for each in map(_key, seeds) if each.kid == kid), None)
        if key is None:
            raise TokenRefused("The access token was signed with another key; sign in again.")
        claims = jwt.decode(
            token,
            key.private.public_key(),
            algorithms=["EdDSA"],
            issuer=ISSUER,
            options={"require": ["exp", "iat", "sub"]},
        )
        return UUID(claims["sub"]), float(claims["exp"])
    except jwt.ExpiredSignatureError as error:
        raise TokenRefused(EXPIRED) from error
    except (jwt.InvalidTokenError, ValueError) as error:
        raise TokenRefused("This is not an access token of this server.") from error
