"""The commands `proxy` and `verify`."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from .._http.messages import Request, Response
    from .verify import Verification

_USER_AGENT = "evolink-mock-verify"
_KEY_VARIABLE = "EVOLINK_API_KEY"
_TIMEOUT = 60.0  # seconds in which a response is complete


def add_subcommands(subcommands: Any, port: Callable[[str], int]) -> None:
    """Add the commands to a command line.

    Args:
        subcommands: The subcommands of the parser.
        port: Reads a port.
    """
    proxy: argparse.ArgumentParser = subcommands.add_parser(
        "proxy",
        help="forward requests to the API and record what is not as documented",
        description="Forward each request to the API once, and record what is not as documented.",
        epilog="Exit code: 0 if all is as documented, 1 if a difference breaks something, 2 for wrong use.",
    )
    proxy.add_argument("--upstream", type=_address, required=True, metavar="URL", help="address of the API")
    proxy.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    proxy.add_argument(
        "--port", type=port, default=8081, help="port to listen on; 0 takes a free one (default: %(default)s)"
    )
    proxy.add_argument("--har", type=Path, metavar="FILE", help="record all exchanges here, as HAR 1.2")
    proxy.add_argument("--report", type=Path, metavar="FILE", help="write the report here, as JSON")
    proxy.add_argument("--contract", metavar="FILE", help="OpenAPI document to compare with, JSON or YAML")
    log = proxy.add_mutually_exclusive_group()
    log.add_argument("--quiet", action="store_true", help="do not log requests on stderr")
    log.add_argument("--log-json", action="store_true", help="log requests as a JSON object on each line")
    proxy.set_defaults(run=_proxy)
    verify: argparse.ArgumentParser = subcommands.add_parser(
        "verify",
        help="compare an API with the mock, by requests that cost nothing",
        description="Compare an API with the mock, by requests that cannot become a task.",
        epilog="Exit code: 0 if they are alike, 1 if they differ, 2 if the API could not be asked.",
    )
    verify.add_argument("--base-url", type=_address, required=True, metavar="URL", help="address of the API")
    verify.add_argument("--api-key", metavar="KEY", help=f"a valid key (default: {_KEY_VARIABLE})")
    verify.add_argument("--json", action="store_true", help="print the result as JSON")
    verify.add_argument(
        "--may-charge",
        action="store_true",
        help="send bodies that break one documented rule, too: an API that takes one charges for it",
    )
    verify.add_argument("--contract", metavar="FILE", help="OpenAPI document to compare with, JSON or YAML")
    verify.set_defaults(run=_verify)


def _proxy(options: argparse.Namespace) -> int:
    from .._contract.contract import Contract  # noqa: PLC0415 - --help needs none of it
    from .._serving.access_log import log_to_stderr  # noqa: PLC0415 - same
    from .._serving.server import HTTPServer, bind, run, url_of  # noqa: PLC0415 - same
    from .proxy import GRACE, ProxyApplication  # noqa: PLC0415 - same
    from .recorder import Recorder  # noqa: PLC0415 - same
    from .upstream import Upstream  # noqa: PLC0415 - same

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.CRITICAL)  # it logs addresses, which may hold a key
    contract = Contract.load(options.contract)
    if options.har is not None and options.report is not None and _is_same(options.har, options.report):
        raise ValueError("--har and --report name the same file")
    if _is_own(options.upstream, options.host, options.port):
        raise ValueError(f"--upstream {options.upstream} is the proxy itself")
    try:
        recorder = Recorder(contract, har=options.har, report=options.report)
    except OSError as error:
        raise ValueError(f"{error.filename or 'a file'}: {error.strerror or error}") from error
    with recorder:
        try:
            listener = bind(options.host, options.port)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ValueError(f"cannot listen at {options.host}:{options.port}: {reason}") from error
        address = url_of(listener)
        application = ProxyApplication(Upstream(contract, options.upstream), recorder)
        log = None if options.quiet else log_to_stderr(as_json=options.log_json, secrets=application.secrets)

        def on_started() -> None:
            print(f"EvoLink proxy listening on {address}")  # noqa: T201 - output of the command
            print(f"  forwards to {options.upstream}", flush=True)  # noqa: T201 - same

        run(HTTPServer(application, log=log), listener, on_started, GRACE)
        if log is not None:
            log.close()
    report = recorder.report
    for line in report.lines():
        print(line)  # noqa: T201 - output of the command
    print(f"{report.exchanges} exchanges, {len(report.lines())} differences")  # noqa: T201 - same
    return 1 if report.is_breaking else 0


def _verify(options: argparse.Namespace) -> int:
    import httpx  # noqa: PLC0415 - --help needs none of it

    from .._contract.contract import Contract  # noqa: PLC0415 - same
    from .probes import charging_probes, free_probes  # noqa: PLC0415 - same
    from .upstream import Upstream  # noqa: PLC0415 - same
    from .verify import Verifier  # noqa: PLC0415 - same

    key = options.api_key or os.environ.get(_KEY_VARIABLE, "")
    if not key:
        raise ValueError(f"a key is needed: --api-key KEY, or {_KEY_VARIABLE}")
    contract = Contract.load(options.contract)
    probes = list(free_probes(contract))
    if options.may_charge:
        probes += charging_probes(contract)
    with asyncio.Runner() as runner:
        client = httpx.AsyncClient(follow_redirects=False, timeout=_TIMEOUT)
        try:
            verifier = Verifier(
                contract,
                lambda request: runner.run(_send(client, request)),
                key,
                Upstream(contract, options.base_url),
            )
            result = verifier.run(probes)
        finally:
            runner.run(client.aclose())
    if options.json:
        print(json.dumps(result.to_dict(), indent=2, ensure_ascii=False))  # noqa: T201 - output of the command
    else:
        _print_result(result)
    return result.exit_code


async def _send(client: Any, request: Request) -> Response:
    """Send a request once.

    Raises:
        NoReplyError: There is no complete response.
    """
    import httpx  # noqa: PLC0415 - loaded by the caller

    from .._http.messages import Response, join_headers  # noqa: PLC0415 - same
    from .verify import MAX_REPLY, NoReplyError  # noqa: PLC0415 - same

    headers = {"user-agent": _USER_AGENT, "accept-encoding": "identity", **request.headers}
    sent = httpx.Request(request.method, request.url, headers=headers, content=request.body or None)
    sent.extensions["timeout"] = httpx.Timeout(_TIMEOUT).as_dict()
    try:
        async with asyncio.timeout(_TIMEOUT):
            reply = await client.send(sent, stream=True)
            try:
                body = b""
                async for part in reply.aiter_raw():
                    body += part
                    if len(body) > MAX_REPLY:
                        break
            finally:
                await reply.aclose()
    except TimeoutError:
        raise NoReplyError(f"{request.origin} gave no complete response in {_TIMEOUT:g} seconds") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise NoReplyError(f"{request.origin} gave no response: {reason}") from None
    return Response(reply.status_code, join_headers(reply.headers.raw), body)


def _print_result(result: Verification) -> None:
    lines = result.report.lines()
    lines += [
        f"created  {one['operation']} {one['task_id']}, which may cost credits: {one['path']} {one['rule']}"
        for one in result.tasks
    ]
    lines += [f"not asked {one['operation']} {one['what']}: {one['reason']}" for one in result.not_asked]
    lines.append(
        f"{result.report.exchanges} requests, {len(result.report.lines())} differences, "
        f"{len(result.not_asked)} not asked"
    )
    print("\n".join(lines))  # noqa: T201 - output of the command


def _is_same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _is_own(upstream: str, host: str, port: int) -> bool:
    """Whether an address is that of the proxy, which would ask itself without end."""
    parts = urlsplit(upstream)
    return parts.port == port and parts.hostname in {host, "localhost", "127.0.0.1", "::1"}


def _address(text: str) -> str:
    import argparse  # noqa: PLC0415 - loaded by the caller

    if not _is_address(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an address such as https://api.example.com")
    return text.rstrip("/")


def _is_address(text: str) -> bool:
    """Whether a text is the address of a server, without user, query and fragment."""
    try:
        parts = urlsplit(text)
        has_valid_port = parts.port != 0
    except ValueError:
        return False
    has_more = "@" in parts.netloc or "?" in text or "#" in text
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and has_valid_port and not has_more
