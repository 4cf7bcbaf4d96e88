"""Names: ASCII words of Python, each for one thing."""

import keyword
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_python_client.strings import ClassName, PythonIdentifier

from evolink_codegen._openapi import naming

NAMES = st.text(max_size=80) | st.text("abzABZ019-_ .é", max_size=40)


@pytest.mark.parametrize(
    ("text", "snake", "pascal"),
    [
        ("video_urls", "video_urls", "VideoUrls"),
        ("VideoURLs", "video_urls", "VideoURLs"),
        ("video-urls", "video_urls", "VideoUrls"),
        ("HTTPServer", "http_server", "HTTPServer"),
        ("sora-2-preview", "sora_2_preview", "Sora2Preview"),
        ("getTaskDetail", "get_task_detail", "GetTaskDetail"),
        ("créer une vidéo", "creer_une_video", "CreerUneVideo"),
        ("2x", "2x", "2X"),
        ("비디오", "", ""),
        ("", "", ""),
    ],
)
def test_words_of_any_spelling(text: str, snake: str, pascal: str) -> None:
    assert naming.snake(text) == snake
    assert naming.pascal(text) == pascal


@given(NAMES)
def test_class_name_is_stable_in_the_generator(text: str) -> None:
    name = naming.class_name(naming.pascal(text) or "Schema")
    assert name == ClassName(name, "field_")
    assert name.isidentifier()
    assert name.isascii()
    assert len(name) < 120


@pytest.mark.parametrize("name", ["Response", "Unset", "Any", "Exception", "File", "None", "UUID"])
def test_class_name_hides_no_import(name: str) -> None:
    assert naming.class_name(name) == f"{name}Object"


@given(NAMES)
def test_attribute_is_an_identifier(text: str) -> None:
    name = naming.attribute(text)
    assert name.isidentifier()
    assert name.isascii()
    assert not keyword.iskeyword(name)
    assert name not in naming.OF_MODELS
    assert len(name) < 80


@given(st.lists(NAMES, unique=True, max_size=12))
def test_attributes_are_unique(names: list[str]) -> None:
    found = naming.attributes(names)
    assert list(found) == names
    assert len(set(found.values())) == len(names)
    assert found == {name: naming.attributes(reversed(names))[name] for name in names} or len(names) > 1


def test_valid_attribute_keeps_its_name() -> None:
    found = naming.attributes(["a-b", "aB", "a_b", "A B"])
    assert found["a_b"] == "a_b"
    assert all(re.fullmatch(r"a_b_[0-9a-f]{6}", found[name]) for name in ("a-b", "aB", "A B"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("class", "class_"),
        ("self", "self_"),
        ("2x", "field_2x"),
        ("$ref", "ref"),
        ("type", "type_"),
        ("id", "id"),
    ],
)
def test_reserved_attributes_are_marked(text: str, name: str) -> None:
    assert naming.attribute(text) == name


def test_argument_hides_no_local() -> None:
    assert naming.attributes(["client", "body", "headers"], naming.OF_FUNCTIONS) == {
        "client": "client_",
        "body": "body_",
        "headers": "headers_",
    }


@given(NAMES)
def test_slug_is_a_file_name(text: str) -> None:
    name = naming.slug(text)
    assert re.fullmatch(r"[a-z0-9_-][a-z0-9._-]*", name)
    assert ".." not in name
    assert len(name) < 80


@pytest.mark.parametrize("text", ["", "..", "../../etc/passwd", "/", ".hidden", "비디오", "a" * 500, "nul\0"])
def test_slug_stays_in_its_folder(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9_][a-z0-9._-]*", naming.slug(text))


def test_slugs_are_unique() -> None:
    assert len({naming.slug(text) for text in ("비디오", "오디오", "视频", "", "a" * 99, "a" * 98)}) == 6


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("post", "/v1/videos/generations", "createVideosGenerations"),
        ("get", "/v1/tasks/{task_id}", "getTask"),
        ("get", "/v1/tasks", "getTasks"),
        ("get", "/api/v2/credits/", "getCredits"),
        ("delete", "/v1/process/{id}", "deleteProcess"),
        ("get", "/", "getRoot"),
        ("get", "/{id}", "getRoot"),
    ],
)
def test_operation_id_names_method_and_path(method: str, path: str, name: str) -> None:
    assert naming.operation_id(method, path) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/videos/generations", "videos"),
        ("/api/v1/files/upload", "files"),
        ("/v1/import/jobs", "import_"),
        ("/v1/3d/models", "r3d"),
        ("/v1/비디오/x-y", "x_y"),
        ("/{id}", "root"),
    ],
)
def test_resource_is_one_word_of_the_path(path: str, name: str) -> None:
    assert naming.resource(path) == name


def test_client_attribute_avoids_reserved_names() -> None:
    assert [naming.client_attribute(one) for one in ("videos", "tasks", "close")] == [
        "videos",
        "tasks_",
        "close_",
    ]


@given(st.text(st.characters(exclude_characters="{}"), max_size=60))
def test_names_of_any_path_are_identifiers(path: str) -> None:
    names = [
        naming.operation_id("get", f"/{path}"),
        naming.full_operation_id("get", f"/{path}"),
        naming.resource(f"/{path}"),
    ]
    for name in names:
        assert name.isidentifier()
        assert name.isascii()
        assert len(name) < 120
        assert not keyword.iskeyword(name)
    assert PythonIdentifier(naming.snake(names[0]), "field_").isidentifier()


def test_class_names_differ_in_letters() -> None:
    names = naming.Names(["Taken"])
    assert names.unique_name("taken", "Other", identity="1") == "Other"
    assert names.unique_name("OTHER", identity="2") == f"OTHERX{naming.digest('2').upper()}"


def test_unique_name_always_exists() -> None:
    names = naming.Names()
    found = [names.unique_name("Reply", "ReplyAny", identity="the same") for _ in range(5)]
    assert found[:2] == ["Reply", "ReplyAny"]
    assert len(set(found)) == 5
