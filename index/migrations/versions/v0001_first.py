"""Articles as they came and cleaned, their passages, vectors, and the log of changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "articles",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("fetched_at", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False, index=True),
        sa.Column("outlet", sa.Text),
        sa.Column("outlet_key", sa.Text, index=True),
        sa.Column("url", sa.Text),
        sa.Column("published_at", sa.Text),
        sa.Column("published_on", sa.Date, index=True),
    )
    op.create_table(
        "raws",
        sa.Column("article_id", sa.Text, sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "passages",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "article_id",
            sa.Text,
            sa.ForeignKey("articles.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "embedders",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("fingerprint", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "vectors",
        sa.Column(
            "passage_id", sa.Integer, sa.ForeignKey("passages.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("embedder_id", sa.Integer, sa.ForeignKey("embedders.id"), nullable=False, index=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "changes",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("passage_id", sa.Integer, nullable=False),
        sa.Column("added", sa.Boolean(create_constraint=False), nullable=False),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    raise RuntimeError("the schema only moves forward: restore a backup to go back")
