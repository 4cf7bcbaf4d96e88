"""One operation of the contract, with its replies and its models."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from evolink_api.validation import Validator, closure
from evolink_mock import _schema
from evolink_mock._forms import KINDS, without_files
from evolink_mock._messages import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.IGNORECASE)
_DEFAULT_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Example:
    """A documented example: `models` is None when it holds for every model."""

    name: str
    models: frozenset[str] | None
    value: Any


@dataclass(frozen=True, slots=True)
class Link:
    """How a reply leads to another operation.

    Attributes:
        operation: Id or alias of the operation it leads to.
        parameter: The path parameter there.
        pointer: Where in the reply its value stands.
    """

    operation: str
    parameter: str
    pointer: str


@dataclass(frozen=True, slots=True)
class CallbackPolicy:
    """Where a model's callback address stands and how callbacks are delivered."""

    parameter: str
    timeout: float
    retries: tuple[float, ...]


class Media:
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
        self.types = tuple(named)
        self.kind = next((name for name in named if _JSON.fullmatch(name)), None) if kind is None else kind
        media = content[named[self.kind]] if self.kind is not None else {}
        self.schema: Mapping[str, Any] | None = media.get("schema")
        self.encoding: Mapping[str, Any] = media.get("encoding") or {}
        self.examples = tuple(_examples(media))
        self.plain_type = next(iter(self.types), None) if self.kind is None else None

    @cached_property
    def forms(self) -> dict[str, Media]:
        """The same as each form that is documented."""
        return {kind: Media(self._document, self._content, kind) for kind in self.types if kind in KINDS}

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
        if example is None and self.schema is not None:
            return _schema.sample(self._document, self.schema)
        return example

    @cached_property
    def plain(self) -> bytes:
        """Content that is no JSON: the documented example, else a word if it is text, else nothing."""
        media: Mapping[str, Any] = next(iter(self._content.values()), {})
        example = next((one.value for one in _examples(media)), None)
        if example is None and (self.plain_type or "").startswith("text/"):
            example = _schema.sample(self._document, media.get("schema") or {"type": "string"})
        return example.encode() if isinstance(example, str) else b""

    @cached_property
    def validator(self) -> Validator | None:
        """Checks values against the schema; None without one."""
        return None if self.schema is None else _validator(self._document, self.schema)

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


class Model:
    """What one operation takes from one model.

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
        """Checks bodies as the API does: it forgives what is documented to be forgiven."""
        found = self._validators.get((allow_local, strict))
        if found is None:
            found = _validator(
                self._document, self.schema, lenient=True, allow_local=allow_local, unknown=strict
            )
            self._validators[allow_local, strict] = found
        return found

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """What the parameters are taken for when they are left out."""
        return _schema.defaults(self._document, self.schema)

    @cached_property
    def choices(self) -> frozenset[str]:
        """The parameters whose values are words of a list, not free text."""
        return frozenset(
            name
            for name, prop in _schema.properties(self._document, self.schema).items()
            if _schema.extension(self._document, prop, "enum")
        )

    @cached_property
    def callback(self) -> CallbackPolicy | None:
        """How callbacks are delivered; None if the model has none."""
        for name, prop in _schema.properties(self._document, self.schema).items():
            policy = _schema.extension(self._document, prop, "x-evolink-callback")
            if policy is not None:
                retries = tuple(float(pause) for pause in policy.get("retries", ()))
                return CallbackPolicy(name, float(policy.get("timeout", _DEFAULT_TIMEOUT)), retries)
        return None


class Operation:
    """One method on one path.

    Attributes:
        id: The operation's id.
        aliases: What the documents call it.
        method: In capitals.
        path: The template, relative to the server.
        server: Where it lives, without a slash at the end.
        secured: Whether it asks for a key.
        key_places: Where else than in `Authorization` it takes the key: `header`, `query` or `cookie`, and
            the name there.
        body: The content of the request; None if it takes none.
        body_required: Whether the request must have a body.
        replies: Status (or `4XX`, `default`) to content.
        link: How its reply leads to the task; only for operations that create tasks.
    """

    def __init__(
        self,
        document: Mapping[str, Any],
        method: str,
        path: str,
        server: str,
        raw: Mapping[str, Any],
        shared: Sequence[Any],
    ) -> None:
        self._document = document
        self.id: str = raw.get("operationId") or f"{method.lower()} {path}"
        self.aliases: tuple[str, ...] = tuple(raw.get("x-evolink-operation-ids") or ())
        self.method = method
        self.path = path
        self.server = server
        required = raw.get("security", document.get("security"))
        self.secured = bool(required)
        self.key_places = tuple(_key_places(document, required or ()))
        parameters = (_schema.resolve(document, one) for one in (*shared, *(raw.get("parameters") or ())))
        self.parameters = tuple({(one["in"], one["name"]): one for one in parameters}.values())
        self.path_names = tuple(re.findall(r"\{([^{}]*)\}", urlsplit(server).path + path))
        body = _schema.resolve(document, raw.get("requestBody"))
        self.body = Media(document, body["content"]) if body.get("content") else None
        self.body_required = bool(body.get("required"))
        replies = {str(status): _schema.resolve(document, one) for status, one in raw["responses"].items()}
        self.replies = {status: Media(document, one.get("content") or {}) for status, one in replies.items()}
        self._success = next((status for status in sorted(replies) if status[:1] == "2"), "default")
        self.link = _link(replies.get(self._success, {}))

    @cached_property
    def success(self) -> Media:
        """The content of the reply when all is well."""
        return self.replies.get(self._success) or Media(self._document, {})

    @cached_property
    def success_status(self) -> int:
        """The status when all is well."""
        return int(self._success) if self._success.isdecimal() else 200

    def answer(self, model: str | None) -> Response:
        """The reply when all is well, by the document alone: its example, or one made from the schema."""
        media = self.success
        if media.schema is not None:
            return Response.json(self.success_status, media.value(model))
        if media.plain_type is None:
            return Response(self.success_status, {"content-length": "0"})
        return Response.of(self.success_status, media.plain, {"content-type": media.plain_type})

    def reply(self, status: int) -> Media | None:
        """The documented content of a status; None if it is not documented."""
        name = self.reply_name(status)
        return None if name is None else self.replies[name]

    def reply_name(self, status: int) -> str | None:
        """What a status is documented as: itself, `4XX` or `default`; None if it is not documented."""
        names = (str(status), f"{status // 100}XX", f"{status // 100}xx", "default")
        return next((name for name in names if name in self.replies), None)

    @cached_property
    def contents(self) -> tuple[Media, ...]:
        """What requests may hold that can be told apart: JSON, and each form."""
        if self.body is None:
            return ()
        json_ = () if self.body.kind is None else (self.body,)
        return (*json_, *self.body.forms.values())

    @cached_property
    def models(self) -> dict[str, Model]:
        """The models that requests are told apart by, in documented order; empty if they are not."""
        return {name: model for media in reversed(self.contents) for name, model in media.models.items()}

    @cached_property
    def parameter_validators(self) -> dict[tuple[str, str], Validator]:
        """Checks of the documented parameters, by place and name."""
        return {
            (one["in"], one["name"]): _validator(self._document, one.get("schema") or {})
            for one in self.parameters
        }


def _key_places(document: Mapping[str, Any], required: Iterable[Any]) -> Iterator[tuple[str, str]]:
    schemes = (document.get("components") or {}).get("securitySchemes") or {}
    for name in dict.fromkeys(name for alternative in required for name in alternative):
        scheme = _schema.resolve(document, schemes.get(name))
        if scheme.get("type") == "apiKey":
            yield scheme["in"], scheme["name"]


def _examples(media: Mapping[str, Any]) -> list[Example]:
    found = []
    for name, raw in (media.get("examples") or {}).items():
        if isinstance(raw, dict) and "value" in raw:
            models = raw.get("x-evolink-models")
            found.append(Example(name, None if models is None else frozenset(models), raw["value"]))
    return found


def _link(reply: Mapping[str, Any]) -> Link | None:
    for raw in (reply.get("links") or {}).values():
        for parameter, expression in (raw.get("parameters") or {}).items():
            where = str(expression)
            if "operationId" in raw and where.startswith("$response.body#"):
                name = parameter.removeprefix("path.")
                return Link(raw["operationId"], name, where.removeprefix("$response.body#"))
    return None


def _validator(document: Mapping[str, Any], schema: Mapping[str, Any], **options: bool) -> Validator:
    # Compiling loads a native library, so it is left until a request really asks for it.
    return Validator(closure(document, schema), **options)
