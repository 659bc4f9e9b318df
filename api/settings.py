"""The environment, read once into one frozen value; nothing else reads os.environ."""

import base64
import binascii
import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from api.errors import CannotProceed
from schema.access.rules import ActorKind
from schema.secrets import Secrets

ROOT = Path(__file__).parent.parent


def open_to_all(folder: Path) -> bool:
    """Whether every user may reach what is in `folder`."""
    return all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


def _data_folder() -> Path:
    """In the project; where that is root's alone, a place which PostgreSQL's user can reach."""
    if os.geteuid() or open_to_all(ROOT):
        return ROOT / ".data"
    return Path("/var/lib/clinic-franchise") / hashlib.sha256(bytes(ROOT)).hexdigest()[:12]


def key_bytes(text: str) -> bytes:
    """The 32 bytes that `text` holds in base64. Raises: ValueError."""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise ValueError("needs 32 bytes in base64; `openssl rand -base64 32` makes them")
    return key


def _keys(value: SecretStr) -> SecretStr:
    for each in value.get_secret_value().split(","):
        key_bytes(each)
    return value


Key = Annotated[SecretStr, AfterValidator(_keys)]


def _kinds(text: object) -> object:
    if not isinstance(text, str):
        return text
    callers = {each.value for each in ActorKind} - {ActorKind.SYSTEM}
    told = [each.strip().upper() for each in text.split(",")]
    if unknown := set(told) - callers:
        raise ValueError(f"knows no {min(unknown)}; the kinds are {', '.join(sorted(callers))}")
    return frozenset(map(ActorKind, told))


Kinds = Annotated[frozenset[ActorKind], NoDecode, BeforeValidator(_kinds)]


class Settings(BaseSettings):
    """Each field is an environment variable of the same name in capitals; an empty one is unset."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True)

    database_url: str | None = Field(
        default=None, description="PostgreSQL 15 to 18, as a role that owns."
    )
    api_database_url: str | None = Field(
        default=None, description="The same database, as the API's role."
    )
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    data_folder: Path = Field(
        default_factory=_data_folder, description="The embedded server's data and secrets."
    )
    signing_keys: Key | None = Field(
        default=None, description="Sign tokens; newest first, by commas."
    )
    master_key: Key | None = Field(default=None, description="Wraps the clients' data keys.")
    graphiql: bool | None = Field(
        default=None, description="GraphiQL for browsers; unset: in the demo."
    )

    trusted_documents: Path | None = Field(
        default=None, description="JSON of `trust-documents`: texts by their hashes."
    )
    trusted_only: Kinds = Field(
        default=frozenset(),
        description="Kinds of callers who may ask by trusted documents alone, by commas: NOBODY,"
        " PARTNER, PERSON.",
    )
    metrics_token: SecretStr | None = Field(
        default=None, min_length=16, description="Who shows it reads /metrics; unset: nobody does."
    )

    @classmethod
    def read(cls) -> Self:
        """The settings. Raises: CannotProceed, naming the variable that makes no sense."""
        try:
            return cls()
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            name = str(first["loc"][0]).upper()
            raise CannotProceed(f"{name}: {first['msg'].removeprefix('Value error, ')}.") from None

    def shown_metrics_token(self) -> str | None:
        return self.metrics_token.get_secret_value() if self.metrics_token else None

    @property
    def embedded(self) -> bool:
        """Whether the program brings its own PostgreSQL."""
        return self.database_url is None

    def secrets(self) -> Secrets:
        """The deployment's secrets, given or, beside the embedded server, made once and kept.

        Raises: CannotProceed where DATABASE_URL is given without them: a secret that is lost with a
        container would take every client's data with it.
        """
        if self.signing_keys and self.master_key:
            return _secrets(
                self.signing_keys.get_secret_value(), self.master_key.get_secret_value()
            )
        if not self.embedded:
            raise CannotProceed(
                "DATABASE_URL needs SIGNING_KEYS and MASTER_KEY beside it:"
                " make each with `openssl rand -base64 32` and keep them."
            )
        kept = _kept(self.data_folder / "secrets.json")
        return _secrets(kept["signing_keys"], kept["master_key"])


def _secrets(signing_keys: str, master_key: str) -> Secrets:
    return Secrets(tuple(map(key_bytes, signing_keys.split(","))), key_bytes(master_key))


def _kept(path: Path) -> dict[str, str]:
    """What the file holds; made first, readable by its owner only, where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with open(handle, "w") as file:
            names = ("signing_keys", "master_key")
            json.dump({each: base64.b64encode(token_bytes(32)).decode() for each in names}, file)
    kept: dict[str, str] = json.loads(path.read_text())
    return kept
