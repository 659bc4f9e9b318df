"""Where and when a visit is wanted: at a start in a clinic, as a slot token says, or as held."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from schema.clinics.actions import Key, clinic_in_scope
from schema.clinics.models import ClinicRow
from schema.clinics.rules import local_day
from schema.context import Work
from schema.courses import store as courses
from schema.errors import NotFound
from schema.scheduling.actions.visitors import number_of
from schema.scheduling.models import AppointmentRow, SlotHoldRow
from schema.scheduling.rules import SlotHoldState, Wish, check_clinic, check_start
from schema.scheduling.rules.slot_holds import check_held
from schema.scheduling.store.slot_holds import slot_hold_of
from schema.scheduling.store.slot_tokens import open_slot

HOLD_FIELD = "slot.hold"
#: What a hold and a visit say of what is done, in the same words.
SAME_VISIT = (
    "clinic_protocol_id",
    "version_id",
    "course_id",
    "indication",
    "severity",
    "depth_mm",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """In which clinic, at which start in UTC, what for and with whom; by which hold, if any."""

    clinic: ClinicRow
    start: datetime
    wish: Wish | None
    course: Key | None
    led_by: int | None
    hold: SlotHoldRow | None = None

    @property
    def day(self) -> date:
        """The clinic's day of the start."""
        return local_day(self.start, ZoneInfo(self.clinic.time_zone))


async def asked_for(
    work: Work,
    *,
    clinic: Key | None,
    starts_at: datetime | None,
    wish: Wish | None,
    course: Key | None,
    practitioner: Key | None,
    slot_token: str | None,
    slot_hold: UUID | None = None,
) -> Asked:
    """What the caller asks for, in one of three ways.

    Raises: NotFound, ClinicNotBookable, StartNotBookable, SlotTokenRefused, HoldExpired.
    """
    if slot_hold is not None:
        return await _as_held(work, slot_hold)
    if slot_token is not None:
        slot = open_slot(work.secrets, slot_token, work.actor, work.now)
        return await _at(
            work,
            slot.clinic_id,
            slot.starts_at,
            slot.wish,
            slot.course_id,
            slot.practitioner_no,
        )
    assert clinic is not None, "a visit is somewhere"
    assert starts_at is not None, "a visit begins at some time"
    return await _at(work, clinic, starts_at, wish, course, await number_of(work, practitioner))


async def _at(
    work: Work,
    clinic: Key,
    starts_at: datetime,
    wish: Wish | None,
    course: Key | None,
    led_by: int | None,
    hold: SlotHoldRow | None = None,
) -> Asked:
    here = await clinic_in_scope(work, clinic)
    check_clinic(here.status)
    check_start(starts_at, work.now)
    return Asked(here, starts_at.astimezone(UTC), wish, course, led_by, hold)


async def own_hold(work: Work, hold_id: UUID, field: str) -> SlotHoldRow:
    """A hold of the caller's own, as it is now. Raises: NotFound, HoldExpired."""
    row = await slot_hold_of(work.session, work.scope, hold_id, work.actor.id)
    if row is None:
        raise NotFound("slot hold", hold_id, field=field)
    check_held(SlotHoldState(row.state), row.expires_at, work.now, field)
    return row


def by_own_hold(asked: Asked, row: AppointmentRow, held: Sequence[SlotHoldRow]) -> Asked:
    """The same by one of the caller's own holds at that start, where that is for this very visit,
    however the start was named."""
    if asked.hold is not None:
        return asked
    mine = next((each for each in held if _holds(each, asked, row)), None)
    return asked if mine is None else replace(asked, hold=mine, led_by=mine.led_by)


def _holds(hold: SlotHoldRow, asked: Asked, row: AppointmentRow) -> bool:
    same = all(getattr(hold, each) == getattr(row, each) for each in SAME_VISIT)
    same_areas = sorted(hold.areas) == sorted(row.areas)
    same_add_ons = sorted(hold.add_on_keys) == sorted(row.add_on_keys)
    return same and same_areas and same_add_ons and asked.led_by in (None, hold.led_by)


async def _as_held(work: Work, hold_id: UUID) -> Asked:
    row = await own_hold(work, hold_id, HOLD_FIELD)
    wish = None
    if row.course_id is None:
        areas, add_ons = tuple(row.areas), tuple(row.add_on_keys)
        wish = Wish(row.clinic_protocol_id, areas, courses.variant(row), add_ons)
    return await _at(work, row.clinic_id, row.starts_at, wish, row.course_id, row.led_by, row)
