"""A page gives up its one OpenAPI document, byte for byte; anything else is refused in one line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink_codegen._openapi.source import parse_source, read_source
from evolink_codegen._openapi.text import InputError

DOCUMENT = b"openapi: 3.1.0\ninfo: {title: T, version: 1.0.0}\npaths: {}\n"


def page(fence: bytes, info: bytes = b"yaml", document: bytes = DOCUMENT) -> bytes:
    return b"# Title\n\n" + fence + info + b"\n" + document + fence + b"\n\nMore words\n"


@given(
    st.sampled_from([b"`", b"~"]),
    st.integers(3, 9),
    st.sampled_from([b"", b"yaml", b"yaml ko/x.json POST /v1/x"]),
)
def test_fence_of_any_length_is_found(mark: bytes, length: int, info: bytes) -> None:
    found = parse_source(page(mark * length, info), "page.md")
    assert found.document == DOCUMENT
    assert found.page == page(mark * length, info)


def test_shorter_fence_is_content() -> None:
    document = DOCUMENT + b"# ```\n```\nan example\n```\n"
    assert parse_source(page(b"````", document=document), "page.md").document == document


def test_crlf_is_kept() -> None:
    document = DOCUMENT.replace(b"\n", b"\r\n")
    text = b"# Title\r\n\r\n```yaml\r\n" + document + b"```\r\n"
    assert parse_source(text, "page.md").document == document


def test_other_fences_are_skipped() -> None:
    text = b"```bash\ncurl x\n```\n\n" + page(b"```")
    assert parse_source(text, "page.md").document == DOCUMENT


def test_plain_document_is_taken_whole() -> None:
    found = parse_source(DOCUMENT, "some/Thing.yaml")
    assert (found.document, found.page, found.stem) == (DOCUMENT, None, "Thing")


@pytest.mark.parametrize(
    ("origin", "info", "language"),
    [
        ("sora.ko.md", b"yaml", "ko"),
        ("sora.md", b"yaml ko/api-manual/sora.json POST /v1/x", "ko"),
        ("https://docs.example.com/zh-CN/sora.md", b"yaml", "zh-CN"),
        ("sora.md", b"yaml", None),
    ],
)
def test_language_comes_from_page_or_address(origin: str, info: bytes, language: str | None) -> None:
    assert parse_source(page(b"```", info), origin).language == language


@pytest.mark.parametrize(
    ("data", "origin", "reason"),
    [
        (b"# Only words\n", "page.md", "no OpenAPI document in a fence"),
        (b"```yaml\n" + DOCUMENT, "page.md", "no OpenAPI document in a fence"),
        (page(b"```") + page(b"```"), "page.md", "2 OpenAPI documents"),
        (b"<!DOCTYPE html><html></html>", "https://docs.example.com/x", "HTML"),
        (b"  <html><body>openapi: 3</body></html>", "x.yaml", "HTML"),
    ],
)
def test_page_needs_exactly_one_document(data: bytes, origin: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        parse_source(data, origin)
    assert str(caught.value).startswith(origin)
    assert "\n" not in str(caught.value)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml: cannot be read"):
        read_source(str(tmp_path / "none.yaml"))
