"""The documented content of a request or response: media types, schemas, examples, models."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from evolink_api import extensions, media_types

from .._http.messages import Response
from . import samples, schemas
from .form_fields import without_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evolink_api.validation import Validator

_CALLBACK_TIMEOUT = 10.0  # seconds, where the document has none


@dataclass(frozen=True, slots=True)
class CallbackPolicy:
    """How the callbacks of a model are delivered.

    Attributes:
        parameter: The parameter that takes the address.
        timeout: Seconds to wait for an answer.
        retries: Seconds before each further attempt.
        url_rule: The documented rule on the address, as in `x-evolink-url`.
    """

    parameter: str
    timeout: float
    retries: tuple[float, ...]
    url_rule: Mapping[str, Any]


class Model:
    """What an operation takes for one model.

    Args:
        document: The contract.
        schema: The schema of the request.
        name: The model's id; None for an operation without models.
    """

    def __init__(self, document: Mapping[str, Any], schema: Mapping[str, Any], name: str | None) -> None:
        self.name = name
        self.schema = schema
        self._document = document
        self._validators: dict[tuple[bool, bool], Validator] = {}

    def validator(self, *, allow_local: bool, strict: bool) -> Validator:
        """The validator of bodies, which accepts the wrong values that the API documents to accept."""
        validator = self._validators.get((allow_local, strict))
        if validator is None:
            validator = self._validators[allow_local, strict] = schemas.compile_schema(
                self._document, self.schema, lenient=True, allow_local=allow_local, unknown=strict
            )
        return validator

    @cached_property
    def properties(self) -> Mapping[str, Any]:
        """The documented parameters, by name."""
        return schemas.properties(self._document, self.schema)

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The default of each parameter that has one."""
        return schemas.defaults(self._document, self.schema)

    @cached_property
    def choices(self) -> frozenset[str]:
        """The parameters that take one of a list of values, not free text."""
        return frozenset(
            name for name, prop in self.properties.items() if schemas.keyword(self._document, prop, "enum")
        )

    @cached_property
    def callback(self) -> CallbackPolicy | None:
        """How callbacks are delivered; None if the model has none."""
        for name, prop in self.properties.items():
            policy = schemas.keyword(self._document, prop, extensions.CALLBACK.name)
            if policy is not None:
                retries = tuple(float(pause) for pause in policy.get("retries", ()))
                timeout = float(policy.get("timeout", _CALLBACK_TIMEOUT))
                rule = schemas.keyword(self._document, prop, extensions.URL.name) or {}
                return CallbackPolicy(name, timeout, retries, rule)
        return None


@dataclass(frozen=True, slots=True)
class Example:
    """A documented example; `models` is None if it holds for every model."""

    name: str
    models: frozenset[str] | None
    value: Any


class Content:
    """The documented content of a request or response in one media type, by default in JSON.

    Attributes:
        media_types: All documented ones, in lower case and without parameters.
        media_type: The one that is described here; None if that is to be JSON and JSON is not documented.
        schema: The schema of this content; None if there is none.
        encoding: The documented encoding of the parts of a form.
        examples: The documented examples.
        plain_type: The first documented type, where JSON is not documented.
    """

    def __init__(
        self, document: Mapping[str, Any], content: Mapping[str, Any], media_type: str | None = None
    ) -> None:
        self._document = document
        self._content = content
        names = {media_types.essence(name): name for name in content}
        self.media_types: tuple[str, ...] = tuple(names)
        self.media_type: str | None = media_type or next(filter(media_types.is_json, names), None)
        media = content[names[self.media_type]] if self.media_type is not None else {}
        self.schema: Mapping[str, Any] | None = media.get("schema")
        self.encoding: Mapping[str, Any] = media.get("encoding") or {}
        self.examples: tuple[Example, ...] = tuple(_examples(media))
        self.plain_type: str | None = next(iter(names), None) if self.media_type is None else None

    @cached_property
    def forms(self) -> dict[str, Content]:
        """The same content in each form type that is documented."""
        return {
            name: Content(self._document, self._content, name)
            for name in self.media_types
            if name in media_types.FORMS
        }

    def example(self, model: str | None = None, name: str | None = None) -> Any:
        """The documented example for a model, or of a name; None if there is none.

        An example for the model is preferred, then one for every model, then any.
        """
        candidates = [example for example in self.examples if name is None or example.name == name]
        specific = [
            example for example in candidates if example.models is not None and model in example.models
        ]
        common = [example for example in candidates if example.models is None]
        return next((example.value for example in (*specific, *common, *candidates)), None)

    def example_or_sample(self, model: str | None = None) -> Any:
        """The documented example for a model, else a generated value; None without a schema."""
        example = self.example(model)
        return self._sample if example is None else example

    @cached_property
    def _sample(self) -> Any:
        return None if self.schema is None else samples.sample(self._document, self.schema)

    def response(self, status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
        """Make a JSON response of the documented type."""
        if self.media_type is not None and self.media_type != media_types.JSON:
            headers = {"content-type": self.media_type, **(headers or {})}
        return Response.json(status, value, headers)

    def documented_response(self, status: int, model: str | None) -> Response:
        """Make a response of the documented example or of a generated value."""
        if self.schema is not None or self.examples:
            return self.response(status, self.example_or_sample(model))
        if self.plain_type is None:
            return Response(status, {"content-length": "0"})
        return Response.of(status, self._plain_body, {"content-type": self.plain_type})

    @cached_property
    def _plain_body(self) -> bytes:
        """A body that is not JSON: the documented example, else a word if it is text, else nothing."""
        media: Mapping[str, Any] = next(iter(self._content.values()), {})
        example = next((example.value for example in _examples(media)), None)
        if example is None and (self.plain_type or "").startswith("text/"):
            example = samples.sample(self._document, media.get("schema") or {"type": "string"})
        return example.encode() if isinstance(example, str) else b""

    @cached_property
    def validator(self) -> Validator | None:
        """The validator of values; None without a schema."""
        return None if self.schema is None else schemas.compile_schema(self._document, self.schema)

    def is_valid(self, value: Any) -> bool:
        """Whether a value is as documented; without a schema every value is."""
        return self.validator is None or self.validator.is_valid(value)

    @cached_property
    def has_valid_examples(self) -> bool:
        """Whether the documented examples match the documented schema, as in some documents they do not."""
        return all(self.is_valid(example.value) for example in self.examples)

    @cached_property
    def models(self) -> dict[str, Model]:
        """The models that the discriminator names, in documented order; empty without one."""
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
    def anonymous_model(self) -> Model:
        """The model of requests that name none."""
        return self._model(self.schema or {}, None)

    def _model(self, schema: Mapping[str, Any], name: str | None) -> Model:
        read = without_files if self.media_type in media_types.FORMS else schemas.resolve
        return Model(self._document, read(self._document, schema), name)


def _examples(media: Mapping[str, Any]) -> list[Example]:
    examples = []
    for name, raw in (media.get("examples") or {}).items():
        if isinstance(raw, dict) and "value" in raw:
            models = raw.get(extensions.MODELS.name)
            examples.append(Example(name, None if models is None else frozenset(models), raw["value"]))
    return examples
