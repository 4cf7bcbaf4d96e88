"""The client against the mock, as a user's test would have it: in the process, on virtual time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

import evolink
from evolink import AsyncEvoLink, EvoLink
from evolink._contract import index
from evolink_mock import EvoLinkMock


def test_every_model_works_from_request_to_file(
    evolink_mock: EvoLinkMock, any_example: dict[str, Any], tmp_path: Path
) -> None:
    with EvoLink(evolink_mock.api_key) as client:
        task = client.videos.generate(**any_example)
        (path,) = task.download(tmp_path / "clip.mp4")

    assert task.done
    assert path.stat().st_size > 1000
    assert evolink_mock.requests[0].json == any_example


def test_every_model_works_with_the_async_client(
    evolink_mock: EvoLinkMock, any_example: dict[str, Any], tmp_path: Path
) -> None:
    async def make() -> Any:
        async with AsyncEvoLink(evolink_mock.api_key) as client:
            task = await client.videos.generate(**any_example)
            return task, await task.download(tmp_path / "clip.mp4")

    task, (path,) = asyncio.run(make())

    assert task.done
    assert path.stat().st_size > 1000


def test_a_wait_takes_few_polls(evolink_mock: EvoLinkMock, example: dict[str, Any]) -> None:
    with EvoLink(evolink_mock.api_key) as client:
        client.videos.generate(**example)

    assert len(evolink_mock.requests) < 25


def test_a_wrong_key_is_an_authentication_error(evolink_mock: EvoLinkMock, example: dict[str, Any]) -> None:
    with EvoLink("sk-wrong-0123456789") as client, pytest.raises(evolink.AuthenticationError) as caught:
        client.videos.create(**example)

    assert caught.value.status == 401
    assert caught.value.code


def test_rate_limits_are_waited_out_on_virtual_time(
    evolink_mock: EvoLinkMock, example: dict[str, Any]
) -> None:
    evolink_mock.fault(status=429, times=2, headers={"Retry-After": "30"})

    with EvoLink(evolink_mock.api_key) as client:
        client.videos.create(**example)

    assert len(evolink_mock.requests) == 3


def test_a_failed_task_is_an_error_with_its_hint(evolink_mock: EvoLinkMock, example: dict[str, Any]) -> None:
    code = next(iter(index.contract().task_errors))
    evolink_mock.outcome("failed", code=code)

    with EvoLink(evolink_mock.api_key) as client, pytest.raises(evolink.TaskFailed) as caught:
        client.videos.generate(**example)

    assert caught.value.code == code
    assert caught.value.advice
