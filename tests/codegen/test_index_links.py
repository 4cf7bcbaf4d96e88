"""What an index names: pages, each once, in its order, grouped by what translations have in common."""

import pytest

from evolink_codegen._index.links import by_preference, link, read_links, selected
from evolink_codegen._openapi.text import InputError

INDEX = "https://docs.example.com/llms.txt"


def origins(text: str, index: str = INDEX) -> list[str]:
    return [page.origin for page in read_links(text.encode(), index)]


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("- [A](https://docs.example.com/en/a.md): words", "https://docs.example.com/en/a.md"),
        ("[A](/en/a.md)", "https://docs.example.com/en/a.md"),
        ("[A](en/a.md#top)", "https://docs.example.com/en/a.md"),
        ("[A](HTTPS://Docs.Example.com/en/A.md)", "https://docs.example.com/en/A.md"),
        ('[A](/a.md "Title") and more', "https://docs.example.com/a.md"),
        ("[A [b]](</a b.md>)", "https://docs.example.com/a b.md"),
        ("<https://other.example.com/a.yaml>", "https://other.example.com/a.yaml"),
        ("[A](/a.json?version=2)", "https://docs.example.com/a.json?version=2"),
        ("\ufeff[日本](/日本.md)", "https://docs.example.com/日本.md"),
    ],
)
def test_page_is_found(text: str, origin: str) -> None:
    assert origins(text) == [origin]


@pytest.mark.parametrize(
    "target",
    [
        "/pricing",
        "/logo.png",
        "mailto:a@example.com",
        "javascript:alert(1).md",
        "file:///etc/a.md",
        "ftp://example.com/a.md",
        "https://[bad/a.md",
        "</\x1b[31m.md>",
        "//other.example.com/a.md",
    ],
)
def test_other_link_is_passed_over(target: str) -> None:
    assert origins(f"[A]({target}) [B](/b.md)") == ["https://docs.example.com/b.md"]


def test_file_names_files_beside_it() -> None:
    assert origins("[A](en/a.md) [B](../b%20c.md) [C](/tmp/c.md)", "docs/llms.txt") == [
        "docs/en/a.md",
        "b c.md",
        "/tmp/c.md",
    ]


def test_order_is_kept_and_each_page_counts_once() -> None:
    assert origins("[B](/b.md)\n\n[A](/a.md) [B](/b.md#x)\n") == [
        "https://docs.example.com/b.md",
        "https://docs.example.com/a.md",
    ]


@pytest.mark.parametrize("text", ["", "# Words\n", "[A](/a.html)", "<!DOCTYPE html><a href='/a.md'>"])
def test_index_without_pages_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"names no page|HTML"):
        origins(text)


def test_languages_are_tried_in_order_of_preference() -> None:
    pages = [link(f"https://x.com{path}", INDEX) for path in ("/ko/a.md", "/a.md", "/en/a.md", "/ja/b.md")]
    assert [[page.language for page in group] for group in by_preference(pages, "en")] == [
        ["en", None, "ko"],
        ["ja"],
    ]
    assert [page.language for page in by_preference(pages, "ko")[0]] == ["ko", None, "en"]


def test_folders_above_a_local_index_name_no_language() -> None:
    assert link("/srv/wt/docs/ko/a.md", "/srv/wt/docs/llms.txt").key == "a.md"


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ([], [], ["a", "b", "c"]),
        (["en/video/*"], [], ["a"]),
        (["*/image/*", "a.md"], [], ["a", "b"]),
        ([], ["*/b.md"], ["a", "c"]),
        (["https://docs.example.com/*"], ["c.md"], ["a", "b"]),
    ],
)
def test_patterns_select_pages(include: list[str], exclude: list[str], expected: list[str]) -> None:
    paths = ("en/video/a.md", "en/image/b.md", "en/c.md")
    pages = [link(f"https://docs.example.com/{path}", INDEX) for path in paths]
    found = [page.origin[-4] for page in selected(pages, include, exclude)]
    assert found == expected


def test_lines_made_to_be_slow_are_read_in_time() -> None:
    text = "[](" * 500_000 + "\n[A](/a.md)\n"
    assert origins(text) == ["https://docs.example.com/a.md"]
