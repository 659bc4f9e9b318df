"""Calendars that say what changed, holds of a slot, rules of booking, prerequisites.

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-21 17:47:17.289382
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

HERE = "select distinct clinic_id from changed"
THEIR_CLINICS = (
    "select distinct a.clinic_id from practitioner_assignments a"
    " join changed on changed.{} = a.practitioner_id"
)
ALL_CLINICS = "select id from clinics where exists (select from changed)"
PUBLISHED = (
    "select id from clinics where exists (select from changed where published_from is not null)"
)
#: Which clinics' calendars a changed row is about.
SHAPING = {
    "booking_rules": HERE,
    "clinic_protocol_add_ons": HERE,
    "clinic_protocol_overrides": HERE,
    "clinic_protocols": HERE,
    "clinics": "select distinct id from changed",
    "closures": HERE,
    "devices": HERE,
    "opening_hours": HERE,
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
RESHAPE = """
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
            'calendars', json_build_object('clinic', clinic, 'version', counted)::text
        );
    end loop;
    perform set_config('app.all_clinics', coalesce(before, ''), true);
    return null;
end $$
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue behind readers
    op.create_table(
        "prerequisites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("jurisdiction_code", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("visit_kind", sa.String(), nullable=False),
        sa.Column("template_codes", postgresql.ARRAY(sa.String()), nullable=True),
        sa.Column("areas", postgresql.ARRAY(sa.String()), nullable=True),
        sa.Column("add_on_keys", postgresql.ARRAY(sa.String()), nullable=True),
        sa.Column("credential_types", postgresql.ARRAY(sa.String()), nullable=True),
        sa.Column("remote_allowed", sa.Boolean(), nullable=False),
        sa.Column("min_days", sa.Integer(), nullable=False),
        sa.Column("max_days", sa.Integer(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "visit_kind <> 'TREATMENT'", name=op.f("ck_prerequisites_visit_kind_before_treatment")
        ),
        sa.CheckConstraint(
            "visit_kind in ('CONSULTATION', 'EXAM', 'PATCH_TEST', 'TREATMENT', 'REVIEW')",
            name=op.f("ck_prerequisites_visit_kind_known"),
        ),
        sa.CheckConstraint(
            "min_days between 0 and 366 and (max_days is null or max_days between min_days and 3660)",
            name=op.f("ck_prerequisites_days_in_order"),
        ),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_prerequisites_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_code"],
            ["jurisdictions.code"],
            name=op.f("fk_prerequisites_jurisdiction_code_jurisdictions"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owners.id"], name=op.f("fk_prerequisites_owner_id_owners")
        ),
        sa.ForeignKeyConstraint(
            ["set_by"], ["people.id"], name=op.f("fk_prerequisites_set_by_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prerequisites")),
    )
    op.create_index(
        "ix_prerequisites_jurisdiction_code", "prerequisites", ["jurisdiction_code"], unique=False
    )
    op.create_index(op.f("ix_prerequisites_owner_id"), "prerequisites", ["owner_id"], unique=False)
    op.create_table(
        "booking_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("step_minutes", sa.Integer(), nullable=False),
        sa.Column("lead_minutes", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("buffer_before_minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_after_minutes", sa.Integer(), nullable=False),
        sa.Column("most_visits_a_day", sa.Integer(), nullable=True),
        sa.Column("most_visits_a_practitioner", sa.Integer(), nullable=True),
        sa.Column("closed_on_holidays", sa.Boolean(), nullable=False),
        sa.Column("open_holidays", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "buffer_after_minutes >= 0 and buffer_after_minutes % 5 = 0",
            name=op.f("ck_booking_rules_buffer_after_minutes_on_grid"),
        ),
        sa.CheckConstraint(
            "buffer_before_minutes >= 0 and buffer_before_minutes % 5 = 0",
            name=op.f("ck_booking_rules_buffer_before_minutes_on_grid"),
        ),
        sa.CheckConstraint(
            "horizon_days between 1 and 366", name=op.f("ck_booking_rules_horizon_days_ahead")
        ),
        sa.CheckConstraint("lead_minutes >= 0", name=op.f("ck_booking_rules_lead_minutes_ahead")),
        sa.CheckConstraint(
            "most_visits_a_day > 0", name=op.f("ck_booking_rules_most_visits_a_day_some")
        ),
        sa.CheckConstraint(
            "most_visits_a_practitioner > 0",
            name=op.f("ck_booking_rules_most_visits_a_practitioner_some"),
        ),
        sa.CheckConstraint(
            "step_minutes between 5 and 1440 and step_minutes % 5 = 0",
            name=op.f("ck_booking_rules_step_minutes_on_grid"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinics.id"], name=op.f("fk_booking_rules_clinic_id_clinics")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_rules")),
        sa.UniqueConstraint("clinic_id", name=op.f("uq_booking_rules_clinic_id")),
    )
    op.create_table(
        "calendar_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "changes", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinics.id"], name=op.f("fk_calendar_changes_clinic_id_clinics")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_changes")),
        sa.UniqueConstraint(
            "clinic_id", "version", name=op.f("uq_calendar_changes_clinic_id_version")
        ),
    )
    op.create_table(
        "slot_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("course_id", sa.Uuid(), nullable=True),
        sa.Column("clinic_protocol_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("areas", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("add_on_keys", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("indication", sa.String(), nullable=True),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("depth_mm", sa.Numeric(precision=4, scale=2), nullable=True),
        sa.Column("led_by", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("held_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'CONFIRMED') = (appointment_id is not null)",
            name=op.f("ck_slot_holds_confirmed_as_visit"),
        ),
        sa.CheckConstraint(
            "severity in ('STANDARD', 'SEVERE')", name=op.f("ck_slot_holds_severity_known")
        ),
        sa.CheckConstraint(
            "state in ('CONFIRMED', 'EXPIRED', 'HELD', 'RELEASED')",
            name=op.f("ck_slot_holds_state_known"),
        ),
        sa.CheckConstraint(
            "mod(extract(epoch from ends_at), 300) = 0", name=op.f("ck_slot_holds_ends_at_on_grid")
        ),
        sa.CheckConstraint(
            "mod(extract(epoch from starts_at), 300) = 0",
            name=op.f("ck_slot_holds_starts_at_on_grid"),
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_slot_holds_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "appointment_id"],
            ["appointments.clinic_id", "appointments.id"],
            name=op.f("fk_slot_holds_clinic_id_appointment_id_appointments"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"],
            ["clients.clinic_id", "clients.id"],
            name=op.f("fk_slot_holds_clinic_id_client_id_clients"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "clinic_protocol_id"],
            ["clinic_protocols.clinic_id", "clinic_protocols.id"],
            name=op.f("fk_slot_holds_clinic_id_clinic_protocol_id_clinic_protocols"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "course_id"],
            ["courses.clinic_id", "courses.id"],
            name=op.f("fk_slot_holds_clinic_id_course_id_courses"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinics.id"], name=op.f("fk_slot_holds_clinic_id_clinics")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["protocol_versions.id"],
            name=op.f("fk_slot_holds_version_id_protocol_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_holds")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_slot_holds_clinic_id_id")),
    )
    op.create_index("ix_slot_holds_appointment_id", "slot_holds", ["appointment_id"], unique=False)
    op.create_index("ix_slot_holds_client_id", "slot_holds", ["client_id"], unique=False)
    op.create_index(
        "ix_slot_holds_clinic_id", "slot_holds", ["clinic_id", "expires_at"], unique=False
    )
    op.create_index(
        "ix_slot_holds_clinic_protocol_id", "slot_holds", ["clinic_protocol_id"], unique=False
    )
    op.create_index("ix_slot_holds_course_id", "slot_holds", ["course_id"], unique=False)
    op.create_index("ix_slot_holds_held_by", "slot_holds", ["held_by", "expires_at"], unique=False)
    op.create_index(op.f("ix_slot_holds_version_id"), "slot_holds", ["version_id"], unique=False)
    op.add_column("allocations", sa.Column("slot_hold_id", sa.Uuid(), nullable=True))
    op.alter_column("allocations", "appointment_id", existing_type=sa.UUID(), nullable=True)
    op.create_check_constraint(
        op.f("ck_allocations_taken_for_something"),
        "allocations",
        "case state when 'HELD' then slot_hold_id is not null"
        " when 'BOOKED' then appointment_id is not null else true end",
    )
    op.create_index("ix_allocations_slot_hold_id", "allocations", ["slot_hold_id"], unique=False)
    op.create_index(
        "ix_allocations_held",
        "allocations",
        ["resource_no"],
        unique=False,
        postgresql_where=sa.text("state = 'HELD'"),
    )
    op.create_foreign_key(
        op.f("fk_allocations_clinic_id_slot_hold_id_slot_holds"),
        "allocations",
        "slot_holds",
        ["clinic_id", "slot_hold_id"],
        ["clinic_id", "id"],
    )
    op.add_column(
        "appointments",
        sa.Column("pre_care_attested", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column(
        "appointments",
        sa.Column("overridden", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False),
    )
    op.add_column("appointments", sa.Column("override_reason", sa.LargeBinary(), nullable=True))
    op.add_column(
        "clinic_calendars", sa.Column("shape", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "device_models",
        sa.Column("certification_required", sa.Boolean(), server_default="false", nullable=False),
    )
    op.execute("alter table prerequisites enable row level security")
    op.execute("alter table prerequisites force row level security")
    op.execute(
        "create policy selected on prerequisites for select using ((select current_setting('app.all_clinics', true) = 'on') or (select coalesce(current_setting('app.actor_kind', true), '') not in ('', 'NOBODY')))"
    )
    op.execute(
        "create policy inserted on prerequisites for insert with check ((select current_setting('app.all_clinics', true) = 'on'))"
    )
    op.execute(
        "create policy updated on prerequisites for update using ((select current_setting('app.all_clinics', true) = 'on'))"
    )
    op.execute(
        "create policy deleted on prerequisites for delete using ((select current_setting('app.all_clinics', true) = 'on'))"
    )
    op.execute("alter table booking_rules enable row level security")
    op.execute("alter table booking_rules force row level security")
    op.execute(
        "create policy selected on booking_rules for select using ((select current_setting('app.all_clinics', true) = 'on') or clinic_id = any ((select nullif(current_setting('app.clinics', true), '')::uuid[])::uuid[]))"
    )
    op.execute(
        "create policy inserted on booking_rules for insert with check ((select current_setting('app.all_clinics', true) = 'on') or clinic_id = any ((select nullif(current_setting('app.clinics', true), '')::uuid[])::uuid[]))"
    )
    op.execute(
        "create policy updated on booking_rules for update using ((select current_setting('app.all_clinics', true) = 'on') or clinic_id = any ((select nullif(current_setting('app.clinics', true), '')::uuid[])::uuid[]))"
    )
    op.execute(
        "create policy deleted on booking_rules for delete using ((select current_setting('app.all_clinics', true) = 'on') or clinic_id = any ((select nullif(current_setting('app.clinics', true), '')::uuid[])::uuid[]))"
    )
    op.execute(RESHAPE)
    for table, clinics in SHAPING.items():
        for event, state in (("insert", "new"), ("update", "new"), ("delete", "old")):
            op.execute(
                f"create trigger reshaping_{event} after {event} on {table}"
                f" referencing {state} table as changed for each statement"
                f" execute function reshape('{clinics}')"
            )
    op.execute("alter table calendar_changes enable row level security")
    op.execute("alter table calendar_changes force row level security")
    op.execute(
        "create policy selected on calendar_changes for select using ((select current_setting('app.all_clinics', true) = 'on') or clinic_id = any ((select nullif(current_setting('app.clinics', true), '')::uuid[])::uuid[]))"
    )
    op.execute(
        "create policy inserted on calendar_changes for insert with check ((select current_setting('app.all_clinics', true) = 'on') or clinic_id = any ((select nullif(current_setting('app.clinics', true), '')::uuid[])::uuid[]))"
    )
    op.execute(
        "create policy updated on calendar_changes for update using ((select current_setting('app.all_clinics', true) = 'on') or clinic_id = any ((select nullif(current_setting('app.clinics', true), '')::uuid[])::uuid[]))"
    )
    op.execute(
        "create policy deleted on calendar_changes for delete using ((select current_setting('app.all_clinics', true) = 'on') or clinic_id = any ((select nullif(current_setting('app.clinics', true), '')::uuid[])::uuid[]))"
    )
    op.execute("alter table slot_holds enable row level security")
    op.execute("alter table slot_holds force row level security")
    op.execute(
        "create policy selected on slot_holds for select using ((select current_setting('app.all_clinics', true) = 'on') or clinic_id = any ((select nullif(current_setting('app.clinics', true), '')::uuid[])::uuid[]))"
    )
    op.execute(
        "create policy inserted on slot_holds for insert with check ((select current_setting('app.all_clinics', true) = 'on') or clinic_id = any ((select nullif(current_setting('app.clinics', true), '')::uuid[])::uuid[]))"
    )
    op.execute(
        "create policy updated on slot_holds for update using ((select current_setting('app.all_clinics', true) = 'on') or clinic_id = any ((select nullif(current_setting('app.clinics', true), '')::uuid[])::uuid[]))"
    )
    op.execute(
        "create policy deleted on slot_holds for delete using ((select current_setting('app.all_clinics', true) = 'on') or clinic_id = any ((select nullif(current_setting('app.clinics', true), '')::uuid[])::uuid[]))"
    )


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    for table in SHAPING:
        for event in ("insert", "update", "delete"):
            op.execute(f"drop trigger reshaping_{event} on {table}")
    op.execute("select set_config('app.all_clinics', 'on', true)")
    op.execute("delete from allocations where appointment_id is null")
    op.drop_constraint(op.f("ck_allocations_taken_for_something"), "allocations", type_="check")
    op.execute("drop policy selected on prerequisites")
    op.execute("drop policy inserted on prerequisites")
    op.execute("drop policy updated on prerequisites")
    op.execute("drop policy deleted on prerequisites")
    op.execute("drop policy selected on booking_rules")
    op.execute("drop policy inserted on booking_rules")
    op.execute("drop policy updated on booking_rules")
    op.execute("drop policy deleted on booking_rules")
    op.execute("drop policy selected on calendar_changes")
    op.execute("drop policy inserted on calendar_changes")
    op.execute("drop policy updated on calendar_changes")
    op.execute("drop policy deleted on calendar_changes")
    op.execute("drop policy selected on slot_holds")
    op.execute("drop policy inserted on slot_holds")
    op.execute("drop policy updated on slot_holds")
    op.execute("drop policy deleted on slot_holds")
    op.drop_column("device_models", "certification_required")
    op.drop_column("clinic_calendars", "shape")
    op.drop_column("appointments", "override_reason")
    op.drop_column("appointments", "overridden")
    op.drop_column("appointments", "pre_care_attested")
    op.drop_constraint(
        op.f("fk_allocations_clinic_id_slot_hold_id_slot_holds"), "allocations", type_="foreignkey"
    )
    op.drop_index("ix_allocations_held", table_name="allocations")
    op.drop_index("ix_allocations_slot_hold_id", table_name="allocations")
    op.alter_column("allocations", "appointment_id", existing_type=sa.UUID(), nullable=False)
    op.drop_column("allocations", "slot_hold_id")
    op.drop_index(op.f("ix_slot_holds_version_id"), table_name="slot_holds")
    op.drop_index("ix_slot_holds_held_by", table_name="slot_holds")
    op.drop_index("ix_slot_holds_course_id", table_name="slot_holds")
    op.drop_index("ix_slot_holds_clinic_protocol_id", table_name="slot_holds")
    op.drop_index("ix_slot_holds_clinic_id", table_name="slot_holds")
    op.drop_index("ix_slot_holds_client_id", table_name="slot_holds")
    op.drop_index("ix_slot_holds_appointment_id", table_name="slot_holds")
    op.drop_table("slot_holds")
    op.drop_table("calendar_changes")
    op.drop_table("booking_rules")
    op.drop_index(op.f("ix_prerequisites_owner_id"), table_name="prerequisites")
    op.drop_index("ix_prerequisites_jurisdiction_code", table_name="prerequisites")
    op.drop_table("prerequisites")
    op.execute("drop function reshape()")
