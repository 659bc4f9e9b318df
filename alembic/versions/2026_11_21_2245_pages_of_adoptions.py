"""A template's adoptions are read in their order by an index, whatever the size of a page.

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-21 22:45:00.000000
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME, TABLE = "ix_clinic_protocols_template_id", "clinic_protocols"


def upgrade() -> None:
    op.drop_index(NAME, TABLE)
    op.create_index(NAME, TABLE, ["template_id", "id"])


def downgrade() -> None:
    op.drop_index(NAME, TABLE)
    op.create_index(NAME, TABLE, ["template_id", "clinic_id"])
