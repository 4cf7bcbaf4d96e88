"""The source of the site: which pages there are, and what the page of a model says."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from codegen.builders import Tree, contract, generation, operation, outline

import evolink
import evolink.bulk
import evolink_mock
from evolink_codegen._openapi.text import InputError
from evolink_codegen._site import assemble, write
from evolink_codegen._site.catalogue import catalogue
from evolink_codegen._site.model_page import catalogue_page, model_page, page_name
from evolink_codegen.history import Revision
from evolink_codegen.project import Project

ROOT = Path(__file__).parents[2]
TASK: Tree = {"type": "object", "properties": {"id": {"type": "string"}, "status": {"type": "string"}}}
QUERY = outline({"/v1/tasks/{task_id}": {"get": operation(None, TASK, operationId="getTaskDetail")}})
PACKAGES = (evolink, evolink.bulk, evolink_mock)
REVISIONS: list[Revision] = [
    {"date": "2026-01-01", "changes": None},
    {
        "date": "2026-02-01",
        "changes": [{"level": "breaking", "code": "x", "path": "request `a`", "message": "<b> lowered"}],
    },
]


def page(*, history: list[Revision] | None = None, summary: str = "", **properties: Any) -> str:
    """The page of a model with these properties."""
    tree = generation({"type": "string", "enum": ["m/1"]}, **properties)
    tree["paths"]["/v1/videos/generations"]["post"]["summary"] = summary
    (model,) = catalogue(contract(a=tree, query=QUERY), {"m/1": ["a"]}, {"a": history or []})
    return model_page(model)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return assemble(Project.find(ROOT))


def test_every_guide_is_in_the_navigation(files: dict[str, bytes]) -> None:
    guides = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert {name for name in guides if f'"{name}"' not in files["zensical.toml"].decode()} == set()


def test_every_model_has_a_page(files: dict[str, bytes]) -> None:
    document: Any = yaml.safe_load((ROOT / "openapi" / "openapi.yaml").read_text(encoding="utf-8"))
    models = {
        example["value"]["model"]
        for item in document["paths"].values()
        for operation in item.values()
        if "x-evolink-generation" in operation
        for example in operation["requestBody"]["content"]["application/json"]["examples"].values()
    }
    assert {model for model in models if f"docs/models/{page_name(model)}" not in files} == set()


def test_index_for_language_models_lists_every_page(files: dict[str, bytes]) -> None:
    links = re.findall(r"^- \[.+\]\(([^)]+)\): (?!```)[\w`]", files["docs/llms.txt"].decode(), re.MULTILINE)
    pages = {
        name.removeprefix("docs/")
        for name in files
        if name.startswith("docs/") and name.endswith(".md") and "/examples/" not in name
    }
    assert {link.replace(".html", ".md") for link in links} == pages
    assert {link for link in links if link.endswith(".md") and f"text/{link}" not in files} == set()


def test_every_public_name_is_in_the_reference() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "reference").glob("*.md"))
    described = set(re.findall(r"^(?:::: |      heading: )([\w.]+)$", pages, re.MULTILINE))
    names = {f"{one.__name__}.{name}" for one in PACKAGES for name in one.__all__ if name[0] != "_"}
    for client in (evolink.EvoLink("key"), evolink.AsyncEvoLink("key")):
        attributes = (client.videos, client.tasks, client.files, client.callbacks, client.bulk)
        names |= {f"{type(one).__module__}.{type(one).__name__}" for one in attributes}
    assert names - described == {"evolink_mock.ContractBreach"}  # a former name


def test_parameter_has_its_facts() -> None:
    text = page(
        seconds={"type": "integer", "enum": [5, 10], "default": 5, "description": "How long"},
        prompt={"type": "string", "maxLength": 9},
    )
    assert "### seconds\n\n*integer, optional*; default `5`; one of `5`, `10`\n\nHow long\n" in text
    assert "### prompt\n\n*string, optional*; at most 9 characters\n" in text


def test_history_is_shown_the_latest_first() -> None:
    text = page(history=REVISIONS)
    assert text.index("2026-02-01") < text.index("first version")
    assert "breaking: request \\`a\\`: \\<b\\> lowered" in text


def test_document_cannot_break_its_page() -> None:
    text = page(prompt={"type": "string", "description": "<script>x</script>\n# Title\n[a](../../etc)"})
    assert "<script>" not in text
    assert "\n# Title" not in text
    assert "](../../etc)" not in text


def test_retired_model_says_so() -> None:
    merged = contract(a=generation({"type": "string", "enum": ["old"]}), query=QUERY)
    (name,) = [name for name in merged["components"]["schemas"] if "Request" in name]
    retired = {"status": "retired", "since": "2026-01", "replacement": "new"}
    merged["components"]["schemas"][name]["x-evolink-lifecycle"] = retired
    (model,) = catalogue(merged, {}, {})
    assert '!!! warning "Retired since 2026-01"\n    This model is retired. Use new instead.' in model_page(
        model
    )
    assert re.search(r"\| \[old\]\(old.md\) \|.*\| retired \|", catalogue_page([model]))


def test_first_lines_tell_kind_lifecycle_price_and_parameters() -> None:
    text = page(prompt={"type": "string"}, file={"type": "string", "format": "uri"})
    assert "**Video** · active · price not documented · `POST /v1/videos/generations`" in text
    assert "Optional: `prompt`, `file` (file or link)." in text


def test_title_that_repeats_the_id_is_left_out() -> None:
    assert "M/1 API" not in page(summary="M/1 API")
    assert "M/1 makes cats" in page(summary="M/1 makes cats")


@pytest.mark.parametrize(
    ("model", "name"), [("veo-3", "veo-3.md"), ("a/b.c", "a_2f_b_2e_c.md"), ("../x", "_2e__2e__2f_x.md")]
)
def test_page_name_is_a_file_name(model: str, name: str) -> None:
    assert page_name(model) == name


def test_source_replaces_an_earlier_one(tmp_path: Path) -> None:
    write(tmp_path / "new", {"zensical.toml": b"", "docs/old.md": b""})
    (tmp_path / "new" / "site").mkdir()
    write(tmp_path / "new", {"zensical.toml": b"x", "docs/new.md": b""})
    names = {path.relative_to(tmp_path / "new").as_posix() for path in (tmp_path / "new").rglob("*")}
    assert names == {"docs", "docs/new.md", "zensical.toml"}


@pytest.mark.parametrize("name", ["docs/zensical.toml", "README.md", "docs/a.md"])
def test_folder_with_other_files_is_left_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    with pytest.raises(InputError, match="has other files"):
        write(tmp_path, {"zensical.toml": b"", "docs/new.md": b""})
    assert (tmp_path / name).exists()
