"""Calendars, what changed in them, and a clinic's rules of booking."""

from datetime import date
from typing import Any, ClassVar, cast
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from schema.base import TENANT, Kind, Row
from schema.clinics.rules import GRID_MINUTES

#: The channel on which processes hear of changes, and the setting that a trigger is heard under.
CHANNEL = "calendars"

#: Which clinics' calendars a changed row is about: by a column of its own, or through assignments.
HERE = "select distinct clinic_id from changed"
ITSELF = "select distinct id from changed"
THEIR_CLINICS = (
    "select distinct a.clinic_id from practitioner_assignments a"
    " join changed on changed.{} = a.practitioner_id"
)
ALL_CLINICS = "select id from clinics where exists (select from changed)"
PUBLISHED = (
    "select id from clinics where exists (select from changed where published_from is not null)"
)

#: What calendars, and the visits that fit into them, are made of.
SHAPING: dict[str, str] = {
    "booking_rules": HERE,
    "clinic_protocol_add_ons": HERE,
    "clinic_protocol_overrides": HERE,
    "clinic_protocols": HERE,
    "clinics": ITSELF,
    "closures": HERE,
    "devices": HERE,
    "opening_hours": HERE,
    # With each other clinic of theirs: whoever books them there learns of the new one.
    "practitioner_assignments": f"{HERE} union {THEIR_CLINICS.format('practitioner_id')}",
    "rooms": HERE,
    "working_hours": HERE,
    "certifications": THEIR_CLINICS.format("practitioner_id"),
    "credentials": THEIR_CLINICS.format("practitioner_id"),
    "practitioners": THEIR_CLINICS.format("id"),
    "time_off": THEIR_CLINICS.format("practitioner_id"),
    "device_models": ALL_CLINICS,
    "jurisdiction_overlay_versions": PUBLISHED,
    "jurisdictions": ALL_CLINICS,
    "scope_rules": ALL_CLINICS,
}

RESHAPE = f"""
create function reshape() returns trigger language plpgsql
set search_path = public, pg_temp as $$
declare
    clinic uuid;
    counted bigint;
    before text = current_setting('app.all_clinics', true);
begin
    perform set_config('app.all_clinics', 'on', true);
    for clinic in execute 'select * from (' || tg_argv[0] || ') found order by 1' loop
        insert into clinic_calendars (id, clinic_id, version, shape)
        values (gen_random_uuid(), clinic, 1, 1)
        on conflict (clinic_id) do update
        set version = clinic_calendars.version + 1, shape = clinic_calendars.version + 1
        returning version into counted;
        insert into calendar_changes (id, clinic_id, version)
        values (gen_random_uuid(), clinic, counted);
        delete from calendar_changes where clinic_id = clinic and version < counted - 500;
        perform pg_notify(
            '{CHANNEL}', json_build_object('clinic', clinic, 'version', counted)::text
        );
    end loop;
    perform set_config('app.all_clinics', coalesce(before, ''), true);
    return null;
end $$
"""


def _triggers() -> tuple[str, ...]:
    """One for each way in which a row comes, changes and goes."""
    return tuple(
        f"create trigger reshaping_{event} after {event} on {table}"
        f" referencing {state} table as changed for each statement"
        f" execute function reshape('{clinics}')"
        for table, clinics in SHAPING.items()
        for event, state in (("insert", "new"), ("update", "new"), ("delete", "old"))
    )


class ClinicCalendarRow(Row, table=True):
    """A clinic's calendar. Whoever changes it counts `version` up, and so waits for the others.

    `shape` is the version at which what it is made of changed last: hours, rooms, devices, people,
    protocols. Triggers of those tables count it, so that no write of any domain can forget it.
    """

    __tablename__ = "clinic_calendars"
    __table_args__ = (UniqueConstraint("clinic_id"),)
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    version: int = Field(default=0, sa_type=BigInteger)
    shape: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


class CalendarChangeRow(Row, table=True):
    """What one version changed in a clinic's calendar, for processes that missed the notice.

    `changes` is as `rules.changes` writes it; NULL: the shape changed, load the calendar anew. The
    last few hundred of a clinic are kept.
    """

    __tablename__ = "calendar_changes"
    __table_args__ = (UniqueConstraint("clinic_id", "version"),)
    kind: ClassVar[Kind] = TENANT
    ddl: ClassVar[tuple[str, ...]] = (RESHAPE, *_triggers())

    clinic_id: UUID = Field(foreign_key="clinics.id")
    version: int = Field(sa_type=BigInteger)
    changes: list[Any] | None = Field(default=None, sa_type=cast(Any, JSONB(none_as_null=True)))


def _on_grid(name: str) -> CheckConstraint:
    return CheckConstraint(f"{name} >= 0 and {name} % {GRID_MINUTES} = 0", name=f"{name}_on_grid")


class BookingRulesRow(Row, table=True):
    """How a clinic takes bookings; a clinic without a row has the defaults."""

    __tablename__ = "booking_rules"
    __table_args__ = (
        UniqueConstraint("clinic_id"),
        CheckConstraint(
            f"step_minutes between {GRID_MINUTES} and 1440 and step_minutes % {GRID_MINUTES} = 0",
            name="step_minutes_on_grid",
        ),
        CheckConstraint("lead_minutes >= 0", name="lead_minutes_ahead"),
        CheckConstraint("horizon_days between 1 and 366", name="horizon_days_ahead"),
        _on_grid("buffer_before_minutes"),
        _on_grid("buffer_after_minutes"),
        CheckConstraint("most_visits_a_day > 0", name="most_visits_a_day_some"),
        CheckConstraint("most_visits_a_practitioner > 0", name="most_visits_a_practitioner_some"),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    #: Minutes between the starts that are offered, from each local midnight.
    step_minutes: int = 15
    lead_minutes: int = 0
    #: How many of the clinic's days ahead it takes bookings.
    horizon_days: int = 366
    #: A practitioner is kept free for so long before and after each visit.
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    #: On one of the clinic's days; NULL: any number.
    most_visits_a_day: int | None = None
    most_visits_a_practitioner: int | None = None
    #: Whether it is closed on its jurisdiction's public holidays, but for those it opens on.
    closed_on_holidays: bool = False
    open_holidays: list[date] = Field(
        default_factory=list, sa_type=cast(Any, ARRAY(Date)), sa_column_kwargs={}
    )
    revision: int = 1
