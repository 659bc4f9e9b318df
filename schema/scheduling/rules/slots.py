"""A start that was offered: what a slot token stands for.

* RuleViolation
  - SlotTokenRefused   forged, somebody else's or too old: one answer for all
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from schema.errors import Retry, RuleViolation
from schema.protocols.rules import Variant
from schema.scheduling.rules.visits import Wish

TOKEN_LIFETIME = timedelta(minutes=15)


class SlotTokenRefused(RuleViolation):
    code = "SLOT_TOKEN_REFUSED"
    retry = Retry.NEW_SLOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A visit at a start in a clinic: either by its adoption of a protocol, or of a course.

    `practitioner_no` is the number in the calendar of whoever was asked for; None: anybody.
    """

    clinic_id: UUID
    starts_at: datetime
    clinic_protocol_id: UUID | None = None
    course_id: UUID | None = None
    areas: tuple[str, ...] = ()
    variant: Variant = field(default_factory=Variant)
    add_ons: tuple[str, ...] = ()
    practitioner_no: int | None = None

    @property
    def wish(self) -> Wish | None:
        """What is wished for; None: the course says it."""
        if self.clinic_protocol_id is None:
            return None
        return Wish(self.clinic_protocol_id, self.areas, self.variant, self.add_ons)
