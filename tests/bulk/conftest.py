"""Runs against the mock, each with `EvoLink` and with `AsyncEvoLink`."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from blocking import no_blocking
from bulk import postgres
from contract import catalog
from key_leaks import no_key_leaks

from evolink import AsyncEvoLink, EvoLink
from evolink_mock import EvoLinkMock

__all__ = ["no_blocking", "no_key_leaks"]


def bodies(count: int) -> list[dict[str, Any]]:
    """Valid bodies, no two alike."""
    model = next(each for each in catalog.keyword_models() if "prompt" in each.example)
    return [{**model.example, "prompt": f"number {number}"} for number in range(1, count + 1)]


class Runs:
    """Runs in one folder, with clients of one kind."""

    def __init__(self, kind: str, mock: EvoLinkMock, folder: Path) -> None:
        self.is_async = kind == "async"
        self.mock = mock
        self.folder = folder
        self.options: dict[str, Any] = {}

    def run(self, jobs: Any, folder: Any = None, **options: Any) -> Any:
        """One run to its end."""
        folder = self.folder if folder is None else folder
        options = {**self.options, **options}
        client_options = options.pop("client", {})
        if not self.is_async:
            with EvoLink(**client_options) as client:
                return client.bulk.run(jobs, folder, **options)

        async def run() -> Any:
            async with AsyncEvoLink(**client_options) as client:
                return await client.bulk.run(jobs, folder, **options)

        return asyncio.run(run())

    @property
    def results(self) -> list[dict[str, Any]]:
        """The lines of the results."""
        lines = (self.folder / "results.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    @property
    def statuses(self) -> Counter[str]:
        """How many jobs have each status."""
        return Counter(line["status"] for line in self.results)

    @property
    def submissions(self) -> list[Any]:
        """The requests that start a task."""
        return [each for each in self.mock.requests if each.method == "POST" and "generations" in each.url]

    @property
    def charges(self) -> Counter[str]:
        """How often each prompt has been charged, by the tasks of the mock."""
        return Counter(task.body["prompt"] for task in self.mock.tasks if task.status == "completed")


ALONE = ["sync", "async"]
"""For tests of what holds only for a journal of its own: `parametrize("runs", ALONE, indirect=True)`."""


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgres.postgres() as address:
        yield address


SHARED = pytest.param("sync on PostgreSQL", marks=pytest.mark.slow)
ONE_CLIENT = pytest.mark.parametrize("runs", ["sync", SHARED], indirect=True)
"""For tests of what the two kinds of client surely share."""


@pytest.fixture(params=[*ALONE, SHARED])
def runs(request: Any, evolink_mock: EvoLinkMock, tmp_path: Path, no_blocking: Any) -> Runs:
    runs = Runs(request.param, evolink_mock, tmp_path / "out")
    if "PostgreSQL" in request.param:
        runs.options["journal"] = request.getfixturevalue("server")
        postgres.empty(runs.options["journal"])
    return runs
