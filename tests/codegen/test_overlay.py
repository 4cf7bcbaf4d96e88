"""Overlays do what they say or are stale: nothing is passed over in silence."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from evolink_codegen._openapi.overlay import Overlay, apply_overlay, read_overlay, read_overlays
from evolink_codegen._openapi.text import InputError

TREE = {
    "info": {"title": "T"},
    "paths": {"/x": {"get": {"tags": ["a"], "parameters": [{"name": n} for n in "abcd"]}}},
    "list": [1, 2, 3, 4],
    "schema": {"enum": ["a"], "deep": {"n": 1}},
}


def act(*actions: dict[str, Any], tree: Any = None) -> tuple[Any, list[str]]:
    given = copy.deepcopy(TREE if tree is None else tree)
    before = copy.deepcopy(given)
    found, stale = apply_overlay(given, Overlay("o.yaml", "a", list(actions)))
    assert given == before
    return found, [str(one) for one in stale]


def test_update_is_merged_into_target() -> None:
    found, stale = act({"target": "$.info", "update": {"title": "U", "version": "1", "x": {"y": []}}})
    assert found["info"] == {"title": "U", "version": "1", "x": {"y": []}}
    assert stale == []


def test_mappings_merge_and_lists_grow() -> None:
    found, _ = act({"target": "$.paths['/x'].get", "update": {"tags": ["b"], "parameters": [{"name": "e"}]}})
    assert found["paths"]["/x"]["get"]["tags"] == ["a", "b"]
    assert len(found["paths"]["/x"]["get"]["parameters"]) == 5
    found, _ = act({"target": "$.schema", "update": {"deep": {"m": 2}}})
    assert found["schema"]["deep"] == {"n": 1, "m": 2}
    found, _ = act({"target": "$.list", "update": 5}, {"target": "$.list", "update": [6]})
    assert found["list"] == [1, 2, 3, 4, 5, 6]


def test_update_reaches_every_match() -> None:
    found, _ = act({"target": "$.paths['/x'].get.parameters[*]", "update": {"schema": {"enum": [1]}}})
    parameters = found["paths"]["/x"]["get"]["parameters"]
    parameters[0]["schema"]["enum"].append(2)
    assert [one["schema"]["enum"] for one in parameters[1:]] == [[1]] * 3


@pytest.mark.parametrize(
    ("target", "left"),
    [
        ("$.list[0]", [2, 3, 4]),
        ("$.list[-1]", [1, 2, 3]),
        ("$.list[1:3]", [1, 4]),
        ("$.list[*]", []),
        ("$.list[?@ > 2]", [1, 2]),
        ("$.list[0, 2]", [2, 4]),
        ("$.list[2, 0]", [2, 4]),
    ],
)
def test_removing_several_elements(target: str, left: list[int]) -> None:
    found, stale = act({"target": target, "remove": True})
    assert found["list"] == left
    assert stale == []


def test_filter_finds_by_value() -> None:
    found, _ = act(
        {"target": "$.paths['/x'].get.parameters[?@.name == 'b' || @.name == 'd']", "remove": True}
    )
    assert [one["name"] for one in found["paths"]["/x"]["get"]["parameters"]] == ["a", "c"]


def test_actions_run_in_order() -> None:
    found, stale = act(
        {"target": "$.info", "update": {"x": {}}},
        {"target": "$.info.x", "update": {"y": 1}},
        {"target": "$.info.title", "remove": True},
    )
    assert found["info"] == {"x": {"y": 1}}
    assert stale == []


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ({"target": "$.nothing", "update": {"a": 1}}, "matches nothing"),
        ({"target": "$.nothing", "remove": True}, "matches nothing"),
        ({"target": "$.list[9]", "remove": True}, "matches nothing"),
        ({"target": "$.info", "update": {"title": "T"}}, "changes nothing"),
        ({"target": "$.info", "update": {}}, "changes nothing"),
        ({"target": "$.schema", "update": {"enum": ["b"]}}, "the document now lists the values itself"),
    ],
)
def test_action_without_effect_is_stale(action: dict[str, Any], reason: str) -> None:
    found, stale = act(action, {"target": "$.info", "update": {"title": "U"}})
    assert stale == [f"o.yaml: {action['target']}: {reason}"]
    assert found == {**TREE, "info": {"title": "U"}}


@pytest.mark.parametrize("target", ["info", "$.a[", "$.list[01]", "$.'x'", "", "$..", "$.info.^", "#/info"])
def test_target_is_an_rfc_9535_path(target: str) -> None:
    with pytest.raises(InputError, match=r"o\.yaml: .*not a JSONPath"):
        act({"target": target, "remove": True})


def test_impossible_actions_are_refused() -> None:
    with pytest.raises(InputError, match=r"\$\.info\.title: the target of an update is a mapping or a list"):
        act({"target": "$.info.title", "update": {"a": 1}})
    with pytest.raises(InputError, match="the document itself cannot be removed"):
        act({"target": "$", "remove": True})
    assert act({"target": "$", "update": {"z": 1}})[0] == {**TREE, "z": 1}


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        ([], "not an OpenAPI Overlay 1.x document"),
        ({"overlay": "2.0.0", "actions": []}, "not an OpenAPI Overlay 1.x document"),
        ({"overlay": "1.0.0", "actions": []}, "it has no actions"),
        ({"overlay": "1.0.0", "actions": {"target": "$"}}, "it has no actions"),
        ({"overlay": "1.0.0", "actions": [{"update": {}}]}, "actions/0: an action needs a target"),
        (
            {"overlay": "1.0.0", "actions": [{"target": "$.a"}]},
            "actions/0: an action needs either update or remove: true",
        ),
        (
            {"overlay": "1.0.0", "actions": [{"target": "$.a", "update": {}, "remove": True}]},
            "actions/0: an action needs either update or remove: true",
        ),
    ],
)
def test_invalid_overlay_is_refused(tmp_path: Path, tree: Any, reason: str) -> None:
    path = tmp_path / "a.b.yaml"
    path.write_text(yaml.safe_dump(tree))
    with pytest.raises(InputError) as caught:
        read_overlay(path)
    assert str(caught.value) == f"{path}: {reason}"


def test_extends_names_the_document(tmp_path: Path) -> None:
    actions = [{"target": "$.a", "remove": True}]
    for name, extends in (("b.x", "../vendor/some-1.yaml"), ("a.x", None)):
        about = {} if extends is None else {"extends": extends}
        (tmp_path / f"{name}.yaml").write_text(
            yaml.safe_dump({"overlay": "1.0.0", **about, "actions": actions})
        )
    assert [one.extends for one in read_overlays(tmp_path)] == [None, "some-1"]
