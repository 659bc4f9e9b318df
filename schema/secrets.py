"""The deployment's own secrets, as the schema needs them: one value, made by the process."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secrets:
    """`signing_keys` are Ed25519 seeds of 32 bytes, the current one first (earlier ones still
    verify); `master_key` is 32 bytes and wraps the clients' data keys."""

    signing_keys: tuple[bytes, ...] = field(repr=False)
    master_key: bytes = field(repr=False)
