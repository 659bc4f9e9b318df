"""Partners' API keys: `frn_live_<id>_<secret><crc>`.

The id finds the row, the secret is compared by its SHA-256 in constant time, and the checksum lets
secret scanners and typing errors be told from keys without a database.
"""

import hashlib
import hmac
import secrets
import string
import zlib
from dataclasses import dataclass

PREFIX = "frn_live_"
ALPHABET = string.digits + string.ascii_letters
ID_LENGTH, SECRET_LENGTH, CHECK_LENGTH = 12, 32, 6


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key in its parts; `text` is what the partner sends."""

    key_id: str
    secret: str

    @property
    def text(self) -> str:
        body = f"{PREFIX}{self.key_id}_{self.secret}"
        return body + _checksum(body)

    @property
    def secret_hash(self) -> str:
        """What is stored. A fast hash suffices: the secret has 190 random bits."""
        return hashlib.sha256(self.secret.encode()).hexdigest()


def new_api_key() -> ApiKey:
    """A key nobody has seen."""
    return ApiKey(_random(ID_LENGTH), _random(SECRET_LENGTH))


def parse_api_key(text: str) -> ApiKey | None:
    """The key's parts; None unless `text` is a whole key with the right checksum."""
    key_id, _, rest = text.removeprefix(PREFIX).partition("_")
    key = ApiKey(key_id, rest[:-CHECK_LENGTH])
    well_formed = text.isascii() and len(key_id) == ID_LENGTH and len(key.secret) == SECRET_LENGTH
    return key if well_formed and hmac.compare_digest(key.text, text) else None


def secret_matches(secret_hash: str, key: ApiKey) -> bool:
    return hmac.compare_digest(secret_hash, key.secret_hash)


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECK_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
