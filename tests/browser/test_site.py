"""The site of the documentation: no page loads anything from elsewhere or is wider than a phone."""

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

SITE = Path(__file__).parents[2] / "site"  # `make docs` builds it
WIDTH = 390  # of a phone


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Write nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    handler = functools.partial(_Handler, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_every_page_stands_alone_and_fits_a_phone(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{address}/index.html", viewport={"width": WIDTH, "height": 844})
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    wide = []
    for path in sorted(SITE.rglob("*.html")):
        page.goto(f"{address}/{path.relative_to(SITE).as_posix()}")
        if page.evaluate("document.documentElement.scrollWidth") > WIDTH:
            wide.append(path.name)
    assert wide == []
    assert [url for url in requested if not url.startswith((address, "data:", "blob:"))] == []


def test_search_finds_a_method_in_the_reference_first(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{address}/index.html")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("combobox", name="Search").fill("wait_all")
    expect(page.get_by_role("option").first).to_contain_text("Reference")


def test_copy_button_leaves_out_prompts_and_output(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{address}/cli.html")
    page.evaluate("navigator.clipboard.writeText('')")
    block = page.locator(".highlight", has_text="evolink-client models upscale")
    block.hover()
    block.get_by_role("button").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text !== '')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.split() == ["evolink-client", "models", "evolink-client", "models", "upscale", "--json"]
