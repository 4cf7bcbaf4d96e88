"""Where Prism and the mock answer differently, and why that is no mistake of the mock."""

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from interop._cases import KEY, Case


class Answer(NamedTuple):
    """What a server made of a request.

    Attributes:
        status: of the reply; None if it never came.
        rules: what the reply says is wrong, as rule and value; the mock alone says it there.
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
    """One thing that the two see differently.

    Attributes:
        request: what is sent.
        prism: what Prism answers.
        mock: what the mock answers.
        reason: why the mock does so.
        explains: whether it is this that a request with its two answers, Prism's first, is about.
    """

    request: str
    prism: str
    mock: str
    reason: str
    explains: Callable[[Case, Answer, Answer], bool]


def _prose(case: Case, prism: Answer, mock: Answer) -> bool:
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


def _forgiven(case: Case, prism: Answer, mock: Answer) -> bool:
    if prism.status != 400 or not mock.accepted or case.strict is None:
        return False
    forgiven = {one.path for one in case.strict.forgiven(case.json)}
    return {one.path for one in case.strict.violations(case.json)} == forgiven != set()


def _unknown_key(case: Case, prism: Answer, mock: Answer) -> bool:
    scheme, _, key = case.headers.get("authorization", "").partition(" ")
    return prism.accepted and mock.status == 401 and scheme == "Bearer" and key.strip() not in ("", KEY)


def _scheme(case: Case, prism: Answer, mock: Answer) -> bool:
    scheme, _, key = case.headers.get("authorization", "").partition(" ")
    return prism.status == 401 and mock.accepted and (scheme.lower(), key) == ("bearer", KEY)


def _no_task(case: Case, prism: Answer, mock: Answer) -> bool:
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


def _needless_body(case: Case, prism: Answer, mock: Answer) -> bool:
    return case.kind == "needless body" and prism.status in (400, 415) and mock.accepted


DIFFERENCES = (
    Difference(
        "an address of a wrong scheme, without host, or private where it must be public",
        "accepts",
        "400",
        "the documents say so in prose, which Prism does not read",
        _prose,
    ),
    Difference(
        "an address whose port is no number",
        "accepts",
        "400",
        "`format: uri` means RFC 3986, where a port has digits alone",
        _port,
    ),
    Difference(
        "a wrong value that a document says the API forgives",
        "400",
        "accepts",
        "the API takes it for the default; the mock reports it in `requests`, the client refuses to send it",
        _forgiven,
    ),
    Difference(
        "a key that nobody has issued",
        "accepts",
        "401",
        "the mock knows the keys that it has issued",
        _unknown_key,
    ),
    Difference(
        "`Authorization: bearer KEY` in small letters",
        "401",
        "accepts",
        "names of authentication schemes have no case (RFC 9110, 11.1)",
        _scheme,
    ),
    Difference(
        "a query of a task that was never created",
        "200, an example",
        "404",
        "the mock keeps the tasks that were created, Prism keeps nothing",
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
        "one type is documented, and a body of no declared type may be taken for it (RFC 9110, 8.3)",
        _no_type,
    ),
    Difference("JSON of another `charset`", "accepts", "415", "JSON is UTF-8 (RFC 8259, 8.1)", _charset),
    Difference(
        "another type that ends in `+json`",
        "accepts",
        "415",
        "`application/json` alone is documented",
        _suffix,
    ),
    Difference("a type that is not documented", "400", "415", "415 says what is wrong", _other_type),
    Difference(
        "a `Content-Type` that is no media type",
        "500",
        "415",
        "it is the request that is wrong",
        _no_media_type,
    ),
    Difference("malformed JSON", "never answers", "400", "whoever asks must get to know", _malformed),
    Difference(
        "text with bytes that are no UTF-8, or with half a surrogate pair",
        "accepts",
        "400",
        "it is no Unicode text (RFC 8259, 8.1), and nobody could tell it back",
        _no_unicode,
    ),
    Difference(
        "`Prefer: code=` with something that is no status",
        "422",
        "404",
        "it is answered like any other reply that is not documented",
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
        "a body where none is documented",
        "400",
        "accepts",
        "such a body has no meaning and is not read (RFC 9110, 9.3.1)",
        _needless_body,
    ),
)
"""Checked in this order; the first that explains an answer has it."""


def explained(case: Case, prism: Answer, mock: Answer) -> Difference | None:
    """The difference that two unequal answers are about; None if there is none."""
    return next((one for one in DIFFERENCES if one.explains(case, prism, mock)), None)


def table() -> str:
    """The differences as a table in Markdown."""
    rows = [f"| {one.request} | {one.prism} | {one.mock} | {one.reason} |" for one in DIFFERENCES]
    return "\n".join(["| request | Prism | the mock | why |", "|---|---|---|---|", *rows])
