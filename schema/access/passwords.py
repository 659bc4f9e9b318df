"""Passwords: argon2id, off the event loop, with the same work for unknown names."""

from functools import cache

from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

# Source: RFC 9106's second recommendation, with OWASP's memory figure of 19 MiB and two passes.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _limiter() -> CapacityLimiter:
    return CapacityLimiter(2)  # each hash takes 19 MiB and a core


async def hash_password(password: str) -> str:
    """The argon2id hash, with its parameters and salt inside."""
    return await to_thread.run_sync(_hasher.hash, password, limiter=_limiter())


async def password_matches(password_hash: str | None, password: str) -> bool:
    """Whether `password` is the one; takes as long where there is no hash to compare with."""
    return await to_thread.run_sync(_matches, password_hash, password, limiter=_limiter())


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        return _hasher.verify(password_hash or _nobodys(), password) and password_hash is not None
    except (Argon2Error, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody's password, compared with so that unknown names take as long")
