"""Approvals, overlays of jurisdictions, and the history of what clinics are pinned to.

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-21 14:56:02.525655
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue behind readers
    # The owner too is behind policies.
    op.execute("select set_config('app.all_clinics', 'on', true)")
    op.create_table(
        "jurisdiction_overlays",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_code", sa.String(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["jurisdiction_code"],
            ["jurisdictions.code"],
            name=op.f("fk_jurisdiction_overlays_jurisdiction_code_jurisdictions"),
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["people.id"], name=op.f("fk_jurisdiction_overlays_lead_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["protocol_templates.id"],
            name=op.f("fk_jurisdiction_overlays_template_id_protocol_templates"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jurisdiction_overlays")),
        sa.UniqueConstraint(
            "template_id",
            "jurisdiction_code",
            name=op.f("uq_jurisdiction_overlays_template_id_jurisdiction_code"),
        ),
    )
    op.create_index(
        "ix_jurisdiction_overlays_jurisdiction_code",
        "jurisdiction_overlays",
        ["jurisdiction_code", "template_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_jurisdiction_overlays_lead_id"), "jurisdiction_overlays", ["lead_id"], unique=False
    )
    op.create_table(
        "jurisdiction_overlay_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("overlay_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("edits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("written_by", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("approver_id", sa.Uuid(), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_from", sa.Date(), nullable=True),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state in ('DRAFT', 'IN_REVIEW', 'APPROVED', 'PUBLISHED', 'RETIRED')",
            name=op.f("ck_jurisdiction_overlay_versions_state_known"),
        ),
        sa.CheckConstraint(
            "state not in ('PUBLISHED', 'RETIRED') or (published_from is not null and published_by is not null and approver_id is not null)",
            name=op.f("ck_jurisdiction_overlay_versions_published_by_somebody"),
        ),
        sa.CheckConstraint(
            "author_id = any (written_by)",
            name=op.f("ck_jurisdiction_overlay_versions_written_by_its_author"),
        ),
        sa.CheckConstraint(
            "approver_id <> all (written_by)",
            name=op.f("ck_jurisdiction_overlay_versions_approved_by_another"),
        ),
        sa.ForeignKeyConstraint(
            ["overlay_id"],
            ["jurisdiction_overlays.id"],
            name=op.f("fk_jurisdiction_overlay_versions_overlay_id_jurisdiction_overlays"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jurisdiction_overlay_versions")),
        sa.UniqueConstraint(
            "overlay_id", "number", name=op.f("uq_jurisdiction_overlay_versions_overlay_id_number")
        ),
    )
    op.create_unique_constraint(
        op.f("uq_protocol_versions_id_author_id"), "protocol_versions", ["id", "author_id"]
    )
    op.create_table(
        "protocol_approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("approver_id", sa.Uuid(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "approver_id <> author_id", name=op.f("ck_protocol_approvals_approved_by_another")
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "author_id"],
            ["protocol_versions.id", "protocol_versions.author_id"],
            name=op.f("fk_protocol_approvals_version_id_author_id_protocol_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_approvals")),
        sa.UniqueConstraint(
            "version_id", "approver_id", name=op.f("uq_protocol_approvals_version_id_approver_id")
        ),
    )
    op.create_table(
        "clinic_protocol_pins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("clinic_protocol_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pinned_by", sa.Uuid(), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_by", sa.Uuid(), nullable=True),
        sa.Column(
            "overrides", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("add_on_keys", postgresql.ARRAY(sa.String()), nullable=True),
        sa.CheckConstraint(
            "cause in ('ADOPTED', 'UPGRADED', 'WENT_BACK')",
            name=op.f("ck_clinic_protocol_pins_cause_known"),
        ),
        sa.CheckConstraint(
            "(left_at is null) = (overrides is null) and (left_at is null) = (add_on_keys is null)",
            name=op.f("ck_clinic_protocol_pins_leaves_with_its_values"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "clinic_protocol_id"],
            ["clinic_protocols.clinic_id", "clinic_protocols.id"],
            name=op.f("fk_clinic_protocol_pins_clinic_id_clinic_protocol_id_clinic_protocols"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["protocol_versions.id"],
            name=op.f("fk_clinic_protocol_pins_version_id_protocol_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_protocol_pins")),
        sa.UniqueConstraint(
            "clinic_id",
            "clinic_protocol_id",
            "number",
            name=op.f("uq_clinic_protocol_pins_clinic_id_clinic_protocol_id_number"),
        ),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_clinic_protocol_pins_clinic_id_id")),
    )
    op.create_index(
        "ix_clinic_protocol_pins_clinic_protocol_id",
        "clinic_protocol_pins",
        ["clinic_protocol_id", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_clinic_protocol_pins_version_id"),
        "clinic_protocol_pins",
        ["version_id"],
        unique=False,
    )
    op.create_index(
        "uq_clinic_protocol_pins_present",
        "clinic_protocol_pins",
        ["clinic_id", "clinic_protocol_id"],
        unique=True,
        postgresql_where=sa.text("left_at is null"),
    )
    op.add_column("protocol_versions", sa.Column("based_on_id", sa.Uuid(), nullable=True))
    op.add_column("protocol_versions", sa.Column("published_by", sa.Uuid(), nullable=True))
    op.add_column(
        "protocol_versions", sa.Column("written_by", postgresql.ARRAY(sa.Uuid()), nullable=True)
    )
    op.execute("alter table protocol_versions disable trigger unchanging")  # it gains columns
    op.execute("update protocol_versions set written_by = array[author_id]")
    op.execute(
        "update protocol_versions set published_by = approver_id where state in ('PUBLISHED', 'RETIRED')"
    )
    op.execute("alter table protocol_versions enable trigger unchanging")
    op.alter_column("protocol_versions", "author_id", existing_type=sa.UUID(), nullable=False)
    op.alter_column(
        "protocol_versions", "written_by", existing_type=postgresql.ARRAY(sa.Uuid()), nullable=False
    )
    op.create_check_constraint(
        op.f("ck_protocol_versions_written_by_its_author"),
        "protocol_versions",
        "author_id = any (written_by)",
    )
    op.create_index(
        op.f("ix_protocol_versions_based_on_id"), "protocol_versions", ["based_on_id"], unique=False
    )
    op.create_foreign_key(
        op.f("fk_protocol_versions_based_on_id_protocol_versions"),
        "protocol_versions",
        "protocol_versions",
        ["based_on_id"],
        ["id"],
    )
    op.execute(
        "insert into protocol_approvals (id, version_id, author_id, approver_id, approved_at)"
        " select gen_random_uuid(), id, author_id, approver_id, created_at from protocol_versions"
        " where approver_id is not null"
    )
    op.execute(
        "insert into clinic_protocol_pins"
        " (id, clinic_id, clinic_protocol_id, number, version_id, cause, pinned_at, pinned_by)"
        " select gen_random_uuid(), clinic_id, id, 1, version_id, 'ADOPTED', adopted_at, adopted_by"
        " from clinic_protocols"
    )
    op.drop_constraint(
        op.f("ck_protocol_versions_approved_by_another"), "protocol_versions", type_="check"
    )
    op.drop_constraint(
        op.f("ck_protocol_versions_published_by_somebody"), "protocol_versions", type_="check"
    )
    op.drop_constraint(op.f("ck_protocol_versions_state_known"), "protocol_versions", type_="check")
    op.create_check_constraint(
        op.f("ck_protocol_versions_published_by_somebody"),
        "protocol_versions",
        "state not in ('PUBLISHED', 'RETIRED') or (published_from is not null and published_by is not null)",
    )
    op.create_check_constraint(
        op.f("ck_protocol_versions_state_known"),
        "protocol_versions",
        "state in ('DRAFT', 'IN_REVIEW', 'APPROVED', 'PUBLISHED', 'RETIRED')",
    )
    for table in ("role_assignments", "tasks"):
        op.drop_constraint(op.f(f"ck_{table}_role_known"), table, type_="check")
        op.create_check_constraint(
            op.f(f"ck_{table}_role_known"),
            table,
            "role in ('CLINIC_MANAGER', 'COUNTRY_LEAD', 'FRONT_DESK', 'HQ_ADMINISTRATOR', 'HQ_ANALYST', 'HQ_CLINICAL_LEAD', 'PARTNER', 'PRACTITIONER')",
        )
    op.drop_constraint(op.f("ck_tasks_task_kind_known"), "tasks", type_="check")
    op.create_check_constraint(
        op.f("ck_tasks_task_kind_known"),
        "tasks",
        "task_kind in ('COURSE_LAPSE', 'GENERAL', 'HOLD_CLEARANCE', 'PACKAGE_REVIEW', 'RECALL', 'ROLLOUT', 'SUSPENSION', 'VISIT_AT_RISK')",
    )
    op.drop_column("protocol_versions", "approver_id")
    op.execute("alter table jurisdiction_overlays enable row level security")
    op.execute("alter table jurisdiction_overlays force row level security")
    op.execute(
        "create policy selected on jurisdiction_overlays for select using ((select current_setting('app.all_clinics', true) = 'on') or (select coalesce(current_setting('app.actor_kind', true), '') not in ('', 'NOBODY')))"
    )
    op.execute(
        "create policy inserted on jurisdiction_overlays for insert with check ((select current_setting('app.all_clinics', true) = 'on'))"
    )
    op.execute(
        "create policy updated on jurisdiction_overlays for update using ((select current_setting('app.all_clinics', true) = 'on'))"
    )
    op.execute(
        "create policy deleted on jurisdiction_overlays for delete using ((select current_setting('app.all_clinics', true) = 'on'))"
    )
    op.execute(
        "\ncreate trigger unchanging before update or delete on jurisdiction_overlay_versions\n  for each row execute function protocol_version_unchanging()\n"
    )
    op.execute("alter table jurisdiction_overlay_versions enable row level security")
    op.execute("alter table jurisdiction_overlay_versions force row level security")
    op.execute(
        "create policy selected on jurisdiction_overlay_versions for select using ((select current_setting('app.all_clinics', true) = 'on' and coalesce(current_setting('app.actor_kind', true), '') <> 'PARTNER') or ((select coalesce(current_setting('app.actor_kind', true), '') not in ('', 'NOBODY')) and state in ('PUBLISHED', 'RETIRED')) or exists (select from jurisdiction_overlays where jurisdiction_overlays.id = overlay_id and jurisdiction_overlays.lead_id = (select nullif(current_setting('app.actor', true), '')::uuid)))"
    )
    op.execute(
        "create policy inserted on jurisdiction_overlay_versions for insert with check ((select current_setting('app.all_clinics', true) = 'on') or exists (select from jurisdiction_overlays where jurisdiction_overlays.id = overlay_id and jurisdiction_overlays.lead_id = (select nullif(current_setting('app.actor', true), '')::uuid)))"
    )
    op.execute(
        "create policy updated on jurisdiction_overlay_versions for update using ((select current_setting('app.all_clinics', true) = 'on') or exists (select from jurisdiction_overlays where jurisdiction_overlays.id = overlay_id and jurisdiction_overlays.lead_id = (select nullif(current_setting('app.actor', true), '')::uuid)))"
    )
    op.execute(
        "create policy deleted on jurisdiction_overlay_versions for delete using ((select current_setting('app.all_clinics', true) = 'on') or exists (select from jurisdiction_overlays where jurisdiction_overlays.id = overlay_id and jurisdiction_overlays.lead_id = (select nullif(current_setting('app.actor', true), '')::uuid)))"
    )
    op.execute("alter table protocol_approvals enable row level security")
    op.execute("alter table protocol_approvals force row level security")
    op.execute(
        "create policy selected on protocol_approvals for select using ((select current_setting('app.all_clinics', true) = 'on' and coalesce(current_setting('app.actor_kind', true), '') <> 'PARTNER') or (select true from protocol_versions where protocol_versions.id = version_id))"
    )
    op.execute(
        "create policy inserted on protocol_approvals for insert with check ((select current_setting('app.all_clinics', true) = 'on'))"
    )
    op.execute(
        "create policy updated on protocol_approvals for update using ((select current_setting('app.all_clinics', true) = 'on'))"
    )
    op.execute(
        "create policy deleted on protocol_approvals for delete using ((select current_setting('app.all_clinics', true) = 'on'))"
    )
    op.execute("alter table clinic_protocol_pins enable row level security")
    op.execute("alter table clinic_protocol_pins force row level security")
    op.execute(
        "create policy selected on clinic_protocol_pins for select using ((select current_setting('app.all_clinics', true) = 'on') or clinic_id = any ((select nullif(current_setting('app.clinics', true), '')::uuid[])::uuid[]))"
    )
    op.execute(
        "create policy inserted on clinic_protocol_pins for insert with check ((select current_setting('app.all_clinics', true) = 'on') or clinic_id = any ((select nullif(current_setting('app.clinics', true), '')::uuid[])::uuid[]))"
    )
    op.execute(
        "create policy updated on clinic_protocol_pins for update using ((select current_setting('app.all_clinics', true) = 'on') or clinic_id = any ((select nullif(current_setting('app.clinics', true), '')::uuid[])::uuid[]))"
    )
    op.execute(
        "create policy deleted on clinic_protocol_pins for delete using ((select current_setting('app.all_clinics', true) = 'on') or clinic_id = any ((select nullif(current_setting('app.clinics', true), '')::uuid[])::uuid[]))"
    )
    op.execute("drop policy selected on protocol_versions")
    op.execute(
        "create policy selected on protocol_versions for select using ((select current_setting('app.all_clinics', true) = 'on' and coalesce(current_setting('app.actor_kind', true), '') <> 'PARTNER') or ((select coalesce(current_setting('app.actor_kind', true), '') not in ('', 'NOBODY')) and state in ('PUBLISHED', 'RETIRED')))"
    )


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("drop policy selected on protocol_versions")
    op.execute(
        "create policy selected on protocol_versions for select using ((select current_setting('app.all_clinics', true) = 'on') or ((select coalesce(current_setting('app.actor_kind', true), '') not in ('', 'NOBODY')) and state in ('PUBLISHED', 'RETIRED')))"
    )
    op.execute("drop policy selected on jurisdiction_overlays")
    op.execute("drop policy inserted on jurisdiction_overlays")
    op.execute("drop policy updated on jurisdiction_overlays")
    op.execute("drop policy deleted on jurisdiction_overlays")
    op.execute("drop policy selected on jurisdiction_overlay_versions")
    op.execute("drop policy inserted on jurisdiction_overlay_versions")
    op.execute("drop policy updated on jurisdiction_overlay_versions")
    op.execute("drop policy deleted on jurisdiction_overlay_versions")
    op.execute("drop policy selected on protocol_approvals")
    op.execute("drop policy inserted on protocol_approvals")
    op.execute("drop policy updated on protocol_approvals")
    op.execute("drop policy deleted on protocol_approvals")
    op.execute("drop policy selected on clinic_protocol_pins")
    op.execute("drop policy inserted on clinic_protocol_pins")
    op.execute("drop policy updated on clinic_protocol_pins")
    op.execute("drop policy deleted on clinic_protocol_pins")
    op.add_column(
        "protocol_versions", sa.Column("approver_id", sa.UUID(), autoincrement=False, nullable=True)
    )
    op.execute("select set_config('app.all_clinics', 'on', true)")
    op.execute("alter table protocol_versions disable trigger unchanging")
    op.execute(
        "update protocol_versions set approver_id = published_by where published_by <> author_id"
    )
    op.execute(
        "update protocol_versions set approver_id ="
        " (select min(approver_id::text)::uuid from protocol_approvals where version_id = protocol_versions.id)"
        " where approver_id is null"
    )
    op.execute("update protocol_versions set state = 'IN_REVIEW' where state = 'APPROVED'")
    op.execute("alter table protocol_versions enable trigger unchanging")
    op.execute("delete from role_assignments where role = 'COUNTRY_LEAD'")
    op.execute("delete from tasks where role = 'COUNTRY_LEAD'")
    for table in ("role_assignments", "tasks"):
        op.drop_constraint(op.f(f"ck_{table}_role_known"), table, type_="check")
        op.create_check_constraint(
            op.f(f"ck_{table}_role_known"),
            table,
            "role in ('CLINIC_MANAGER', 'FRONT_DESK', 'HQ_ADMINISTRATOR', 'HQ_ANALYST', 'HQ_CLINICAL_LEAD', 'PARTNER', 'PRACTITIONER')",
        )
    op.execute("delete from tasks where task_kind = 'PACKAGE_REVIEW'")
    op.drop_constraint(op.f("ck_tasks_task_kind_known"), "tasks", type_="check")
    op.create_check_constraint(
        op.f("ck_tasks_task_kind_known"),
        "tasks",
        "task_kind in ('COURSE_LAPSE', 'GENERAL', 'HOLD_CLEARANCE', 'RECALL', 'ROLLOUT', 'SUSPENSION', 'VISIT_AT_RISK')",
    )
    op.drop_constraint(
        op.f("ck_protocol_versions_published_by_somebody"), "protocol_versions", type_="check"
    )
    op.drop_constraint(op.f("ck_protocol_versions_state_known"), "protocol_versions", type_="check")
    op.create_check_constraint(
        op.f("ck_protocol_versions_published_by_somebody"),
        "protocol_versions",
        "state not in ('PUBLISHED', 'RETIRED') or (published_from is not null and approver_id is not null)",
    )
    op.create_check_constraint(
        op.f("ck_protocol_versions_approved_by_another"),
        "protocol_versions",
        "approver_id <> author_id",
    )
    op.create_check_constraint(
        op.f("ck_protocol_versions_state_known"),
        "protocol_versions",
        "state in ('DRAFT', 'IN_REVIEW', 'PUBLISHED', 'RETIRED')",
    )
    op.drop_constraint(
        op.f("fk_protocol_versions_based_on_id_protocol_versions"),
        "protocol_versions",
        type_="foreignkey",
    )
    op.drop_index(op.f("ix_protocol_versions_based_on_id"), table_name="protocol_versions")
    op.alter_column("protocol_versions", "author_id", existing_type=sa.UUID(), nullable=True)
    op.drop_column("protocol_versions", "written_by")
    op.drop_column("protocol_versions", "published_by")
    op.drop_column("protocol_versions", "based_on_id")
    op.drop_index(
        "uq_clinic_protocol_pins_present",
        table_name="clinic_protocol_pins",
        postgresql_where=sa.text("left_at is null"),
    )
    op.drop_index(op.f("ix_clinic_protocol_pins_version_id"), table_name="clinic_protocol_pins")
    op.drop_index("ix_clinic_protocol_pins_clinic_protocol_id", table_name="clinic_protocol_pins")
    op.drop_table("clinic_protocol_pins")
    op.drop_table("protocol_approvals")
    op.drop_constraint(
        op.f("uq_protocol_versions_id_author_id"), "protocol_versions", type_="unique"
    )
    op.drop_table("jurisdiction_overlay_versions")
    op.drop_index(op.f("ix_jurisdiction_overlays_lead_id"), table_name="jurisdiction_overlays")
    op.drop_index("ix_jurisdiction_overlays_jurisdiction_code", table_name="jurisdiction_overlays")
    op.drop_table("jurisdiction_overlays")
