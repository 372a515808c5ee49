"""What came in last is found without reading every article."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index("ix_articles_fetched_at", "articles", ["fetched_at"])


def downgrade() -> None:
    raise RuntimeError("the schema only moves forward: restore a backup to go back")
