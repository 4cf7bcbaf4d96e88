"""Many synthetic documents made from the vendored ones, to measure how pipeline and client scale.

python benchmarks/synthetic.py FOLDER [COUNT]           a checkout with the documents
python benchmarks/synthetic.py --site FOLDER [COUNT]    an index, and a page of each in three languages
"""

from __future__ import annotations

import copy
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evolink_codegen._openapi import yaml_io

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
COUNT = 170

_REQUEST = "VideoGenerationRequest"
_QUERY = "/v1/tasks/{task_id}"
_STYLES = ("Clip", "Render", "Motion", "Scene", "Studio")


def write_documents(folder: Path, count: int = COUNT) -> None:
    """Write `count` documents: the vendored ones with their overlays, models first, and copies that differ.

    Every other copy has its own operationId, schema names and inline objects, as documents by different
    authors do. The same count always gives the same bytes.
    """
    vendor = folder / "openapi" / "vendor"
    shutil.copytree(ROOT / "openapi" / "overlays", folder / "openapi" / "overlays")
    vendor.mkdir()
    originals = _originals()
    for slug in sorted(originals, key=lambda slug: not _is_about_tasks(originals[slug]))[:count]:
        shutil.copy(ROOT / "openapi" / "vendor" / f"{slug}.yaml", vendor)
    for model, document in synthetic_documents(count - len(originals)):
        (vendor / f"{model}.yaml").write_text(yaml_io.dump(document), encoding="utf-8")


def synthetic_documents(count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Documents that differ from the vendored ones, each with the model that it describes."""
    videos = {slug: data for slug, data in _originals().items() if _REQUEST in data["components"]["schemas"]}
    for number in range(count):
        slug, data = list(videos.items())[number % len(videos)]
        model = f"model-{number:03d}-video"
        document = _renamed(data, slug, model)
        if number % 2:
            _vary(document, number)
        yield model, document


def _originals() -> dict[str, Any]:
    """The vendored documents by their names."""
    paths = sorted((ROOT / "openapi" / "vendor").glob("*.yaml"))
    return {path.stem: yaml_io.load(path.read_bytes(), path.name) for path in paths}


def _is_about_tasks(document: dict[str, Any]) -> bool:
    """Whether a document describes a model or the query of a task: without these there is nothing to make."""
    return _REQUEST in document["components"]["schemas"] or _QUERY in document["paths"]


def site(count: int = COUNT, languages: tuple[str, ...] = ("en", "ko", "ja")) -> dict[str, bytes]:
    """The files of a docs site by their paths: an index, and a page of each document in several languages.

    The index names pages without a document and other links too, as that of the vendor does.
    """
    files: dict[str, bytes] = {}
    links = ["- [GitHub](https://github.com/example)", "- [Prices](/pricing)"]
    for language in languages:
        files[f"{language}/introduction.md"] = f"# Introduction ({language})\n\nAll about it.\n".encode()
        links.append(f"- [Introduction](/{language}/introduction.md): what there is")
    for model, document in synthetic_documents(count):
        for language in languages:
            path = f"{language}/api-manual/video-series/{model}/{model}-video-generate"
            document["info"]["title"] = f"{model} ({language})"
            files[f"{path}.md"] = _page(f"{path}.json", document).encode()
            links.append(f"- [{model}](/{path}.md): creates a video")
    files["llms.txt"] = ("# Documentation\n\n## Docs\n\n" + "\n".join(links) + "\n").encode()
    return files


def _page(name: str, document: dict[str, Any]) -> str:
    head = "> Fetch the complete documentation index at: /llms.txt"
    fence = f"````yaml {name} POST /v1/videos/generations\n{yaml_io.dump(document)}````"
    return f"{head}\n\n# {document['info']['title']}\n\n## OpenAPI\n\n{fence}\n"


def _renamed(value: Any, old: str, new: str) -> Any:
    """A copy in which the model has another id, including prose and examples."""
    if isinstance(value, dict):
        return {key: _renamed(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, old, new) for item in value]
    return value.replace(old, new) if isinstance(value, str) else value


def _vary(document: dict[str, Any], number: int) -> None:
    style = f"{_STYLES[number % len(_STYLES)]}{number}"
    operation = document["paths"]["/v1/videos/generations"]["post"]
    operation["operationId"] = f"submit{style}Job"
    schemas = document["components"]["schemas"]
    request = schemas[_REQUEST]["properties"]
    request["camera"] = {
        "type": "object",
        "description": f"How the camera of {style} moves",
        "properties": {
            "motion": {"type": "string", "enum": ["still", "pan", f"orbit-{number}"]},
            "speed": {"type": "number", "minimum": 0, "maximum": 1 + number},
        },
    }
    request["seed"] = {"oneOf": [{"type": "integer"}, {"type": "string", "enum": ["auto"]}]}
    reply = schemas["VideoGenerationResponse"]["properties"]
    reply["task_info"] = copy.deepcopy(schemas.pop("VideoTaskInfo"))
    reply["task_info"]["properties"][f"queue_{number % 7}"] = {"type": "integer"}
    names = {name: f"{style}{name.removeprefix('Video')}" for name in schemas}
    document["components"]["schemas"] = {names[name]: schema for name, schema in schemas.items()}
    document["paths"], document["components"] = (
        _repointed(document[key], names) for key in ("paths", "components")
    )


def _repointed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str):
            head, name = reference.rsplit("/", 1)
            return {**value, "$ref": f"{head}/{names[name]}"}
        return {key: _repointed(item, names) for key, item in value.items()}
    return [_repointed(item, names) for item in value] if isinstance(value, list) else value


def write_site(folder: Path, count: int = COUNT) -> None:
    """Write the files of a docs site."""
    for name, data in site(count).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    is_site = sys.argv[1] == "--site"
    target, *given = sys.argv[2 if is_site else 1 :]
    (write_site if is_site else write_documents)(Path(target), int(given[0]) if given else COUNT)
