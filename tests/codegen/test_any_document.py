"""Documents broken at random: each compiles or is refused, and nothing else ever happens."""

import copy
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData

from evolink_codegen._emit.params import params_source
from evolink_codegen._emit.shards import contract_shards
from evolink_codegen._emit.view import GeneratorView, generator_view
from evolink_codegen._merge.contract import merge_documents
from evolink_codegen._normalize.examples import check_examples
from evolink_codegen._normalize.normalizer import normalize
from evolink_codegen._openapi import yaml_io
from evolink_codegen._openapi.document import Document, parse_document
from evolink_codegen._openapi.text import InputError

FOLDER = Path(__file__).parent / "documents"
DOCUMENTS = [yaml_io.load(path.read_bytes(), path.name) for path in sorted(FOLDER.glob("*.yaml"))]
KEYS = [
    "", "$ref", "additionalProperties", "allOf", "const", "default", "enum", "example", "items", "nullable",
    "type",
]  # fmt: skip
JUNK: list[Any] = [
    None, True, False, 0, -1, 1.5, "", "x", "string", "object", [], [1], ["a"], [None], [[]], {}, {"a": 1},
    {"type": "string"}, {"type": "object"}, {"type": "array"}, {"type": ["object", "string"]}, {"items": []},
    {"$ref": "#/components/schemas/X"}, {"enum": []}, {"enum": [None]}, {"const": None}, {"nullable": True},
    {"allOf": []}, {"oneOf": [{}, {}]}, {"anyOf": [{"type": "object"}, {"type": "string"}]}, {"not": {}},
    {"required": ["a"]}, {"additionalProperties": {}}, {"patternProperties": {"^a": {"type": "object"}}},
]  # fmt: skip


def places(value: Any, *path: str | int) -> list[tuple[str | int, ...]]:
    inner = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [*([path] if path else []), *(place for key in inner for place in places(value[key], *path, key))]


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def broken(seed: int) -> Any:
    """A document with up to three places altered, taken out, filled from elsewhere or with something odd."""
    chance = random.Random(seed)
    found = copy.deepcopy(chance.choice(DOCUMENTS))
    for _ in range(chance.choice([1, 1, 2, 3])):
        known = places(found)
        path = chance.choice(known)
        holder = at(found, path[:-1])
        change = chance.random()
        if change < 0.4:
            holder[path[-1]] = copy.deepcopy(chance.choice(JUNK))
        elif change < 0.55:
            del holder[path[-1]]
        elif change < 0.85:
            holder[path[-1]] = copy.deepcopy(at(found, chance.choice(known)))
        elif isinstance(holder, dict):
            holder[chance.choice(KEYS)] = copy.deepcopy(chance.choice(JUNK))
    return found


def parsed(view: GeneratorView) -> GeneratorData:
    """What the client generator makes of a view, short of writing it."""
    file = ConfigFile(literal_enums=True, content_type_overrides=view.content_types)
    config = Config.from_sources(file, MetaType.NONE, Path("-"), "utf-8", overwrite=True, output_path=None)
    found = GeneratorData.from_dict(view.document, config=config)
    assert isinstance(found, GeneratorData), found
    return found


@pytest.mark.slow
@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_any_document_compiles_or_is_refused(seed: int) -> None:
    try:
        data = parse_document(json.dumps(broken(seed)).encode(), "a.yaml")
        document = check_examples(normalize(Document("a", "a.yaml", data)))
        contract = merge_documents([document])
    except InputError as error:
        message = str(error)
        assert re.fullmatch(r"a\.yaml: .+", message)
        return
    json.dumps(contract, allow_nan=False)
    compile(params_source(contract), "params.py", "exec")
    contract_shards(contract)
    found = parsed(generator_view(contract))
    assert found.errors == []
    for collection in found.endpoint_collections_by_tag.values():
        assert collection.parse_errors == []
