"""How query parameters are written that are objects, or lists that are not repeated."""

from typing import Any

import pytest

from evolink_codegen.runtime._query import styled

PLACE = {"lat": 1, "near": True, "name": "b"}


@pytest.mark.parametrize(
    ("value", "style", "is_exploded", "written"),
    [
        (["a", 1], "form", True, {"p": ["a", 1]}),
        (["a", 1, True], "form", False, {"p": "a,1,true"}),
        (["a", "b"], "pipeDelimited", False, {"p": "a|b"}),
        (["a", "b"], "spaceDelimited", False, {"p": "a b"}),
        (PLACE, "form", True, PLACE),
        (PLACE, "form", False, {"p": "lat,1,near,true,name,b"}),
        (PLACE, "deepObject", True, {"p[lat]": 1, "p[near]": True, "p[name]": "b"}),
        ("text", "deepObject", True, {"p": "text"}),
    ],
)
def test_value_is_written_in_its_style(
    value: Any, style: str, is_exploded: bool, written: dict[str, Any]
) -> None:
    assert styled({"p": value, "q": 1}, {"p": (style, is_exploded)}) == {**written, "q": 1}
