"""Slot tokens: what was offered comes back as it was, to whom it was offered, for a while."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from schema.access.rules import Role
from schema.base import new_id
from schema.protocols.rules import CourseSeverity, Variant
from schema.scheduling.rules.slots import Slot, SlotTokenRefused
from schema.scheduling.store.slot_tokens import LONGEST_TOKEN, open_slot, seal_slot
from schema.secrets import Secrets
from tests.actors import partner_of, person_in
from tests.asking import SECRETS

NOW = datetime(2030, 1, 7, 12, 0, 30, tzinfo=UTC)
PARTNER = replace(partner_of([]), id=new_id())
SLOT = Slot(
    clinic_id=new_id(),
    starts_at=datetime(2030, 2, 4, 15, 5, tzinfo=UTC),
    clinic_protocol_id=new_id(),
    areas=("FACE", "NECK"),
    variant=Variant("SCARS", CourseSeverity.SEVERE, Decimal("1.25")),
    add_ons=("PRP",),
    practitioner_no=7,
)
OF_COURSE = Slot(clinic_id=new_id(), starts_at=SLOT.starts_at, course_id=new_id())


@pytest.mark.parametrize("slot", [SLOT, OF_COURSE])
def test_what_is_sealed_is_opened_as_it_was(slot: Slot) -> None:
    token = seal_slot(SECRETS, slot, PARTNER, NOW)
    assert open_slot(SECRETS, token, PARTNER, NOW) == slot
    assert open_slot(SECRETS, token, PARTNER, NOW + timedelta(minutes=15)) == slot
    assert token.isascii()
    assert slot.clinic_id.hex not in token


def test_all_refusals_say_the_same() -> None:
    token = seal_slot(SECRETS, SLOT, PARTNER, NOW)
    other = replace(partner_of([]), id=new_id())
    same_id = replace(person_in(Role.FRONT_DESK, []), id=PARTNER.id)
    elsewhere = Secrets(signing_keys=(), master_key=b"n" * 32)
    wrong = [
        (SECRETS, token, PARTNER, NOW + timedelta(minutes=15, seconds=1)),
        (SECRETS, token, PARTNER, NOW - timedelta(hours=1)),
        (SECRETS, token, other, NOW),
        (SECRETS, token, same_id, NOW),
        (elsewhere, token, PARTNER, NOW),
        (SECRETS, token[:-4] + "AAA=", PARTNER, NOW),
        (SECRETS, "", PARTNER, NOW),
        (SECRETS, "nothing", PARTNER, NOW),
        (SECRETS, "\ud800é", PARTNER, NOW),
        (SECRETS, "A" * (LONGEST_TOKEN + 1), PARTNER, NOW),
    ]
    said = set()
    for secrets, given, actor, now in wrong:
        with pytest.raises(SlotTokenRefused) as refused:
            open_slot(secrets, given, actor, now)
        said.add((refused.value.message, refused.value.field, refused.value.code))
    assert len(said) == 1
