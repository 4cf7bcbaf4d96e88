"""An operation of the contract: its parameters, its body, its responses."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from evolink_api import extensions, media_types
from evolink_api.validation import Violation

from .._http.messages import Response
from . import samples, schemas
from .content import Content
from .roles import read_role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from evolink_api.validation import Validator

    from .._http.messages import Request
    from .content import Model
    from .roles import Role


class ContractViolation(AssertionError):  # noqa: N818 - a failed assertion about the mock
    """The mock was about to send a response that the contract does not document: a bug in the mock."""


ContractBreach = ContractViolation  # its first name, which tests may use


@dataclass(frozen=True, slots=True)
class GenerationQuery:
    """How the task that an operation starts is queried: its `x-evolink-generation`.

    Attributes:
        operation: Id of the operation that queries it.
        parameter: The path parameter there that takes the task's id.
    """

    operation: str
    parameter: str


_DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|"}


class Parameter:
    """A documented parameter in path, query, headers or cookies.

    Args:
        document: The contract.
        raw: The parameter there.

    Attributes:
        is_required: Whether a request must have it.
    """

    def __init__(self, document: Mapping[str, Any], raw: Mapping[str, Any]) -> None:
        self.location: str = raw["in"]
        self.name: str = raw["name"]
        self.is_required = bool(raw.get("required"))
        self._document = document
        self._schema: Mapping[str, Any] = raw.get("schema") or {}
        self._example: Any = raw.get("example")
        self._delimiter = _DELIMITERS.get(str(raw.get("style")), ",")

    @property
    def example(self) -> str:
        """The documented example as text, else a generated value."""
        value = samples.sample(self._document, self._schema) if self._example is None else self._example
        return value if isinstance(value, str) else json.dumps(value)

    @property
    def default(self) -> Any:
        """Its documented default; None if it has none."""
        return schemas.keyword(self._document, self._schema, "default")

    def is_sent(self, request: Request) -> bool:
        """Whether a request has it; the path always does."""
        return self.location == "path" or _sent_values(request, self.location, self.name) is not None

    def takes(self, text: str) -> bool:
        """Whether a text is a valid value."""
        return any(map(self._validator.is_valid, self._readings([text])))

    def violations(self, request: Request, path_values: Mapping[str, str]) -> list[Violation]:
        """What is wrong with it in a request.

        Args:
            request: The request.
            path_values: The values of the path parameters.
        """
        if self.location == "path":
            sent: list[str] | None = [path_values.get(self.name, "")]
        else:
            sent = _sent_values(request, self.location, self.name)
        if sent is None:
            # An object may be spread over parameters of other names, in ways that cannot be told apart.
            is_missing = self.is_required and "object" not in self._types
            return [Violation(self.name, "required", None, f"{self.name}: is required")] if is_missing else []
        readings: list[list[Violation]] = []
        for value in self._readings(sent):
            if self._validator.is_valid(value):
                return []
            readings.append(self._validator.violations(value))
        # The one that was meant has the fewest values of a wrong type.
        violations = min(readings, key=lambda found: sum(one.rule == "type" for one in found))
        return [Violation(self.name, one.rule, one.value, self._message(one)) for one in violations]

    def _message(self, violation: Violation) -> str:
        """The message of a violation in the value, which names this parameter."""
        if not violation.path:
            return violation.message.replace("the body", self.name, 1)
        separator = "" if violation.path.startswith("[") else "."
        return f"{self.name}{separator}{violation.message}"

    def _readings(self, sent: list[str]) -> Iterator[Any]:
        """Yield the values that the text may stand for; the schema says which are expected."""
        if self._types == {"string"}:
            yield sent[-1]
            return
        if "array" in self._types:
            items = sent if len(sent) > 1 else sent[0].split(self._delimiter)
            yield [_decode(item) for item in items]
            yield items
            return
        if "object" in self._types and "," in sent[-1] and not sent[-1].startswith("{"):
            names, values = (sent[-1].split(",")[start::2] for start in (0, 1))
            yield dict(zip(names, map(_decode, values), strict=False))
        yield _decode(sent[-1], objects="object" in self._types)
        yield sent[-1]

    @cached_property
    def _types(self) -> set[str]:
        return schemas.types(self._document, self._schema)

    @cached_property
    def _validator(self) -> Validator:
        return schemas.compile_schema(self._document, self._schema)


class Operation:
    """A method on a path.

    Attributes:
        id: The operation's id.
        aliases: Other ids that the documents have for it.
        method: In capitals.
        path: The template, relative to the server.
        server: Its base address, without a slash at the end.
        is_secured: Whether it needs a key.
        parameters: Those in path, query, headers and cookies.
        body: The content of the request; None if it takes none.
        is_body_required: Whether the request must have a body.
        responses: Status (or `4XX`, `default`) to content.
        generation: How the task that it starts is queried; None if it starts none.
        role: What the mock uses it for; None if for nothing special.
    """

    def __init__(
        self,
        document: Mapping[str, Any],
        method: str,
        path: str,
        server: str,
        raw: Mapping[str, Any],
        shared_parameters: Sequence[Any],
    ) -> None:
        self._document = document
        self.id: str = raw.get("operationId") or f"{method.lower()} {path}"
        self.aliases: tuple[str, ...] = tuple(raw.get(extensions.OPERATION_IDS.name) or ())
        self.method = method
        self.path = path
        self.server = server
        security = raw.get("security", document.get("security"))
        self.is_secured: bool = bool(security)
        self._key_locations = tuple(_key_locations(document, security or ()))
        declared = (
            schemas.resolve(document, one) for one in (*shared_parameters, *(raw.get("parameters") or ()))
        )
        parameters = {(one["in"], one["name"]): Parameter(document, one) for one in declared}
        self.parameters: tuple[Parameter, ...] = tuple(parameters.values())
        self.path_names: tuple[str, ...] = tuple(re.findall(r"\{([^{}]*)\}", urlsplit(server).path + path))
        body = schemas.resolve(document, raw.get("requestBody"))
        self.body: Content | None = Content(document, body["content"]) if body.get("content") else None
        self.is_body_required: bool = bool(body.get("required"))
        self.responses: dict[str, Content] = {
            str(status): Content(document, schemas.resolve(document, response).get("content") or {})
            for status, response in raw["responses"].items()
        }
        self._success = next((status for status in sorted(self.responses) if status[:1] == "2"), "default")
        generation = raw.get(extensions.GENERATION.name)
        self.generation: GenerationQuery | None = generation and GenerationQuery(
            generation["query"], generation["parameter"]
        )
        self.role: Role | None = read_role(document, raw, self.success)

    def keys_in(self, request: Request) -> Iterator[str]:
        """Yield the API keys that a request has elsewhere than in `Authorization`, where documented."""
        for location, name in self._key_locations:
            yield from _sent_values(request, location, name) or ()

    def parameter_violations(self, request: Request, path_values: Mapping[str, str]) -> list[Violation]:
        """What is wrong with the parameters in path, query, headers and cookies.

        Args:
            request: The request.
            path_values: The values of the path parameters.
        """
        return [found for one in self.parameters for found in one.violations(request, path_values)]

    @cached_property
    def success(self) -> Content:
        """The content of a successful response."""
        return self.responses.get(self._success) or Content(self._document, {})

    @cached_property
    def success_status(self) -> int:
        """The status of a successful response."""
        return int(self._success) if self._success.isdecimal() else 200

    def success_response(self, value: Any) -> Response:
        """Make a successful response of a JSON value."""
        return self.success.response(self.success_status, value)

    def encoded_success_response(self, body: bytes) -> Response:
        """Make a successful response of encoded JSON."""
        headers = {
            "content-type": self.success.media_type or media_types.JSON,
            "content-length": str(len(body)),
        }
        return Response(self.success_status, headers, body)

    def documented_response(self, model: str | None) -> Response:
        """Make a successful response of the documented example or of a generated value."""
        return self.success.documented_response(self.success_status, model)

    def check_success(self, value: Any) -> None:
        """Check a value against the documented response, unless its own examples do not match it.

        Raises:
            ContractViolation: It is not as documented.
        """
        content = self.success
        validator = content.validator
        if validator is not None and not validator.is_valid(value) and content.has_valid_examples:
            reasons = "; ".join(violation.message for violation in validator.violations(value))
            raise ContractViolation(f"the reply to {self.id} is not as documented: {reasons}")

    def content(self, status: int) -> Content | None:
        """The documented content of a status; None if it is not documented."""
        name = self.documented_status(status)
        return None if name is None else self.responses[name]

    def documented_status(self, status: int) -> str | None:
        """What a status is documented as: itself, `4XX` or `default`; None if it is not documented."""
        names = (str(status), f"{status // 100}XX", f"{status // 100}xx", "default")
        return next((name for name in names if name in self.responses), None)

    @cached_property
    def body_contents(self) -> tuple[Content, ...]:
        """The content of the request in JSON, if documented, and in each form type."""
        if self.body is None:
            return ()
        json_content = () if self.body.media_type is None else (self.body,)
        return (*json_content, *self.body.forms.values())

    @cached_property
    def models(self) -> dict[str, Model]:
        """The models that requests may name, in documented order; empty if they name none."""
        contents = reversed(self.body_contents)
        return {name: model for content in contents for name, model in content.models.items()}


def _key_locations(document: Mapping[str, Any], security: Iterable[Any]) -> Iterator[tuple[str, str]]:
    schemes = (document.get("components") or {}).get("securitySchemes") or {}
    for name in dict.fromkeys(name for requirement in security for name in requirement):
        scheme = schemas.resolve(document, schemes.get(name))
        if scheme.get("type") == "apiKey":
            yield scheme["in"], scheme["name"]


def _sent_values(request: Request, location: str, name: str) -> list[str] | None:
    """The values under a name in query, headers or cookies; None if there are none."""
    if location == "query":
        return parse_qs(request.query, keep_blank_values=True).get(name)
    value = request.headers.get(name.lower()) if location == "header" else _cookies(request).get(name)
    return None if value is None else [value]


def _cookies(request: Request) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in request.headers.get("cookie", "").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _decode(text: str, *, objects: bool = False) -> Any:
    """The number, boolean or null (or object) that a text encodes; else the text itself."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    is_number = isinstance(value, int | float) and text not in {"NaN", "Infinity", "-Infinity"}
    return value if value is None or is_number or (objects and isinstance(value, dict)) else text
