"""A vector is found by the text it was made of, so that no text is embedded twice."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("vectors", sa.Column("text_hash", sa.LargeBinary))
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT p.id, p.start, p.end, a.title, a.outlet, a.published_on, a.text"
            " FROM passages p JOIN articles a ON a.id = p.article_id"
        )
    )
    update = sa.text("UPDATE vectors SET text_hash = :hash WHERE passage_id = :id")
    for some in rows.partitions(1000):
        connection.execute(update, [{"id": row.id, "hash": _hash(row)} for row in some])
    op.create_index("ix_vectors_text_hash", "vectors", ["text_hash", "embedder_id"])


def downgrade() -> None:
    raise RuntimeError("the schema only moves forward: restore a backup to go back")


def _hash(row: sa.Row[tuple[object, ...]]) -> bytes:
    """As texts were put under their headers when this version was the newest."""
    byline = ", ".join(part for part in (row.outlet, row.published_on) if part)
    text = "\n".join(part for part in (row.title, byline, row.text[row.start : row.end]) if part)
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
