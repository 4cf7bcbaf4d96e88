"""What is said of changes, and how the subcommand exits."""

import copy
import json
import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from codegen.builders import taking

from evolink_codegen._diff import Change, Level, as_json, as_markdown, as_text, compare, version_step
from evolink_codegen._openapi.document import Document, read_document
from evolink_codegen.cli import main

DATA = Path(__file__).parent / "diff"
BASE = read_document(DATA / "base.yaml")


def _edited(*names: str) -> Document:
    """The synthetic document with some of the changes that the vendor's documents see within a year."""
    data = copy.deepcopy(BASE.data)
    create = data["paths"]["/v1/clips/generations"]["post"]
    schemas = data["components"]["schemas"]
    fields = schemas["ClipRequest"]["properties"]
    code = schemas["ErrorReply"]["properties"]["error"]["properties"]["code"]
    edits: dict[str, Callable[[], object]] = {
        "limit lowered": lambda: fields["prompt"].update(maxLength=1000),
        "limit raised": lambda: fields["camera"].update(maxLength=60),
        "narrowed to one": lambda: fields["quality"].update(enum=["1080p"]),
        "value added": lambda: fields["fps"]["enum"].append(60),
        "renamed": lambda: fields.update(image_urls={"type": "array", "items": fields.pop("image_url")}),
        "default": lambda: fields["quality"].update(default="1080p"),
        "retyped": lambda: code.update(type="integer"),
        "error gone": lambda: create["responses"].pop("500"),
        "model renamed": lambda: fields["model"].update(enum=["clip-1", "clip-1-turbo"]),
        "summary": lambda: create.update(summary="Make a short clip"),
    }
    for name in names or edits:
        edits[name]()
    return Document("edited", "edited.yaml", data)


@pytest.mark.parametrize(
    ("levels", "step"),
    [
        ([], None),
        (["docs"], "patch"),
        (["docs", "compatible"], "minor"),
        (["compatible", "breaking", "docs"], "major"),
    ],
)
def test_worst_change_decides_version_step(levels: list[Level], step: str | None) -> None:
    assert version_step(Change(level, "c", "p", "m") for level in levels) == step


HOSTILE = "a`b``\n# <script>*_[x](http://e) | $x$\u202e\x1b[2J\x00" + "y" * 400


def test_hostile_text_is_escaped() -> None:
    field = {"type": "string", "enum": ["a", HOSTILE], "description": HOSTILE}
    old = taking({"type": "object", "properties": {"x": {"type": "string"}}})
    new = taking({"type": "object", "properties": {HOSTILE: field, "x": {**field, "default": HOSTILE}}})
    changes = compare(old, new) + compare(new, old)
    assert len(changes) == 8
    for one in changes:
        assert all(text.isprintable() and len(text) < 400 for text in (one.path, one.message))
    for line in as_markdown(changes).splitlines():
        code = re.fullmatch(r"- (`+) ?(.*?) ?\1: (.*)", line)
        if line.startswith("- "):
            assert code is not None
            assert "``" not in code[2] or len(code[1]) > 2
            assert not re.search(r"(?<!\\)[`*_<\[|#]", code[3])


def test_report_formats() -> None:
    changes = compare(BASE, _edited())
    assert as_text(changes) == (DATA / "report.txt").read_text("utf-8")
    assert as_markdown(changes) == (DATA / "report.md").read_text("utf-8")
    assert as_json(changes) == (DATA / "report.json").read_text("utf-8")
    assert as_text([]) == "no changes\n"
    assert as_markdown([]) == "No changes.\n"
    assert json.loads(as_json([])) == {"breaking": False, "changes": []}


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["summary"], 0),
        (["limit raised"], 0),
        (["retyped"], 0),
        (["limit lowered"], 1),
        (["summary", "value added", "model renamed"], 1),
        ([], 1),
    ],
)
def test_exit_code_follows_severity(
    names: list[str], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited = _edited(*names)
    (tmp_path / "new.json").write_text(json.dumps(edited.data), "utf-8")
    (tmp_path / "page.md").write_text(f"# Clips\n\n````json x\n{json.dumps(edited.data)}\n````\n", "utf-8")
    for new in ("new.json", "page.md"):
        assert main(["diff", str(DATA / "base.yaml"), str(tmp_path / new), "--format", "json"]) == code
        printed = json.loads(capsys.readouterr().out)
        expected = compare(read_document(DATA / "base.yaml"), read_document(tmp_path / "new.json"))
        assert printed == {"breaking": code == 1, "changes": [asdict(one) for one in expected]}


def test_text_is_the_default_format(capsys: pytest.CaptureFixture[str]) -> None:
    base = str(DATA / "base.yaml")
    assert main(["diff", base, base]) == 0
    assert capsys.readouterr().out == "no changes\n"
    assert main(["diff", base, base, "--format", "markdown"]) == 0
    assert capsys.readouterr().out == "No changes.\n"


@pytest.mark.parametrize(
    "content",
    [None, b"", b"\xff\xfe", b"a: b: c", b"title: none", b"openapi: 3.1.0\npaths: {}\n", b"<html></html>"],
)
def test_input_error_exits_2(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.yaml"
    if content is not None:
        path.write_bytes(content)
    for pair in ([str(DATA / "base.yaml"), str(path)], [str(path), str(DATA / "base.yaml")]):
        assert main(["diff", *pair]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert str(path) in err
