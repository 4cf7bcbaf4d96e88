"""`evolink-client credits` and `evolink-client upload`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..base import Command
from ..explain import failure_of
from ..records import credits_record, upload_record
from ..text import amount

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ... import Credits
    from ..session import Session


def _credits() -> None:
    session: Session = click.get_current_context().obj
    with session.client() as client:
        found = client.credits()
    session.output.result("credits", credits_record(found), "\n".join(_lines(found)))


def _lines(found: Credits) -> list[str]:
    limit = "unlimited" if found.key_remaining is None else f"{amount(found.key_remaining)} remaining"
    lines = [f"account  {amount(found.remaining)} remaining", f"key      {limit}"]
    for number, used in enumerate((found.used, found.key_used)):
        if used is not None:
            lines[number] += f", {amount(used)} used"
    return lines


def _upload(files: Sequence[str]) -> None:
    from pathlib import Path

    from ... import EvoLinkError

    session: Session = click.get_current_context().obj
    with session.client() as client:
        for file in map(Path, files):
            try:
                uploaded = client.files.upload(file)
            except EvoLinkError as error:
                session.fail(failure_of(error, session))
            else:
                session.output.result("file", upload_record(file, uploaded), uploaded.url)
                if uploaded.expires_at is not None:
                    session.output.note(f"{file}: expires at {uploaded.expires_at.isoformat()}")


credits_: Command = Command(
    "credits", callback=_credits, help="Show the credits of the account and of the API key."
)
upload: Command = Command(
    "upload",
    callback=_upload,
    params=[click.Argument(["files"], nargs=-1, required=True, metavar="FILE...", type=click.Path())],
    help="Upload local files and print their links; it costs no credits, and the links expire.",
)
