"""Slot tokens: what a search offered to a caller, sealed, so that it can be booked as it is.

Nothing of them is stored. A token is encrypted under a key of its own, derived from the master key,
and is good for its caller alone and for a quarter of an hour.
"""

import json
from base64 import urlsafe_b64encode
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from schema.access.rules import Actor
from schema.intervals import EPOCH
from schema.protocols.rules import CourseSeverity, Variant
from schema.scheduling.rules.slots import TOKEN_LIFETIME, Slot, SlotTokenRefused
from schema.secrets import Secrets

LONGEST_TOKEN = 4000


def seal_slot(secrets: Secrets, slot: Slot, actor: Actor, now: datetime) -> str:
    """The token by which `actor` books `slot` as it was offered."""
    written = json.dumps(_written(slot, actor), separators=(",", ":")).encode()
    return _fernet(secrets.master_key).encrypt_at_time(written, int(now.timestamp())).decode()


def open_slot(secrets: Secrets, token: str, actor: Actor, now: datetime) -> Slot:
    """What a token stands for. Raises: SlotTokenRefused, with one answer for whatever is wrong."""
    refused = SlotTokenRefused(
        "This token is unknown or too old: ask for availability again.", field="slot.token"
    )
    if len(token) > LONGEST_TOKEN:
        raise refused
    lifetime = int(TOKEN_LIFETIME.total_seconds())
    try:
        opened = _fernet(secrets.master_key).decrypt_at_time(
            token.encode(errors="replace"), lifetime, int(now.timestamp())
        )
    except InvalidToken as error:
        raise refused from error
    held = json.loads(opened)
    if held["caller"] != _caller(actor):
        raise refused
    return _slot(held)


@lru_cache(maxsize=8)
def _fernet(master_key: bytes) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"slot-token")
    return Fernet(urlsafe_b64encode(derived.derive(master_key)))


def _caller(actor: Actor) -> str:
    return f"{actor.kind}:{actor.id}"


def _written(slot: Slot, actor: Actor) -> dict[str, Any]:
    variant = slot.variant
    return {
        "caller": _caller(actor),
        "clinic": slot.clinic_id.hex,
        "at": int((slot.starts_at - EPOCH).total_seconds()),
        "adoption": slot.clinic_protocol_id and slot.clinic_protocol_id.hex,
        "course": slot.course_id and slot.course_id.hex,
        "areas": slot.areas,
        "addOns": slot.add_ons,
        "variant": [
            variant.indication,
            variant.severity,
            None if variant.depth_mm is None else str(variant.depth_mm),
        ],
        "practitioner": slot.practitioner_no,
    }


def _slot(held: dict[str, Any]) -> Slot:
    indication, severity, depth = held["variant"]
    return Slot(
        clinic_id=UUID(held["clinic"]),
        starts_at=datetime.fromtimestamp(held["at"], EPOCH.tzinfo),
        clinic_protocol_id=UUID(held["adoption"]) if held["adoption"] else None,
        course_id=UUID(held["course"]) if held["course"] else None,
        areas=tuple(held["areas"]),
        add_ons=tuple(held["addOns"]),
        variant=Variant(
            indication,
            CourseSeverity(severity),
            None if depth is None else Decimal(depth),
        ),
        practitioner_no=held["practitioner"],
    )
