"""Keys: who may read, write and administer. A key is shown once, when it is made; kept is its hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, Row, insert, select, update

from index.database import changing, reading
from index.schema import keys as keys_table
from qa_service.errors import KeyNotFound

KEY = "tanya.key"
"""Where a request's scope has the Key that was sent with it, or None."""

_PREFIX = "tanya"
"""What every key begins with, so that scanners for leaked secrets know one."""

_ID_BYTES, _SECRET_BYTES = 4, 32


class Scope(StrEnum):
    """What a key is good for; each includes those before it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    def includes(self, other: Scope) -> bool:
        """Whether who has this scope may do what needs the other."""
        order = list(Scope)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret. `id` is the part of it that may be shown and logged."""

    id: str
    name: str
    scope: Scope
    made_at: datetime
    revoked_at: datetime | None


class Keys:
    """The keys of an archive, in its database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def make(self, name: str, scope: Scope) -> tuple[Key, str]:
        """A new key, and what its holder sends; that is nowhere kept."""
        key = Key(secrets.token_hex(_ID_BYTES), name, scope, datetime.now(UTC), None)
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        with changing(self._engine) as connection:
            connection.execute(
                insert(keys_table).values(
                    id=key.id,
                    name=name,
                    scope=scope.value,
                    secret_hash=_hash(secret),
                    made_at=key.made_at.isoformat(),
                )
            )
        return key, f"{_PREFIX}_{key.id}_{secret}"

    def revoke(self, key_id: str) -> Key:
        """End a key; what is sent with it from now on is refused. Raises KeyNotFound."""
        with changing(self._engine) as connection:
            row = connection.execute(select(keys_table).where(keys_table.c.id == key_id)).one_or_none()
            if row is None:
                raise KeyNotFound(f"there is no key {key_id}: `tanya keys list` shows those there are")
            now = datetime.now(UTC).isoformat()
            connection.execute(
                update(keys_table).where(keys_table.c.id == key_id, keys_table.c.revoked_at.is_(None)),
                {"revoked_at": now},
            )
            row = connection.execute(select(keys_table).where(keys_table.c.id == key_id)).one()
        return _key(row)

    def all(self) -> list[Key]:
        """Every key that was made, revoked ones too, the oldest first."""
        with reading(self._engine) as connection:
            return [
                _key(row) for row in connection.execute(select(keys_table).order_by(keys_table.c.made_at))
            ]

    def are_set_up(self) -> bool:
        """Whether some key may write: then nothing is written without one."""
        return any(key.revoked_at is None and key.scope.includes(Scope.WRITE) for key in self.all())

    def holder(self, sent: str) -> Key | None:
        """The key that was sent; None where it is none, or is revoked.

        The secret has 256 random bits, so that a fast hash suffices. It is compared in constant time.
        """
        prefix, _, rest = sent.partition("_")
        key_id, _, secret = rest.partition("_")
        if prefix != _PREFIX or not sent.isascii():
            return None
        with reading(self._engine) as connection:
            row = connection.execute(select(keys_table).where(keys_table.c.id == key_id)).one_or_none()
        known = row.secret_hash if row is not None else ""
        if not hmac.compare_digest(known, _hash(secret)) or row is None or row.revoked_at is not None:
            return None
        return _key(row)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: Row[Any]) -> Key:
    return Key(
        id=row.id,
        name=row.name,
        scope=Scope(row.scope),
        made_at=datetime.fromisoformat(row.made_at),
        revoked_at=datetime.fromisoformat(row.revoked_at) if row.revoked_at else None,
    )
