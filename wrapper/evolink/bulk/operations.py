"""What takes time in a run: submissions and downloads, which share nothing with the engine beside them."""

from __future__ import annotations

import functools
import json
import os
from typing import TYPE_CHECKING, Any

from .._core.errors import EvoLinkError, InvalidRequest
from . import naming
from .background import result_of
from .jobs import operation_of
from .outcomes import Crashed, Posted

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from pathlib import Path

    from .._http.client_base import BaseClient
    from .folder import RunFolder
    from .journal import JobRow, Journal
    from .outcomes import Download


class _NotHeldError(EvoLinkError):
    """Another process may have the job by now."""


class Operations:
    """Submits jobs and downloads results."""

    def __init__(self, client: BaseClient, journal: Journal, folder: RunFolder, deadline: float) -> None:
        """Prepare for a run.

        Args:
            client: The client of the run.
            journal: The journal of the run.
            folder: Where the results go.
            deadline: When downloads end that are not complete, on the client's clock.
        """
        # Each attempt of a submission is a decision of the engine.
        self._submitter: Any = client.with_options(max_retries=0, trust_idempotency=False)
        self._io = client._io
        self._journal = journal
        self._folder = folder
        self._deadline = deadline

    async def submit(self, job: JobRow) -> Posted:
        """Submit a job once, under its key."""
        sent_at = self._io.now()

        def check() -> None:
            if not self._journal.holds(job):
                raise _NotHeldError

        body = json.loads(job.body)
        try:
            check()
            operation = operation_of(body["model"])
            if operation is None:  # the package is another one than when the run began
                raise InvalidRequest(f"the contract has no model {body['model']!r} any more")
            # Again right before the POST: uploads and connecting take time, and so may a machine that sleeps.
            resource = getattr(self._submitter._with_check(check), operation.resource)
            task = await result_of(resource.create(body, idempotency_key=job.idempotency_key))
        except _NotHeldError:
            return Posted(job, sent_at)
        except EvoLinkError as error:
            return Posted(job, sent_at, error=error)
        return Posted(job, sent_at, task)

    async def download(self, download: Download) -> Download:
        """Download the results of a job, and give the files their names."""
        job = download.job
        folder = f"{self._folder.part_folder(job.seq)}{os.sep}"
        left = max(self._deadline - self._io.now(), 0.0)
        try:
            paths: list[Path] = await result_of(download.task.download(folder, timeout=left))
            files = await self._io.run_in_thread(functools.partial(self._place, job, paths))
        except (EvoLinkError, OSError) as error:
            return download._replace(error=error)
        return download._replace(files=files)

    def _place(self, job: JobRow, paths: Sequence[Path]) -> Sequence[dict[str, Any]]:
        stems = naming.stems(job.output, len(paths), self._journal.has_output)
        return self._folder.place(paths, stems, naming.suffix_of(job.output))


async def guarded(operation: Coroutine[Any, Any, Any], job: JobRow | None = None) -> Any:
    """An operation whose unforeseen errors are outcomes too: the engine raises them.

    Args:
        operation: Which.
        job: What it submits, if it does.
    """
    try:
        return await operation
    except Exception as error:  # noqa: BLE001 - see above
        return Crashed(error, job)
