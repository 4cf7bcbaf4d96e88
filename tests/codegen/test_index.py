"""All pages of an index in one command, from a server on the loopback and from files."""

import json
import socket
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from codegen.builders import generation, operation, outline
from codegen.docs_server import HANG, Answer, DocsServer, Reply
from document_tree import files_of

from evolink_codegen import project
from evolink_codegen._openapi import fetching
from evolink_codegen._openapi.text import InputError
from evolink_codegen.cli import main

TEXT = {"type": "string"}


def page(tree: Any, name: str = "api") -> bytes:
    return f"# A page\n\n````yaml {name}.json POST /v1/x\n{yaml.safe_dump(tree)}````\n".encode()


def model(name: str, **properties: Any) -> bytes:
    return page(generation({"const": name}, **(properties or {"prompt": TEXT})))


class Site:
    """An index and its pages, and the command that vendors them."""

    def __init__(self, docs: DocsServer, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.docs = docs
        self.project = project
        self.index = f"{docs.url}/llms.txt"
        self.out = self.err = ""
        self._capsys = capsys

    def publish(self, pages: Mapping[str, Answer], *further: str) -> None:
        """Serve these pages, and an index that names them and further links, in this order."""
        self.docs.pages = dict(pages)
        links = "".join(f"- [A page]({path}): what it is\n" for path in (*pages, *further))
        self.docs.pages["/llms.txt"] = f"# Docs\n\n{links}".encode()

    def vendor(self, *options: str, command: str = "vendor") -> int:
        """Vendor what the index names."""
        self._capsys.readouterr()
        self.docs.requests.clear()
        where = ["--index", self.index] if command == "vendor" else []
        code = main([command, *where, *options])
        self.out, self.err = self._capsys.readouterr()
        return code

    @property
    def summary(self) -> str:
        return next(line for line in self.out.splitlines() if " refused" in line)

    @property
    def slugs(self) -> set[str]:
        return {path.stem for path in (self.project / "openapi" / "vendor").glob("*.yaml")} - {
            "get-task-detail"
        }

    @property
    def entries(self) -> dict[str, Any]:
        text = (self.project / "openapi" / "provenance.toml").read_text("utf-8")
        return dict(tomllib.loads(text)["documents"])

    def document(self, slug: str) -> str:
        return (self.project / "openapi" / "vendor" / f"{slug}.yaml").read_text("utf-8")

    def tree(self) -> dict[str, bytes]:
        return files_of(self.project)


@pytest.fixture
def site(
    docs: DocsServer, project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Site:
    monkeypatch.setattr(fetching, "PAUSES", (0.0, 0.0))
    return Site(docs, project, capsys)


def test_every_page_is_vendored(site: Site) -> None:
    site.publish({"/en/a.md": model("a"), "/en/b.md": model("b"), "/en/intro.md": b"# Words\n"})
    assert site.vendor() == 0
    assert site.slugs == {"a", "b"}
    assert site.summary == "2 new, 0 changed, 0 unchanged, 0 withdrawn, 0 refused"
    assert site.entries["a"]["index"] == site.index
    assert site.entries["a"]["source"] == f"{site.docs.url}/en/a.md"
    assert main(["generate"]) == 0


def test_second_run_asks_conditionally_and_writes_nothing(site: Site) -> None:
    site.publish({"/en/a.md": model("a"), "/en/b.md": model("b"), "/en/intro.md": b"# Words\n"})
    site.vendor()
    before = site.tree()
    assert site.vendor() == 0
    assert len(site.docs.requests) == 4
    assert all("If-None-Match" in headers for _, headers in site.docs.requests)
    assert site.summary == "0 new, 0 changed, 2 unchanged, 0 withdrawn, 0 refused"
    assert site.tree() == before


def test_server_without_validators_leads_to_no_write(site: Site) -> None:
    site.publish({"/en/a.md": Reply(model("a"), has_etag=False)})
    site.vendor()
    before = site.tree()
    assert site.vendor() == 0
    assert site.tree() == before


def test_missing_document_is_fetched_again(site: Site) -> None:
    site.publish({"/en/a.md": model("a")})
    site.vendor()
    before = site.tree()
    (site.project / "openapi" / "vendor" / "a.yaml").unlink()
    assert site.vendor() == 0
    assert "If-None-Match" not in site.docs.asked("/en/a.md")[0]
    assert site.tree() == before


def test_changed_page_is_reported_with_its_verdict(site: Site) -> None:
    site.publish({"/en/a.md": model("a"), "/en/b.md": model("b")})
    site.vendor()
    site.publish({"/en/a.md": model("a", prompt={"type": "string", "maxLength": 9}), "/en/b.md": model("b")})
    assert site.vendor() == 0
    assert "### a: changed (major)" in site.out
    assert "b: unchanged" in site.out
    assert "maxLength" in site.document("a")


UNUSABLE: dict[str, tuple[Answer, str]] = {
    "missing": (404, "the server answered 404"),
    "broken": (503, "the server answered 503"),
    "busy": (Reply(status=429, headers={"Retry-After": "3600"}), "the server answered 429"),
    "short": (Reply(model("a"), is_cut=True), "cannot be fetched"),
    "cut": (model("a")[:-5], "cut off"),
    "html": (b"<!doctype html><title>Docs</title>", "HTML"),
    "dangling": (
        page({"openapi": "3.1.0", "paths": {"/x": {"get": {"$ref": "#/nowhere"}}}}),
        "points to nothing",
    ),
    "circle": (Reply(status=302, headers={"Location": "/en/circle.md"}), "more than 5 redirects"),
    "file": (Reply(status=302, headers={"Location": "file:///etc/hosts"}), "file:///etc/hosts"),
}


def test_unusable_pages_are_refused_with_the_reason(site: Site) -> None:
    pages = {f"/en/{name}.md": answer for name, (answer, _) in UNUSABLE.items()}
    site.publish({**pages, "/en/b.md": model("b")})
    assert site.vendor() == 0
    assert site.slugs == {"b"}
    refused = [line for line in site.err.splitlines() if line.startswith("refused: ")]
    for line, (name, (_, reason)) in zip(refused, UNUSABLE.items(), strict=True):
        assert line.startswith(f"refused: {site.docs.url}/en/{name}.md: ")
        assert reason in line
    assert site.summary == f"1 new, 0 changed, 0 unchanged, 0 withdrawn, {len(UNUSABLE)} refused"
    assert site.vendor("--strict") == 1


def test_page_that_does_not_come_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.publish({"/en/b.md": model("b")})
    site.vendor()
    monkeypatch.setattr(fetching, "TIMEOUT", 0.5)
    site.publish({"/en/a.md": HANG, "/en/b.md": model("b")})
    assert site.vendor() == 0
    assert site.slugs == {"b"}
    assert f"refused: {site.docs.url}/en/a.md: no answer within" in site.err


def test_refused_page_keeps_its_document(site: Site) -> None:
    site.publish({"/en/a.md": model("a"), "/ko/a.md": model("a", prompt={"type": "integer"})})
    site.vendor()
    before = site.tree()
    for reply in (404, b"# This page has moved\n"):
        site.docs.pages["/en/a.md"] = reply
        assert site.vendor() == 0
        assert "refused: " in site.err
        assert site.tree() == before


def test_busy_server_is_given_the_pause_it_asks_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(fetching.Fetcher.__init__, "__defaults__", (slept.append,))
    busy = Reply(b"", 429, {"Retry-After": "7"})
    site.publish({"/en/a.md": [busy, Reply(model("a"))]})
    assert site.vendor() == 0
    assert site.slugs == {"a"}
    assert len(slept) == 1
    assert 6 < slept[0] <= 7


def test_redirected_page_keeps_the_address_of_the_index(site: Site) -> None:
    site.publish({"/en/a.md": Reply(status=301, headers={"Location": "/en/new/a.md"})})
    site.docs.pages["/en/new/a.md"] = model("a")
    assert site.vendor() == 0
    assert site.entries["a"]["source"] == f"{site.docs.url}/en/a.md"


@pytest.mark.parametrize(
    ("index", "reason"),
    [
        (404, "the server answered 404"),
        (b"<!doctype html>", "HTML"),
        (b"# Other indexes\n\n- [One](/one/llms.txt)\n- [Two](https://example.com)\n", "it names no page"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_unusable_index_exits_with_2(site: Site, index: Any, reason: str) -> None:
    site.docs.pages["/llms.txt"] = index
    before = site.tree()
    assert site.vendor() == 2
    assert site.err.count("\n") == 1
    assert reason in site.err
    assert site.tree() == before


class TestLanguages:
    """Of one model in several languages one is taken."""

    def test_wanted_language_is_taken(self, site: Site) -> None:
        pages = {f"/{language}/a.md": model("a", **{language: TEXT}) for language in ("ko", "en", "ja")}
        site.publish({**pages, "/ko/b.md": model("b", ko=TEXT)})
        assert site.vendor() == 0
        assert "en:" in site.document("a")
        assert [path for path, _ in site.docs.requests if path.endswith("a.md")] == ["/en/a.md"]
        assert "ko:" in site.document("b")
        assert site.vendor("--language", "ja") == 0
        assert "ja:" in site.document("a")

    def test_translation_under_another_name_is_passed_over(self, site: Site) -> None:
        site.publish({"/ko/bideo.md": model("a", ko=TEXT), "/en/video.md": model("a", en=TEXT)})
        assert site.vendor("--strict") == 0
        assert site.slugs == {"a"}
        assert "en:" in site.document("a")
        assert site.vendor("--strict") == 0
        assert "### " not in site.out

    def test_page_of_another_language_has_its_own_file(self, site: Site) -> None:
        site.publish({"/ko/a.md": model("a", ko=TEXT)})
        site.vendor()
        assert site.entries["a"]["page"] == "vendor/pages/a.ko.md"
        site.publish({"/en/a.md": model("a", en=TEXT), "/ko/a.md": model("a", ko=TEXT)})
        site.vendor()
        assert site.entries["a"]["page"] == "vendor/pages/a.en.md"
        assert [path.name for path in (site.project / "openapi/vendor/pages").iterdir()] == ["a.en.md"]

    def test_other_language_stands_in_for_a_missing_page(self, site: Site) -> None:
        site.publish({"/en/a.md": 404, "/ko/a.md": model("a")})
        assert site.vendor() == 0
        assert site.slugs == {"a"}
        assert "/en/a.md: the server answered 404" in site.err


class TestWithdrawal:
    """A page that the index named and names no more."""

    def test_document_is_named_and_kept(self, site: Site) -> None:
        site.publish({"/en/a.md": model("a"), "/en/b.md": model("b")})
        site.vendor()
        site.publish({"/en/b.md": model("b")})
        assert site.vendor(command="sync") == 0
        assert "a: withdrawn, kept" in site.out
        assert "a minor one" in site.out
        assert site.slugs == {"a", "b"}
        assert "withdrawn" in site.entries["a"]
        before = site.tree()
        assert site.vendor(command="sync") == 0
        assert "1 withdrawn" in site.summary
        assert site.tree() == before

    def test_models_of_a_withdrawn_page_are_deprecated(self, site: Site) -> None:
        site.publish({"/en/a.md": model("a"), "/en/b.md": model("b"), "/en/c.md": model("c")})
        site.vendor()
        site.publish({"/en/b.md": model("b")})
        site.vendor()
        action = {
            "target": "$.paths['/v1/videos/generations'].post",
            "update": {"x-evolink-lifecycle": {"status": "retired", "replacement": "b"}},
        }
        overlay = {"overlay": "1.0.0", "extends": "../vendor/c.yaml", "actions": [action]}
        (site.project / "openapi" / "overlays" / "c.x.yaml").write_text(yaml.safe_dump(overlay))
        assert main(["generate"]) == 0
        index = json.loads((site.project / "generated/evolink_api/contract/index.json").read_text("utf-8"))
        assert index["operations"]["createVideosGenerations"]["lifecycle"] == {
            "a": {"status": "deprecated", "since": str(site.entries["a"]["withdrawn"])},
            "c": {"status": "retired", "replacement": "b"},
        }

    def test_pruned_document_leaves_nothing(self, site: Site) -> None:
        site.publish({"/en/b.md": model("b")})
        site.vendor()
        expected = {name: data for name, data in site.tree().items() if not name.endswith(("toml", "json"))}
        site.publish({"/en/a.md": model("a"), "/en/b.md": model("b")})
        site.vendor()
        action = {"target": "$.info", "update": {"title": "A"}}
        overlay = {"overlay": "1.0.0", "extends": "../vendor/a.yaml", "actions": [action]}
        (site.project / "openapi" / "overlays" / "a.x.yaml").write_text(yaml.safe_dump(overlay))
        site.publish({"/en/b.md": model("b")})
        assert site.vendor("--prune") == 0
        assert "a: withdrawn, removed" in site.out
        assert "a major one" in site.out
        assert {n: d for n, d in site.tree().items() if not n.endswith(("toml", "json"))} == expected
        assert set(site.entries) == {"b"}

    def test_page_that_comes_back_is_as_before(self, site: Site) -> None:
        site.publish({"/en/a.md": model("a"), "/en/b.md": model("b")})
        site.vendor()
        before = site.entries
        site.publish({"/en/b.md": model("b")})
        site.vendor()
        site.publish({"/en/a.md": model("a"), "/en/b.md": model("b")})
        site.vendor()
        assert site.entries == before

    def test_moved_page_keeps_its_document(self, site: Site) -> None:
        pair = page(generation({"enum": ["m1", "m2"]}, prompt=TEXT))
        site.publish({"/en/old.md": pair, "/en/b.md": model("b")})
        site.vendor()
        site.publish({"/en/new.md": pair + b"\nMore words.\n", "/en/b.md": model("b")})
        assert site.vendor() == 0
        assert site.slugs == {"old", "b"}
        assert site.entries["old"]["source"] == f"{site.docs.url}/en/new.md"
        assert "0 withdrawn" in site.summary

    def test_page_that_is_left_out_is_not_withdrawn(self, site: Site) -> None:
        site.publish({"/en/a.md": model("a"), "/en/b.md": model("b")})
        site.vendor()
        assert site.vendor("--exclude", "*/a.md") == 0
        assert "0 withdrawn" in site.summary


class TestNames:
    """Which document each page is kept as."""

    def test_pages_of_one_model_on_different_paths_are_kept(self, site: Site) -> None:
        chat = page(generation({"const": "glm-x"}, path="/v1/chat/completions", messages=TEXT))
        messages = page(generation({"const": "glm-x"}, path="/v1/messages", prompt=TEXT))
        site.publish({"/en/glm-x-api.md": chat, "/en/glm-x-messages.md": messages})
        assert site.vendor("--strict") == 0
        assert site.slugs == {"glm-x", "glm-x-messages"}
        assert main(["generate"]) == 0
        contract = json.loads((site.project / "generated/evolink_api/contract.json").read_text("utf-8"))
        assert {"/v1/chat/completions", "/v1/messages"} <= set(contract["paths"])
        before = site.tree()
        assert site.vendor() == 0
        assert site.tree() == before

    @pytest.mark.parametrize("first", ["text", "integer"])
    def test_first_of_contradicting_pages_stays(self, site: Site, first: str) -> None:
        pages = {
            "/en/text.md": Reply(model("m", size={"type": "string"}), delay=0.2 if first == "text" else 0),
            "/en/integer.md": Reply(model("m", size={"type": "integer"})),
        }
        site.publish(dict(sorted(pages.items(), key=lambda item: first not in item[0])))
        for _ in range(2):
            assert site.vendor("--strict") == 1
            assert f"type: {'string' if first == 'text' else first}" in site.document("m")
            assert site.slugs == {"m"}
            other = "integer" if first == "text" else "text"
            assert site.err.startswith(f"refused: {site.docs.url}/en/{other}.md: ")
            assert "on the model 'm': the property 'size' differs" in site.err

    def test_copies_of_a_document_count_once(self, site: Site) -> None:
        site.publish({"/en/a.md": model("a"), "/en/also.md": b"# Again\n\n" + model("a")})
        assert site.vendor("--strict") == 0
        assert site.slugs == {"a"}

    def test_published_page_replaces_a_written_document(self, site: Site) -> None:
        entry = {"kind": "written", "language": "en"}
        (site.project / "openapi" / "provenance.toml").write_text(
            "".join(["[documents.get-task-detail]\n", *(f'{k} = "{v}"\n' for k, v in entry.items())])
        )
        reply = {"type": "object", "properties": {"id": TEXT, "status": TEXT}}
        published = page(outline({"/v1/tasks/{id}": {"get": operation(None, reply)}}))
        site.publish({"/en/tasks/query.md": published})
        assert site.vendor() == 0
        assert site.entries["get-task-detail"]["kind"] == "verbatim"
        assert "/v1/tasks/{id}" in site.document("get-task-detail")
        assert site.slugs == set()


class TestLocalPages:
    """What an index may name depends on where it is."""

    def test_index_in_a_file_names_files(self, site: Site) -> None:
        (site.project / "pages" / "en").mkdir(parents=True)
        (site.project / "pages" / "en" / "a.md").write_bytes(model("a"))
        (site.project / "pages" / "llms.txt").write_text(f"- [A](en/a.md)\n- [B]({site.docs.url}/en/b.md)\n")
        site.docs.pages["/en/b.md"] = model("b")
        site.index = "pages/llms.txt"
        assert site.vendor("--strict") == 0
        assert site.slugs == {"a", "b"}
        assert site.entries["a"]["source"] == "pages/en/a.md"
        before = site.tree()
        assert site.vendor(command="sync") == 0
        assert "2 unchanged" in site.summary
        assert site.tree() == before

    def test_public_index_names_no_local_pages(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        site.index = "https://docs.example.com/llms.txt"
        links = [
            "http://127.0.0.1/en/a.md",
            "http://localhost/b.md",
            "http://10.0.0.1/c.md",
            "http://[::1]/d.md",
            "https://inside.example.com/e.md",
        ]
        index = "".join(f"- [A]({link})\n" for link in links).encode()
        asked: list[str] = []

        def resolve(host: str, port: int, **_: Any) -> Any:
            return [(0, 0, 0, "", ("10.0.0.7" if host == "inside.example.com" else host, port))]

        def fetch(_: Any, address: str, __: Any = None) -> fetching.Fetched:
            asked.append(address)
            return fetching.Fetched(index)

        monkeypatch.setattr(fetching.Fetcher, "fetch", fetch)
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        assert site.vendor("--strict") == 1
        assert asked == [site.index]
        assert site.err.count("a public index may not name local pages") == len(links)

    @pytest.mark.parametrize(
        "link", ["https://x.com:99999/a.md", f"https://{'x' * 70}.com/a.md", "https://a..b/a.md"]
    )
    def test_odd_address_is_refused(self, site: Site, monkeypatch: pytest.MonkeyPatch, link: str) -> None:
        def fetch(_: Any, address: str, __: Any = None) -> fetching.Fetched:
            assert address == site.index
            return fetching.Fetched(f"[A]({link})".encode())

        site.index = "https://docs.example.com/llms.txt"
        monkeypatch.setattr(fetching.Fetcher, "fetch", fetch)
        assert site.vendor() == 0
        assert site.err.startswith(f"refused: {link}: ")
        assert site.err.count("\n") == 1


def test_include_and_exclude_select_pages(site: Site) -> None:
    site.publish({f"/en/{kind}/{name}.md": model(name) for kind, name in (("video", "a"), ("image", "b"))})
    assert site.vendor("--include", "en/video/*") == 0
    assert site.slugs == {"a"}
    site.publish(dict(site.docs.pages) | {"/en/video/c.md": model("c")})
    assert site.vendor(command="sync") == 0
    assert site.slugs == {"a", "c"}


def test_dry_run_writes_nothing(site: Site) -> None:
    site.publish({"/en/a.md": model("a")})
    before = site.tree()
    assert site.vendor("--dry-run") == 0
    assert "### a: new" in site.out
    assert site.tree() == before


@pytest.mark.parametrize("arguments", [[], ["--index", "x", "page.md"]])
def test_vendor_needs_sources_or_an_index(project: Path, arguments: list[str]) -> None:
    assert main(["vendor", *arguments]) == 2


def test_damaged_log_is_refused(site: Site) -> None:
    (site.project / "openapi" / "fetched.json").write_text("[]")
    assert site.vendor() == 2
    assert "fetched.json" in site.err


def test_page_that_does_not_compile_is_refused_alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the generator cannot compile names no document: it is found by trying."""

    def write_package(contract: Any, folder: Path) -> None:
        if '"bad"' in json.dumps(contract):
            raise InputError("the generated code", "cannot be formatted")

    monkeypatch.setattr(project, "write_package", write_package)
    names = [f"m{number}" for number in range(9)]
    pages = {f"/en/{name}.md": model(name) for name in names} | {"/en/bad.md": model("bad")}
    site.publish(pages)
    assert site.vendor() == 0
    assert site.slugs == set(names)
    assert site.err == f"refused: {site.docs.url}/en/bad.md: the generated code: cannot be formatted\n"
