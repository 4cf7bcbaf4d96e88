"""Texts of documents and links of guides, as the site shows them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink_codegen._emit.models_table import escaped
from evolink_codegen._site.diagrams import with_pictures
from evolink_codegen._site.links import relinked
from evolink_codegen._site.markdown import described, fenced, with_plain_pipes

TITLES = {"docs/client.md": "The `client`"}
PAGES = {"docs/client.md": "client.md", "README.md": "index.md", "docs/a.png": "pictures/docs-a.png"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Plain **bold** and `code`", "Plain **bold** and `code`"),
        ("# Title", "**Title**"),
        ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
        ("[page](/en/x)", "page"),
        ("[page](https://example.com/x)", "[page](https://example.com/x)"),
        ("[x](javascript:alert)", "x"),
        ("![picture](x.png)", "picture"),
        ("see [1]", "see \\[1\\]"),
        ("::: evolink.EvoLink", "\\::: evolink.EvoLink"),
        ("```\ncode", "\\`\\`\\`\ncode"),
        ("Values:\n- a\n- b", "Values:\n\n- a\n- b"),
    ],
)
def test_description_cannot_break_the_page(text: str, shown: str) -> None:
    assert described(text) == shown


@given(st.text())
def test_no_html_is_left(text: str) -> None:
    assert "<" not in described(text)
    assert "<" not in escaped(text).replace("\\<", "")


@given(st.text(alphabet="`a\n"))
def test_code_does_not_end_its_block(text: str) -> None:
    first, *_, last = fenced(text, "text").rstrip("\n").split("\n")
    assert last == first.removesuffix("text")
    assert last not in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[Client](client.md#errors)", "[Client](client.md#errors)"),
        ("[client.md](client.md#errors)", "[The `client`](client.md#errors)"),
        ("[Home](../README.md)", "[Home](index.md)"),
        ("![A](a.png)", "![A](pictures/docs-a.png)"),
        ("[![A](a.png)](a.png)", "[![A](pictures/docs-a.png)](pictures/docs-a.png)"),
        ("[code](../wrapper/x.py)", "code"),
        ("[`code`](../wrapper/x.py) and `[a](b.py)`", "`code` and `[a](b.py)`"),
        ("[web](https://example.com)", "[web](https://example.com)"),
        ("[here](#below)", "[here](#below)"),
        ("`[x](y.py)` and\n```python\na[b](c)\n```", "`[x](y.py)` and\n```python\na[b](c)\n```"),
    ],
)
def test_links_lead_to_pages(text: str, shown: str) -> None:
    assert relinked(text, "docs/mock.md", "mock.md", PAGES, TITLES) == shown


def test_code_of_a_table_has_no_backslash_before_a_pipe() -> None:
    assert with_plain_pipes("`a\\|b`\n| `a\\|b` | c\\|d |") == "`a\\|b`\n| `a|b` | c\\|d |"


def test_diagram_becomes_a_picture_that_can_be_opened() -> None:
    text = with_pictures("## How it works\n\n```mermaid\na\n```\n", lambda name: f"d/{name}")
    picture = re.search(r"!\[Diagram: How it works\]\((d/\w+\.svg)\)", text)
    assert picture is not None
    assert text.endswith(f"[{picture[0]}]({picture[1]})\n")


def test_links_from_a_folder_lead_up() -> None:
    assert relinked("[C](../client.md)", "docs/a/b.md", "a/b.md", PAGES, TITLES) == "[C](../client.md)"
