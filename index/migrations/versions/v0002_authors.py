"""Who wrote an article."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("articles", sa.Column("authors", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    raise RuntimeError("the schema only moves forward: restore a backup to go back")
