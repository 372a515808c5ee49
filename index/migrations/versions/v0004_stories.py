"""Copies of one story, and the earlier versions of an article."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "story_members",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "article_id",
            sa.Text,
            sa.ForeignKey("articles.id", ondelete="CASCADE"),
            nullable=False,
            unique=True,
        ),
        sa.Column("story_id", sa.Integer, nullable=False, index=True),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("figures", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "story_bands",
        sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("member_id", sa.Integer, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "revisions",
        sa.Column("article_id", sa.Text, primary_key=True),
        sa.Column("content_hash", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("published_at", sa.Text),
        sa.Column("fetched_at", sa.Text, nullable=False),
        sa.Column("replaced_at", sa.Text, nullable=False),
        sa.Column("replaced_by", sa.Text, nullable=False, index=True),
    )


def downgrade() -> None:
    raise RuntimeError("the schema only moves forward: restore a backup to go back")
