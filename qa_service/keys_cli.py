"""The commands that make and revoke keys."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from qa_service.build import open_store
from qa_service.console import say, settings_of_home, stated_errors
from qa_service.keys import Keys, Scope

cli = typer.Typer(no_args_is_help=True, help="Make and revoke the keys that the REST API asks for.")


@cli.command("make")
def make(
    name: Annotated[str, typer.Argument(help="Who or what will have it.")],
    scope: Annotated[Scope, typer.Option(help="What it is good for.")] = Scope.READ,
) -> None:
    """Make a key and print it, once: only its hash is kept."""
    with stated_errors():
        key, sent = _keys().make(name, scope)
    print(sent)
    say(f"key {key.id} for {name} may {scope.value}: keep it now, it isn't shown again")


@cli.command("list")
def show() -> None:
    """List the keys: id, scope, when each was made and revoked, name."""
    with stated_errors():
        keys = _keys().all()
    for key in keys:
        ended = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "valid"
        sys.stdout.write(f"{key.id}\t{key.scope.value}\t{key.made_at:%Y-%m-%d}\t{ended}\t{key.name}\n")


@cli.command("revoke")
def revoke(key_id: Annotated[str, typer.Argument(help="As `tanya keys list` shows it.")]) -> None:
    """Revoke a key: a running service refuses it at once."""
    with stated_errors():
        key = _keys().revoke(key_id)
    say(f"key {key.id} for {key.name} is revoked")


def _keys() -> Keys:
    return Keys(open_store(settings_of_home()).engine)
