"""Where Prism and the mock answer differently, and why the mock is right."""

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from interop._cases import KEY, Case


class Answer(NamedTuple):
    """The answer of a server.

    Attributes:
        status: The status of the reply; None if there was none.
        rules: The violations in the reply, as rule and value; only the mock reports them.
    """

    status: int | None
    rules: tuple[tuple[str, Any], ...] = ()

    @property
    def accepted(self) -> bool:
        return self.status is not None and self.status < 300

    @property
    def shown(self) -> str:
        return "no reply" if self.status is None else str(self.status)


class Difference(NamedTuple):
    """A difference between the two servers.

    Attributes:
        request: What is sent.
        prism: How Prism answers.
        mock: How the mock answers.
        reason: Why the mock answers so.
        explains: Whether a request with the answers of Prism and of the mock is a case of this difference.
    """

    request: str
    prism: str
    mock: str
    reason: str
    explains: Callable[[Case, Answer, Answer], bool]


def _address_rule(case: Case, prism: Answer, mock: Answer) -> bool:
    return prism.accepted and mock.status == 400 and {rule for rule, _ in mock.rules} == {"url"}


def _port(case: Case, prism: Answer, mock: Answer) -> bool:
    wrong = [value for rule, value in mock.rules if rule == "format"]
    others = {rule for rule, _ in mock.rules} - {"format", "url"}
    return (
        prism.accepted
        and mock.status == 400
        and bool(wrong)
        and not others
        and not any(map(_has_port, wrong))
    )


def _has_port(address: Any) -> bool:
    try:
        _ = urlsplit(address).port
    except ValueError:
        return False
    return True


def _lenient(case: Case, prism: Answer, mock: Answer) -> bool:
    if prism.status != 400 or not mock.accepted or case.strict is None:
        return False
    lenient = {one.path for one in case.strict.coerced(case.json)}
    return {one.path for one in case.strict.violations(case.json)} == lenient != set()


def _unknown_key(case: Case, prism: Answer, mock: Answer) -> bool:
    scheme, _, key = case.headers.get("authorization", "").partition(" ")
    return prism.accepted and mock.status == 401 and scheme == "Bearer" and key.strip() not in ("", KEY)


def _scheme(case: Case, prism: Answer, mock: Answer) -> bool:
    scheme, _, key = case.headers.get("authorization", "").partition(" ")
    return prism.status == 401 and mock.accepted and (scheme.lower(), key) == ("bearer", KEY)


def _no_task(case: Case, prism: Answer, mock: Answer) -> bool:
    if case.method == "DELETE" and mock.status == 404:
        return case.kind in ("plain", "key", "accept", "path", "needless body", "path parameter")
    return case.kind == "path parameter" and prism.accepted and mock.status == 404


def _accept(case: Case, prism: Answer, mock: Answer) -> bool:
    return case.kind == "accept" and prism.status == 406 and mock.accepted


def _no_type(case: Case, prism: Answer, mock: Answer) -> bool:
    return "content-type" not in case.headers and prism.status in (400, 422) and mock.accepted


def _charset(case: Case, prism: Answer, mock: Answer) -> bool:
    kind, _, options = case.headers.get("content-type", "").partition(";")
    return (
        kind == "application/json"
        and "utf-8" not in options.lower() != ""
        and prism.accepted
        and mock.status == 415
    )


def _suffix(case: Case, prism: Answer, mock: Answer) -> bool:
    return case.headers.get("content-type", "").endswith("+json") and prism.accepted and mock.status == 415


def _other_type(case: Case, prism: Answer, mock: Answer) -> bool:
    return case.kind == "type" and prism.status == 400 and mock.status == 415


def _no_media_type(case: Case, prism: Answer, mock: Answer) -> bool:
    return "/" not in case.headers.get("content-type", "/") and prism.status == 500 and mock.status == 415


def _malformed(case: Case, prism: Answer, mock: Answer) -> bool:
    return case.kind == "malformed" and prism.status is None and mock.status == 400


def _no_unicode(case: Case, prism: Answer, mock: Answer) -> bool:
    return case.kind == "no Unicode" and prism.accepted and mock.status == 400


def _no_code(case: Case, prism: Answer, mock: Answer) -> bool:
    return case.kind == "prefer" and prism.status == 422 and mock.status == 404


def _no_400(case: Case, prism: Answer, mock: Answer) -> bool:
    return "400" not in case.operation.statuses and prism.status == 422 and mock.status in (400, 415)


def _concrete_path(case: Case, prism: Answer, mock: Answer) -> bool:
    is_method = case.kind.startswith("method") and mock.status == 405
    is_empty = case.kind == "path" and case.path.endswith("/") and mock.status == 404
    return prism.status in (200, 400) and (is_method or is_empty)


def _no_file(case: Case, prism: Answer, mock: Answer) -> bool:
    return prism.accepted and mock.status == 400 and not mock.rules and "/upload/base64" in case.path


def _needless_body(case: Case, prism: Answer, mock: Answer) -> bool:
    return case.kind == "needless body" and prism.status in (400, 415) and mock.accepted


DIFFERENCES = (
    Difference(
        "an address with a wrong scheme, without a host, or private where it must be public",
        "accepts",
        "400",
        "the documents state it in prose, which Prism does not read",
        _address_rule,
    ),
    Difference(
        "an address whose port is not a number",
        "accepts",
        "400",
        "`format: uri` means RFC 3986, where a port consists of digits",
        _port,
    ),
    Difference(
        "a wrong value that the API replaces by a default, as a document says",
        "400",
        "accepts",
        "the mock does the same and reports it in `requests`; the client refuses to send it",
        _lenient,
    ),
    Difference(
        "a key that was not issued",
        "accepts",
        "401",
        "the mock knows the keys that it has issued",
        _unknown_key,
    ),
    Difference(
        "`Authorization: bearer KEY` in lower case",
        "401",
        "accepts",
        "names of authentication schemes are case-insensitive (RFC 9110, 11.1)",
        _scheme,
    ),
    Difference(
        "a query of a task, or the deletion of a file, that was never created",
        "200, an example",
        "404",
        "the mock keeps tasks and files, Prism keeps nothing",
        _no_task,
    ),
    Difference(
        "`Accept` without JSON",
        "406",
        "accepts",
        "no 406 is documented, and a server may answer in the type it has (RFC 9110, 12.5.1)",
        _accept,
    ),
    Difference(
        "a body without `Content-Type`",
        "400, as if there were no body",
        "accepts",
        "one type is documented, and a body without a declared type may be read as that type (RFC 9110, 8.3)",
        _no_type,
    ),
    Difference("JSON of another `charset`", "accepts", "415", "JSON is UTF-8 (RFC 8259, 8.1)", _charset),
    Difference(
        "another type that ends in `+json`",
        "accepts",
        "415",
        "only `application/json` is documented",
        _suffix,
    ),
    Difference("a type that is not documented", "400", "415", "415 names the problem", _other_type),
    Difference(
        "a `Content-Type` that is not a media type",
        "500",
        "415",
        "the request is wrong, not the server",
        _no_media_type,
    ),
    Difference("malformed JSON", "never answers", "400", "the client needs an answer", _malformed),
    Difference(
        "text that is not UTF-8, or contains half a surrogate pair",
        "accepts",
        "400",
        "it is not Unicode text (RFC 8259, 8.1) and cannot be returned",
        _no_unicode,
    ),
    Difference(
        "`Prefer: code=` with a value that is not a status",
        "422",
        "404",
        "it is answered like any reply that is not documented",
        _no_code,
    ),
    Difference(
        "a wrong body where no 400 is documented",
        "422",
        "400, in the form of the documented errors",
        "400 is what the other documents have",
        _no_400,
    ),
    Difference(
        "a method that a path lacks but one with a parameter has; an empty parameter",
        "200 or 400",
        "405; 404",
        "a path without parameters comes first (OpenAPI 3.1, 4.8.8.2); those of a path are not empty",
        _concrete_path,
    ),
    Difference(
        "an upload of text that is not Base64, or of a file of another type",
        "accepts",
        "400",
        "the documents state it in prose, and the mock stores the file",
        _no_file,
    ),
    Difference(
        "a body where none is documented",
        "400",
        "accepts",
        "such a body has no meaning and is not read (RFC 9110, 9.3.1)",
        _needless_body,
    ),
)
"""In order of precedence: the first that explains an answer applies."""


def explained(case: Case, prism: Answer, mock: Answer) -> Difference | None:
    """The difference that explains two unequal answers, if any."""
    return next((one for one in DIFFERENCES if one.explains(case, prism, mock)), None)


def table() -> str:
    """The differences as a table in Markdown."""
    rows = [f"| {one.request} | {one.prism} | {one.mock} | {one.reason} |" for one in DIFFERENCES]
    return "\n".join(["| request | Prism | the mock | why |", "|---|---|---|---|", *rows])
