"""The log of fetched pages: read as it was written, and written only with news."""

import json
from pathlib import Path

import pytest

from evolink_codegen._index.fetch_log import FetchLog, IndexRecord, PageRecord
from evolink_codegen._openapi.fetching import NO_VALIDATORS, Validators
from evolink_codegen._openapi.text import InputError

INDEX = IndexRecord(("https://x.com/é.md",), Validators('"i"'), "ko", ("*/a/*",), ("b.md",))
PAGE = PageRecord(Validators('"1"', "Tue, 14 Nov 2023 22:13:20 GMT"), "sora")
LOG = FetchLog({"https://x.com/llms.txt": INDEX}, {"https://x.com/é.md": PAGE})


@pytest.mark.parametrize("log", [FetchLog(), LOG])
def test_log_is_read_as_it_was_written(tmp_path: Path, log: FetchLog) -> None:
    (tmp_path / "log.json").write_bytes(log.dump())
    assert FetchLog.read(tmp_path / "log.json") == log


def test_missing_log_is_empty(tmp_path: Path) -> None:
    assert FetchLog.read(tmp_path / "log.json") == FetchLog()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"indexes": {"a": 1}, "pages": {}}', '{"indexes": [], "pages": 1}']
)
def test_damaged_log_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "log.json").write_text(text)
    with pytest.raises(InputError, match=r"log\.json: not a log"):
        FetchLog.read(tmp_path / "log.json")


@pytest.mark.parametrize(
    ("page", "is_news"),
    [
        (PAGE, False),
        (PageRecord(Validators('"2"'), "sora"), False),
        (PageRecord(NO_VALIDATORS, "sora"), True),
        (PageRecord(PAGE.validators, None), True),
    ],
)
def test_new_version_alone_is_no_news(page: PageRecord, is_news: bool) -> None:
    assert FetchLog(LOG.indexes, {"https://x.com/é.md": page}).tells_more_than(LOG) is is_news


def test_every_page_has_a_line_of_its_own() -> None:
    (line,) = [line for line in LOG.dump().decode().splitlines() if '"sora"' in line]
    assert json.loads("{" + line.strip().removesuffix("}}") + "}")["https://x.com/é.md"]["etag"] == '"1"'
