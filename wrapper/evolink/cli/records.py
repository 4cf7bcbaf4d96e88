"""The JSON objects of `--json`, as `schema.json` describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .. import Credits, Task, UploadedFile
    from .failures import ExitCode, Failure


def error_record(failure: Failure) -> dict[str, Any]:
    """An error."""
    first = failure.problems[0] if failure.problems else None
    details = {name: value for name, value in failure.details.items() if value is not None}
    return {
        "code": failure.code,
        "exit_code": int(failure.exit_code),
        "message": failure.message,
        "field": None if first is None else first.field,
        "rule": None if first is None else first.rule,
        "suggestion": None if first is None else first.suggestion,
        "problems": [problem._asdict() for problem in failure.problems],
        "next": list(failure.next_steps),
        **details,
    }


def task_record(task: Task, elapsed: float | None = None) -> dict[str, Any]:
    """A task as it was last seen."""
    error = task.error
    return {
        "id": task.id,
        "model": task.model,
        "status": task.status,
        "done": task.done,
        "progress": task.progress,
        "created": task.created,
        "elapsed": None if elapsed is None else round(elapsed, 3),
        "estimated_time": task.estimated_time,
        "credits": task.credits,
        "results": task.results,
        "error": None if error is None else error._asdict(),
        "request_id": task.request_id,
        "raw": task.raw,
    }


def result_record(path: Path, task_id: str) -> dict[str, Any]:
    """A result on the disk."""
    import hashlib

    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"task_id": task_id, "path": str(path), "size": path.stat().st_size, "sha256": digest}


def upload_record(path: Path, uploaded: UploadedFile) -> dict[str, Any]:
    """A local file that was uploaded."""
    expires_at = uploaded.expires_at
    return {
        "path": str(path),
        "size": path.stat().st_size,
        "url": uploaded.url,
        "id": uploaded.id,
        "name": uploaded.name,
        "mime_type": uploaded.mime_type,
        "expires_at": None if expires_at is None else expires_at.isoformat(),
    }


def credits_record(found: Credits) -> dict[str, Any]:
    """The credits of the account, and of the API key."""
    return {
        "remaining": found.remaining,
        "used": found.used,
        "key_remaining": found.key_remaining,
        "key_used": found.key_used,
    }


def summary_record(
    exit_code: ExitCode, tasks: Sequence[Task], *, files: int, elapsed: float | None = None
) -> dict[str, Any]:
    """How a command has ended."""
    statuses: dict[str, int] = {}
    for task in tasks:
        statuses[task.status] = statuses.get(task.status, 0) + 1
    credits_known = [task.credits for task in tasks if task.credits is not None]
    return {
        "exit_code": int(exit_code),
        "tasks": statuses,
        "files": files,
        "credits": sum(credits_known) if credits_known else None,
        "elapsed": None if elapsed is None else round(elapsed, 3),
    }
