"""The source of the site: all its pages and its configuration, as files for Zensical."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tomlkit

from .._merge.operation_source import operation_sources
from .._openapi import yaml_io
from ..history import History, read_history
from ..project import Project, prepare
from ..provenance import read_provenance
from . import diagrams, model_page
from .catalogue import CatalogueModel, catalogue
from .diagrams import with_pictures
from .links import relinked
from .markdown import fenced

# The configuration, with the navigation of the pages that are written by hand.
CONFIG = "docs/zensical.toml"
# Pages that do not lie in docs/.
_PAGES = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "benchmarks/RESULTS.md": "benchmarks.md",
}
_PICTURES = (".png", ".svg", ".jpg", ".webp", ".cast")
_LANGUAGES = {".py": "python", ".sh": "bash", ".mjs": "javascript", ".js": "javascript"}


def assemble(project: Project) -> dict[str, bytes]:
    """All files of the site's source, by their path in its folder.

    Raises:
        InputError: A document or the history cannot be read.
    """
    models = read_catalogue(project)
    pages = {**_PAGES, **_docs(project.root), **_examples(project.root), **_pictures(project.root)}
    files = {page: _content(project.root, source, page, pages) for source, page in pages.items()}
    files[f"{model_page.FOLDER}/index.md"] = model_page.catalogue_page(models).encode()
    for one in models:
        files[f"{model_page.FOLDER}/{model_page.page_name(one.info.id)}"] = model_page.model_page(
            one
        ).encode()
    config = tomlkit.parse((project.root / CONFIG).read_text(encoding="utf-8")).unwrap()
    config["project"]["nav"] = [_entry(one, models) for one in config["project"]["nav"]]
    files["llms.txt"] = _llms(config["project"], files).encode()
    return {
        "zensical.toml": tomlkit.dumps(_without_root(config, project.root)).encode(),
        **{f"docs/{name}": content for name, content in files.items()},
    }


def read_catalogue(project: Project) -> list[CatalogueModel]:
    """The models of the contract as it was generated last.

    Raises:
        InputError: A document or the history cannot be read.
    """
    contract: Any = yaml_io.load(project.contract.read_bytes(), project.contract.name)
    overlays = project.read_overlays()
    documents: dict[str, list[str]] = {}
    for document in project.documents():
        for source in operation_sources(prepare(document, overlays).document):
            for model in source.models:
                documents.setdefault(model, []).append(document.slug)
    return catalogue(contract, documents, _history(project))


def _history(project: Project) -> History:
    """The versions of each document; what was vendored before versions were recorded has its last day."""
    history = read_history(project.history)
    for slug, entry in read_provenance(project.provenance).items():
        if slug not in history and "date" in entry:
            history[slug] = [{"date": str(entry["date"]), "changes": None}]
    return history


def _docs(root: Path) -> dict[str, str]:
    names = (path.relative_to(root / "docs").as_posix() for path in sorted((root / "docs").rglob("*.md")))
    return {f"docs/{name}": name for name in names}


def _examples(root: Path) -> dict[str, str]:
    files = (path for path in sorted((root / "examples").rglob("*")) if path.suffix in _LANGUAGES)
    names = (path.relative_to(root).as_posix() for path in files if "node_modules" not in path.parts)
    return {name: f"{name.replace('.', '-')}.md" for name in names}


def _pictures(root: Path) -> dict[str, str]:
    found = {}
    for folder in ("docs", "benchmarks"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in _PICTURES:
                name = path.relative_to(root).as_posix()
                found[name] = posixpath.join("pictures", name.replace("/", "-"))
    return found


def _content(root: Path, source: str, page: str, pages: Mapping[str, str]) -> bytes:
    path = root / source
    if path.suffix in _PICTURES:
        return path.read_bytes()
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        text = with_pictures(text, lambda name: posixpath.relpath(root / diagrams.FOLDER / name, path.parent))
        return relinked(text, source, page, pages).encode()
    return f"# {path.name}\n\n{fenced(text, _LANGUAGES[path.suffix])}".encode()


def _entry(entry: Any, models: Iterable[CatalogueModel]) -> Any:
    """An entry of the navigation, with the models under that of their folder."""
    if not isinstance(entry, dict):
        return entry
    ((title, target),) = entry.items()
    if target != f"{model_page.FOLDER}/":
        return entry
    kinds: dict[str, list[dict[str, str]]] = {}
    for one in models:
        page = f"{model_page.FOLDER}/{model_page.page_name(one.info.id)}"
        kinds.setdefault(one.info.kind.capitalize(), []).append({one.info.id: page})
    return {title: [f"{model_page.FOLDER}/index.md", *({kind: pages} for kind, pages in kinds.items())]}


def _llms(config: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    """The index of all pages for language models, in the form of llms.txt."""
    lines = [f"# {config['site_name']}\n", f"> {config['site_description']}\n"]
    for title, target in (one for entry in config["nav"] for one in entry.items()):
        lines.append(f"## {title}\n")
        lines += [f"- [{_title(files[page])}]({page})" for page in _pages_of(target)]
        lines.append("")
    return "\n".join(lines)


def _pages_of(target: Any) -> Iterable[str]:
    """The pages of an entry of the navigation."""
    if isinstance(target, str):
        return [target]
    entries = [one.values() if isinstance(one, dict) else [one] for one in target]
    return [page for values in entries for value in values for page in _pages_of(value)]


def _title(page: bytes) -> str:
    heading = re.search(r"^# (.+)$", page.decode(), re.MULTILINE)
    return re.sub(r"\\(.)", r"\1", heading[1]) if heading else "Untitled"


def _without_root(config: dict[str, Any], root: Path) -> dict[str, Any]:
    """The configuration with the folders of the packages as absolute paths: it lies in another folder."""
    python = config["project"]["plugins"]["mkdocstrings"]["handlers"]["python"]
    python["paths"] = [str(root / path) for path in python["paths"]]
    return config
