"""A network's clients: nobody who ever lived, and sealed all the same."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.seed.network.copying import Sheets
from api.seed.network.ids import code
from schema.clients.models import ClientRow
from schema.clients.rules import Identity
from schema.clients.sealing import KEY_BYTES, NONCE_BYTES, email_index, identity_text

GIVEN = ("Ada", "Bo", "Cleo", "Dara", "Eli", "Fay", "Gus", "Hana", "Ivo", "Jun", "Kai", "Lia")
FAMILY = ("Abbot", "Birch", "Cray", "Dunn", "Elm", "Frost", "Gale", "Hurst", "Ives", "Juno", "Kerr")
FIRST_BIRTHDAY, BIRTHDAYS = date(1945, 1, 1), 60 * 365


class Guests:
    """Writes clients onto the sheets, each with a data key of its own.

    Keys and nonces come from the random seed, so that the rows repeat: good enough for people who
    were made up, and for nobody else.
    """

    def __init__(
        self, sheets: Sheets, random: Random, numbers: Iterator[int], ids: Iterator[UUID],
        master_key: bytes,
    ) -> None:  # fmt: skip
        self.sheets, self.random, self.numbers, self.ids = sheets, random, numbers, ids
        self.master_key, self.master = master_key, AESGCM(master_key)

    def register(self, clinic_id: UUID) -> tuple[UUID, int]:
        """One more client of a clinic: the id and the number in the calendar."""
        client_id, number = next(self.ids), next(self.numbers)
        key = self.random.randbytes(KEY_BYTES)
        who = self._identity(number)
        bound_to = clinic_id.bytes + client_id.bytes
        self.sheets.add(
            ClientRow,
            id=client_id,
            clinic_id=clinic_id,
            code=code(self.random, "C"),
            resource_no=number,
            data_key=self._sealed(self.master, key, bound_to),
            identity=self._sealed(AESGCM(key), identity_text(who).encode(), bound_to),
            email_index=email_index(self.master_key, clinic_id, who.email or ""),
        )
        return client_id, number

    def _identity(self, number: int) -> Identity:
        given, family = self.random.choice(GIVEN), self.random.choice(FAMILY)
        return Identity(
            given_name=given,
            family_name=family,
            email=f"{given}.{family}.{number}@example.com".lower(),
            born_on=FIRST_BIRTHDAY + timedelta(days=self.random.randrange(BIRTHDAYS)),
        )

    def _sealed(self, key: AESGCM, plain: bytes, bound_to: bytes) -> bytes:
        """As `schema.clients.sealing` writes and opens it, but with a nonce that repeats."""
        nonce = self.random.randbytes(NONCE_BYTES)
        return nonce + key.encrypt(nonce, plain, bound_to)
