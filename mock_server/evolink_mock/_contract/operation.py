"""One operation of the contract, with its replies and its models."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .._http.messages import Response
from . import schema as _schema
from .content import Content
from .parameters import Parameter, given

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from evolink_api.validation import Violation

    from .._http.messages import Request
    from .model import Model


@dataclass(frozen=True, slots=True)
class Link:
    """How the task that an operation starts is queried: its `x-evolink-generation`.

    Attributes:
        operation: Id of the operation that queries it.
        parameter: The path parameter there that takes the task's id.
    """

    operation: str
    parameter: str


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
        link: How the task that it creates is queried; None if it creates none.
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
        self.secured: bool = bool(required)
        self.key_places: tuple[tuple[str, str], ...] = tuple(_key_places(document, required or ()))
        found = (_schema.resolve(document, one) for one in (*shared, *(raw.get("parameters") or ())))
        parameters = {(one["in"], one["name"]): Parameter(document, one) for one in found}
        self.parameters: tuple[Parameter, ...] = tuple(parameters.values())
        self.path_names: tuple[str, ...] = tuple(re.findall(r"\{([^{}]*)\}", urlsplit(server).path + path))
        body = _schema.resolve(document, raw.get("requestBody"))
        self.body: Content | None = Content(document, body["content"]) if body.get("content") else None
        self.body_required: bool = bool(body.get("required"))
        replies = {str(status): _schema.resolve(document, one) for status, one in raw["responses"].items()}
        self.replies: dict[str, Content] = {
            status: Content(document, one.get("content") or {}) for status, one in replies.items()
        }
        self._success = next((status for status in sorted(replies) if status[:1] == "2"), "default")
        generation = raw.get("x-evolink-generation")
        self.link: Link | None = generation and Link(generation["query"], generation["parameter"])

    def keys_in(self, request: Request) -> Iterator[str]:
        """What a request has in the places where the document says that a key goes."""
        for place, name in self.key_places:
            yield from given(request, place, name) or ()

    def parameter_violations(self, request: Request, path: Mapping[str, str]) -> list[Violation]:
        """What is wrong with the parameters in path, query, headers and cookies.

        Args:
            request: The request.
            path: The values that its path has.
        """
        return [fault for one in self.parameters for fault in one.violations(request, path)]

    @cached_property
    def success(self) -> Content:
        """The content of the reply when all is well."""
        return self.replies.get(self._success) or Content(self._document, {})

    @cached_property
    def success_status(self) -> int:
        """The status when all is well."""
        return int(self._success) if self._success.isdecimal() else 200

    def answer(self, model: str | None) -> Response:
        """The reply when all is well, by the document alone: its example, or one made from the schema."""
        content = self.success
        if content.schema is not None:
            return content.reply(self.success_status, content.value(model))
        if content.plain_type is None:
            return Response(self.success_status, {"content-length": "0"})
        return Response.of(self.success_status, content.plain, {"content-type": content.plain_type})

    def reply(self, status: int) -> Content | None:
        """The documented content of a status; None if it is not documented."""
        name = self.reply_name(status)
        return None if name is None else self.replies[name]

    def reply_name(self, status: int) -> str | None:
        """What a status is documented as: itself, `4XX` or `default`; None if it is not documented."""
        names = (str(status), f"{status // 100}XX", f"{status // 100}xx", "default")
        return next((name for name in names if name in self.replies), None)

    @cached_property
    def contents(self) -> tuple[Content, ...]:
        """What requests may hold that can be told apart: JSON, and each form."""
        if self.body is None:
            return ()
        json_ = () if self.body.kind is None else (self.body,)
        return (*json_, *self.body.forms.values())

    @cached_property
    def models(self) -> dict[str, Model]:
        """The models that requests are told apart by, in documented order; empty if they are not."""
        return {name: model for content in reversed(self.contents) for name, model in content.models.items()}


def _key_places(document: Mapping[str, Any], required: Iterable[Any]) -> Iterator[tuple[str, str]]:
    schemes = (document.get("components") or {}).get("securitySchemes") or {}
    for name in dict.fromkeys(name for alternative in required for name in alternative):
        scheme = _schema.resolve(document, schemes.get(name))
        if scheme.get("type") == "apiKey":
            yield scheme["in"], scheme["name"]
