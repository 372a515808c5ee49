"""What was fetched from the web, so that it is not fetched again unchanged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "fetches",
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("fetched_at", sa.Text, nullable=False),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("version", sa.Text),
    )


def downgrade() -> None:
    raise RuntimeError("the schema only moves forward: restore a backup to go back")
