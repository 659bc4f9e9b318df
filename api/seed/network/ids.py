"""Identifiers and codes that a random seed repeats."""

from collections.abc import Iterator
from random import Random
from uuid import UUID

#: When all these rows are said to be made, in milliseconds since 1970: 2025-01-01.
EPOCH_MS = 1_735_689_600_000
VERSION, VARIANT = 0x7 << 76, 0b10 << 62
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def stream(random_seed: int, name: str) -> Random:
    """The random numbers of one part of a network; no part disturbs another."""
    return Random(f"{random_seed}/{name}")


def ids(random: Random) -> Iterator[UUID]:
    """UUIDv7s, strictly ascending, 4,096 of them to a millisecond: the rest is random."""
    count = EPOCH_MS << 12
    while True:
        milliseconds, within = divmod(count, 4096)
        yield UUID(
            int=milliseconds << 80 | VERSION | within << 64 | VARIANT | random.getrandbits(62)
        )
        count += 1


def code(random: Random, prefix: str) -> str:
    """A code as clients and courses have: `C-7K3M9QX`."""
    return f"{prefix}-{''.join(random.choices(ALPHABET, k=7))}"
