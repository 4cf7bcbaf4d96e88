"""`credits`, `upload` and `tasks list`, and local files in place of links."""

import base64
from pathlib import Path
from typing import Any

import pytest
from contract import catalog

from evolink_mock import EvoLinkMock

# The smallest picture.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "cat.png"
    path.write_bytes(PNG)
    return path


def test_credits(cli: Any, evolink_mock: EvoLinkMock) -> None:
    record = cli("credits", "--json").record("credits")
    assert record["remaining"] == evolink_mock.ledger.balance
    assert f"account  {evolink_mock.ledger.balance:g} remaining" in cli("credits").out


def test_upload_prints_the_link(cli: Any, evolink_mock: EvoLinkMock, picture: Path) -> None:
    ended = cli("upload", str(picture))
    assert ended.code == 0
    assert ended.out.startswith("https://")
    record = cli("upload", str(picture), "--json").record("file")
    assert (record["path"], record["size"]) == (str(picture), len(PNG))
    assert record["url"].startswith("https://")


def test_missing_file_does_not_stop_the_others(cli: Any, evolink_mock: EvoLinkMock, picture: Path) -> None:
    ended = cli("upload", "missing.png", str(picture), "--json")
    assert (ended.code, ended.record("error")["code"]) == (2, "invalid_request")
    assert ended.record("file")["path"] == str(picture)


def test_tasks_are_listed(cli: Any, words: list[str], evolink_mock: EvoLinkMock) -> None:
    ids = [cli(*words, "--yes", "--no-wait").out.strip() for _ in range(3)]
    assert [record["id"] for record in cli("tasks", "list", "--json").records] == ids[::-1]
    assert len(cli("tasks", "list", "--limit", "2").out.splitlines()) == 2
    assert cli("tasks", "list", "--status", "failed").out == ""
    assert words[1] in cli("tasks", "list", "--model", words[1]).out


def model_with_pictures() -> str:
    """One whose document says which files it takes."""
    pictures = {one.name: one.schema["properties"].get("image_urls", {}) for one in catalog.models()}
    return next(name for name, one in pictures.items() if "x-evolink-file" in one.get("items", {}))


def test_local_file_takes_the_place_of_a_link(cli: Any, evolink_mock: EvoLinkMock, picture: Path) -> None:
    arguments = ["generate", model_with_pictures(), "--prompt", "A cat", "--image-urls", str(picture)]
    checked = cli(*arguments, "--dry-run", "--json")
    assert checked.record("job")["request"]["image_urls"] == [str(picture)]
    assert len(evolink_mock.requests) == 0
    assert cli(*arguments, "--yes", "--no-wait").code == 0
    assert evolink_mock.requests[-1].json["image_urls"][0].startswith("https://")


@pytest.mark.parametrize(("name", "content"), [("missing.png", None), ("cat.gif", b"GIF89a" + bytes(40))])
def test_wrong_file_is_refused_before_anything_is_sent(
    cli: Any, evolink_mock: EvoLinkMock, tmp_path: Path, name: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    for option in ("--dry-run", "--yes"):
        arguments = ["--prompt", "A cat", "--image-urls", str(tmp_path / name), option, "--json"]
        ended = cli("generate", model_with_pictures(), *arguments)
        assert (ended.code, ended.record("error")["field"]) == (2, "image_urls[0]")
    assert len(evolink_mock.requests) == 0
