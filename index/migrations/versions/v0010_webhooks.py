"""Webhooks, which are told when what an answer quotes changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("answer_id", sa.Text, sa.ForeignKey("answers.id", ondelete="CASCADE"), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("told_at", sa.Text),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_failure", sa.Text),
        sa.Column("try_at", sa.Text),
        sa.Column("given_up_at", sa.Text),
    )
    op.create_index("ix_webhooks_answer_id", "webhooks", ["answer_id"])


def downgrade() -> None:
    raise RuntimeError("the schema only moves forward: restore a backup to go back")
