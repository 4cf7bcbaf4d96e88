"""What a request or a reply may hold: its media types, their schemas and examples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .._http.messages import JSON_TYPE, Response
from . import samples as _samples
from . import schema as _schema
from .forms import KINDS, without_files
from .model import Model, compiled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evolink_api.validation import Validator


@dataclass(frozen=True, slots=True)
class Example:
    """A documented example: `models` is None when it holds for every model."""

    name: str
    models: frozenset[str] | None
    value: Any


class Content:
    """What a request or reply may hold, as one of its media types: JSON, if nothing else is said.

    Attributes:
        types: All that are documented, in small letters and without options.
        kind: The one that is meant; None if it is to be JSON and that is not documented.
        schema: What is documented of it.
        encoding: What is documented of the parts of a form.
    """

    def __init__(
        self, document: Mapping[str, Any], content: Mapping[str, Any], kind: str | None = None
    ) -> None:
        self._document = document
        self._content = content
        named = {name.partition(";")[0].strip().lower(): name for name in content}
        self.types: tuple[str, ...] = tuple(named)
        self.kind: str | None = kind or next(
            (name for name in named if name.endswith(("/json", "+json"))), None
        )
        media = content[named[self.kind]] if self.kind is not None else {}
        self.schema: Mapping[str, Any] | None = media.get("schema")
        self.encoding: Mapping[str, Any] = media.get("encoding") or {}
        self.examples: tuple[Example, ...] = tuple(_examples(media))
        self.plain_type: str | None = next(iter(self.types), None) if self.kind is None else None

    @cached_property
    def forms(self) -> dict[str, Content]:
        """The same as each form that is documented."""
        return {kind: Content(self._document, self._content, kind) for kind in self.types if kind in KINDS}

    def example(self, model: str | None = None, name: str | None = None) -> Any:
        """The documented example for a model, or of a name; None if there is none.

        An example of the model comes first, then one that holds for every model, then any.
        """
        chosen = [one for one in self.examples if name is None or one.name == name]
        own = [one for one in chosen if one.models is not None and model in one.models]
        common = [one for one in chosen if one.models is None]
        return next((one.value for one in (*own, *common, *chosen)), None)

    def value(self, model: str | None = None) -> Any:
        """The documented example for a model, or a value made from the schema; None without either."""
        example = self.example(model)
        return self._sample if example is None else example

    @cached_property
    def _sample(self) -> Any:
        return None if self.schema is None else _samples.sample(self._document, self.schema)

    def reply(self, status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
        """A reply of JSON, in the documented type."""
        if self.kind is not None and self.kind != JSON_TYPE:
            headers = {"content-type": self.kind, **(headers or {})}
        return Response.json(status, value, headers)

    @cached_property
    def plain(self) -> bytes:
        """Content that is no JSON: the documented example, else a word if it is text, else nothing."""
        media: Mapping[str, Any] = next(iter(self._content.values()), {})
        example = next((one.value for one in _examples(media)), None)
        if example is None and (self.plain_type or "").startswith("text/"):
            example = _samples.sample(self._document, media.get("schema") or {"type": "string"})
        return example.encode() if isinstance(example, str) else b""

    @cached_property
    def validator(self) -> Validator | None:
        """Checks values against the schema; None without one."""
        return None if self.schema is None else compiled(self._document, self.schema)

    def conforms(self, value: Any) -> bool:
        """Whether a value is as documented; without a schema everything is."""
        return self.validator is None or self.validator.is_valid(value)

    @cached_property
    def consistent(self) -> bool:
        """Whether the documented examples keep to the documented schema: not all documents do."""
        return all(self.conforms(one.value) for one in self.examples)

    @cached_property
    def models(self) -> dict[str, Model]:
        """The models that requests are told apart by, in documented order; empty if they are not."""
        discriminator = (self.schema or {}).get("discriminator") or {}
        return {
            name: self._model({"$ref": reference}, name)
            for name, reference in (discriminator.get("mapping") or {}).items()
        }

    @cached_property
    def discriminator(self) -> str:
        """The parameter that names the model."""
        return str(((self.schema or {}).get("discriminator") or {}).get("propertyName", ""))

    @cached_property
    def anonymous(self) -> Model:
        """What requests are held against that are not told apart by model."""
        return self._model(self.schema or {}, None)

    def _model(self, schema: Mapping[str, Any], name: str | None) -> Model:
        read = without_files if self.kind in KINDS else _schema.resolve
        return Model(self._document, read(self._document, schema), name)


def _examples(media: Mapping[str, Any]) -> list[Example]:
    found = []
    for name, raw in (media.get("examples") or {}).items():
        if isinstance(raw, dict) and "value" in raw:
            models = raw.get("x-evolink-models")
            found.append(Example(name, None if models is None else frozenset(models), raw["value"]))
    return found
