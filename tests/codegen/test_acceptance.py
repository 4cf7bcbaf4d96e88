"""Which of several new documents are taken, and what they are called."""

import itertools
from typing import Any

import pytest
from codegen.builders import generation, normalized, operation, outline

from evolink_codegen._openapi.document import Document
from evolink_codegen.ingest.acceptance import find_objections
from evolink_codegen.ingest.slugs import NewDocument, Subject, VendoredDocument, assign_slugs

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}


def documents(**trees: Any) -> dict[str, Document]:
    return {slug: normalized(tree, slug) for slug, tree in trees.items()}


def video(model: Any, **properties: Any) -> Any:
    return generation({"enum": list(model)}, **properties)


class TestObjections:
    def test_first_of_two_stays(self) -> None:
        new = documents(b=video("m", p=TEXT), a=video("m", p=NUMBER))
        found = find_objections(new, {})
        assert list(found) == ["a"]
        assert str(found["a"]).startswith("a.yaml: POST /v1/videos/generations: contradicts b.yaml on ")

    def test_new_document_yields_to_what_is_there(self) -> None:
        found = find_objections(documents(a=video("m", p=NUMBER)), documents(b=video("m", p=TEXT)))
        assert list(found) == ["a"]

    def test_refused_version_leaves_the_one_before(self) -> None:
        """`a` agrees with the new `b` alone, which contradicts `c`: so `a` is refused too."""
        vendored = documents(b=video("mn", p=TEXT), c=generation({"const": "x"}, q=TEXT))
        new = documents(a=video("n", p=NUMBER), b=video("xn", p=NUMBER, q=NUMBER))
        assert set(find_objections(new, vendored)) == {"a", "b"}

    @pytest.mark.parametrize(
        ("one", "other", "reason"),
        [
            (video("m"), {**video("n"), "servers": [{"url": "https://other.example.com"}]}, "the hosts"),
            (generation(None, a=TEXT), generation(None, a=NUMBER), "another application/json request"),
            (video("m"), generation(None, p=TEXT), "knows no model where other documents"),
            (generation(None, p=TEXT), video("m"), "which tells no requests apart by their model"),
        ],
    )
    def test_second_is_refused_with_the_reason(self, one: Any, other: Any, reason: str) -> None:
        found = find_objections(documents(one=one, other=other), {})
        assert list(found) == ["other"]
        assert reason in str(found["other"])

    def test_documents_that_agree_are_taken_in_any_order(self) -> None:
        new = documents(
            overview=video("abc", p=TEXT),
            pair=video("bc", p=TEXT, size=TEXT),
            single=generation({"const": "c"}, p={"type": "string", "maxLength": 5}),
            query=outline({"/v1/tasks/{id}": {"get": operation()}}),
        )
        for order in itertools.permutations(new):
            assert find_objections({slug: new[slug] for slug in order}, {}) == {}

    def test_written_document_objects_to_nothing_published(self) -> None:
        written = normalized(generation(None, p=TEXT), "w")
        vendored = {"w": Document(written.slug, written.source, written.data, is_written=True)}
        assert find_objections(documents(a=generation(None, p=NUMBER)), vendored) == {}


class TestSlugs:
    @staticmethod
    def new(name: str, tree: Any, *, is_page: bool = True) -> NewDocument:
        document = normalized(tree, "")
        stem = name.rsplit("/", 1)[-1].removesuffix(".md")
        return NewDocument(name, stem, document, Subject.of(document), is_page=is_page)

    @staticmethod
    def there(tree: Any, *, is_claimed: bool = False, **entry: Any) -> VendoredDocument:
        return VendoredDocument(entry, Subject.of(normalized(tree, "")), is_claimed=is_claimed)

    def test_names_do_not_depend_on_order(self) -> None:
        new = [
            self.new("https://x.com/en/chat.md", generation({"const": "m"}, path="/v1/chat")),
            self.new("https://x.com/en/messages.md", generation({"const": "m"}, path="/v1/messages")),
            self.new("https://x.com/en/kling/api.md", video("ab")),
            self.new("https://x.com/en/veo/api.md", video("cd")),
        ]
        slugs = ("m", "messages", "api", "veo-api")
        expected = {one.name: slug for one, slug in zip(new, slugs, strict=True)}
        for order in itertools.permutations(new):
            assert assign_slugs(order, {}) == expected

    def test_page_replaces_the_version_with_its_model(self) -> None:
        new = self.new("https://x.com/en/m-video.md", generation({"const": "m"}))
        assert assign_slugs([new], {"m": self.there(generation({"const": "m"}))}) == {new.name: "m"}

    @pytest.mark.parametrize(
        "there",
        [
            {"tree": generation({"const": "m"}), "is_claimed": True},
            {"tree": generation({"const": "m"}, path="/v1/other")},
        ],
    )
    def test_other_document_of_its_model_is_left_alone(self, there: Any) -> None:
        new = self.new("https://x.com/en/m-video.md", generation({"const": "m"}))
        assert assign_slugs([new], {"m": self.there(**there)}) == {new.name: "m-video"}

    @pytest.mark.parametrize(("paths", "slug"), [(["/x"], "ours"), (["/x", "/y"], "ours-api")])
    def test_written_document_is_replaced_as_a_whole_or_not(self, paths: list[str], slug: str) -> None:
        written = self.there(outline({path: {"get": operation()} for path in paths}), kind="written")
        new = self.new("https://x.com/ours-api.md", outline({"/x": {"get": operation()}}))
        assert assign_slugs([new], {"ours": written}) == {new.name: slug}

    def test_file_named_by_hand_replaces_what_has_its_name(self) -> None:
        new = self.new("api.md", video("ab"), is_page=False)
        assert assign_slugs([new], {"api": self.there(video("cd"))}) == {"api.md": "api"}
        page = self.new("https://x.com/kling/api.md", video("ab"))
        assert assign_slugs([page], {"api": self.there(video("cd"))}) == {page.name: "kling-api"}

    def test_every_document_gets_a_name_of_its_own(self) -> None:
        names = [f"https://x.com/en/{number}/../api.md" for number in range(20)]
        new = [self.new(name, video("ab", p={"maxLength": n})) for n, name in enumerate(names)]
        assert len(set(assign_slugs(new, {}).values())) == len(names)
