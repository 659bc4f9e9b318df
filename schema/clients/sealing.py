"""Identity and clinical free text, sealed: AES-256-GCM under a data key of each client's own.

The data key is wrapped by the deployment's master key. Associated data is the clinic and the row,
so that a ciphertext copied to another row does not open. Without its data key a client is erased.
"""

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schema.clients.rules import Identity

KEY_BYTES, NONCE_BYTES = 32, 12
#: Crockford's base 32: no I, L, O or U, so that nobody misreads a code.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREAD = str.maketrans("ILO", "110", " -")
CODE_LENGTH, LINK_CODE_LENGTH = 7, 12


@dataclass(frozen=True, slots=True)
class DataKey:
    """A client's key. `wrapped` is what is stored of it."""

    clinic_id: UUID
    key: bytes
    wrapped: bytes

    def seal(self, row_id: UUID, words: str) -> bytes:
        """`words` for this row alone."""
        return _encrypt(self.key, words.encode(), _bound(self.clinic_id, row_id))

    def unseal(self, row_id: UUID, sealed: bytes) -> str:
        return _decrypt(self.key, sealed, _bound(self.clinic_id, row_id)).decode()


def new_data_key(master_key: bytes, clinic_id: UUID, client_id: UUID) -> DataKey:
    """A random key for a new client."""
    key = AESGCM.generate_key(KEY_BYTES * 8)
    wrapped = _encrypt(master_key, key, _bound(clinic_id, client_id))
    return DataKey(clinic_id, key, wrapped)


def open_data_key(master_key: bytes, clinic_id: UUID, client_id: UUID, wrapped: bytes) -> DataKey:
    """The key of a client."""
    key = _decrypt(master_key, wrapped, _bound(clinic_id, client_id))
    return DataKey(clinic_id, key, wrapped)


def identity_text(identity: Identity) -> str:
    """The identity as the text that is sealed."""
    return json.dumps(asdict(identity), default=date.isoformat)


def identity_of(text: str) -> Identity:
    """The identity that a text says."""
    fields = json.loads(text)
    born_on = fields.pop("born_on")
    return Identity(**fields, born_on=date.fromisoformat(born_on) if born_on else None)


def email_index(master_key: bytes, clinic_id: UUID, email: str) -> bytes:
    """What finds a client by exact address in one clinic, and tells nothing across clinics."""
    return _keyed_hash(master_key, "client email", clinic_id.bytes + email.encode())


def link_code_hash(master_key: bytes, code: str) -> bytes:
    """What is stored of a link code, however it was typed."""
    return _keyed_hash(master_key, "link code", code.upper().translate(MISREAD).encode())


def new_code(prefix: str) -> str:
    """A human-readable code, such as `C-7K3M9QX`: random, so that it tells no numbers."""
    return f"{prefix}-{_random(CODE_LENGTH)}"


def new_link_code() -> str:
    """A code of 60 random bits, in groups that can be read out."""
    code = _random(LINK_CODE_LENGTH)
    return "-".join(code[start : start + 4] for start in range(0, LINK_CODE_LENGTH, 4))


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _bound(clinic_id: UUID, row_id: UUID) -> bytes:
    return clinic_id.bytes + row_id.bytes


def _keyed_hash(master_key: bytes, purpose: str, value: bytes) -> bytes:
    key = hmac.digest(master_key, purpose.encode(), hashlib.sha256)
    return hmac.digest(key, value, hashlib.sha256)


def _encrypt(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def _decrypt(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
