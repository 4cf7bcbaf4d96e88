"""The source of the site: all its pages and its configuration, as files for Zensical."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tomlkit

from .._merge.operation_source import operation_sources
from .._openapi import yaml_io
from ..history import History, read_history
from ..project import Project, prepare
from ..provenance import read_provenance
from . import diagrams, llms, model_page
from .catalogue import CatalogueModel, catalogue
from .diagrams import with_pictures
from .links import relinked
from .markdown import fenced, title_of, with_plain_pipes

# The configuration, with the navigation of the pages that are written by hand.
CONFIG = "docs/zensical.toml"
# The pages as they were written, which `llms.txt` lists; they are copied into the site.
TEXT = "text"
# Templates that replace those of the theme, and the style that is added to it.
_THEME = {"docs/theme/404.html": "theme/404.html", "docs/theme/site.css": "docs/site.css"}
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
    titles = {
        source: title_of((project.root / source).read_text(encoding="utf-8"))
        for source in pages
        if source.endswith(".md")
    }
    files = {page: _content(project.root, source, page, pages, titles) for source, page in pages.items()}
    files[f"{model_page.FOLDER}/index.md"] = model_page.catalogue_page(models).encode()
    for one in models:
        files[_model_file(one)] = model_page.model_page(one).encode()
    config = tomlkit.parse((project.root / CONFIG).read_text(encoding="utf-8")).unwrap()
    config["project"]["nav"] = [_entry(one, models) for one in config["project"]["nav"]]
    about = {_model_file(one): f"{one.info.kind}, {model_page.summary(one.info)}" for one in models}
    files["llms.txt"] = llms.index(config["project"], files, about).encode()
    return {
        "zensical.toml": tomlkit.dumps(_with_absolute_paths(config, project.root)).encode(),
        **{target: (project.root / source).read_bytes() for source, target in _THEME.items()},
        **{f"docs/{name}": content for name, content in files.items()},
        **{f"{TEXT}/{name}": content for name, content in files.items() if llms.is_text(name)},
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


def _content(
    root: Path, source: str, page: str, pages: Mapping[str, str], titles: Mapping[str, str]
) -> bytes:
    path = root / source
    if path.suffix in _PICTURES:
        return path.read_bytes()
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        text = with_pictures(text, lambda name: posixpath.relpath(root / diagrams.FOLDER / name, path.parent))
        return with_plain_pipes(relinked(text, source, page, pages, titles)).encode()
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
        kinds.setdefault(one.info.kind.capitalize(), []).append({one.info.id: _model_file(one)})
    return {title: [f"{model_page.FOLDER}/index.md", *({kind: pages} for kind, pages in kinds.items())]}


def _model_file(model: CatalogueModel) -> str:
    return f"{model_page.FOLDER}/{model_page.page_name(model.info.id)}"


def _with_absolute_paths(config: dict[str, Any], root: Path) -> dict[str, Any]:
    """The configuration with absolute paths of our code: it lies in another folder."""
    python = config["project"]["plugins"]["mkdocstrings"]["handlers"]["python"]
    for owner, name in ((python, "paths"), (python["options"], "extensions")):
        owner[name] = [str(root / path) for path in owner[name]]
    return config
