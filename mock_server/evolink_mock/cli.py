"""The command `evolink-mock`."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ._drift.commands import add_subcommands
from ._engine import DEFAULT_KEY
from ._tasks import DEFAULT_CREDITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._adapters.server import EngineApplication
    from ._engine.engine import Engine

WRONG_USE = 2
"""Exit code for invalid arguments, and for a port that is in use."""

_MAX_PORT = 65535


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        argv: The arguments; by default those of the process.
    """
    options = _parser().parse_args(argv)
    try:
        code: int = options.run(options)
    except ImportError as error:
        return _fail(f"{error}: pip install 'evolink-client[mock]'")
    except ValueError as error:
        return _fail(str(error))
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="evolink-mock", description="An offline mock of the EvoLink API.")
    parser.add_argument(
        "--version", action=_Version, nargs=0, default=argparse.SUPPRESS, help="show the version and exit"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        help="answer over HTTP",
        description="Answer over HTTP as the API does, without spending anything.",
        formatter_class=_HelpFormatter,
    )
    _add_serve_options(serve)
    serve.set_defaults(run=_serve)
    replay = commands.add_parser(
        "replay",
        help="answer from recorded traffic",
        description="Answer over HTTP from recorded traffic first, from the contract else.",
        formatter_class=_HelpFormatter,
    )
    replay.add_argument("har", type=Path, metavar="FILE.har", help="what `proxy --har` has recorded")
    _add_serve_options(replay)
    replay.set_defaults(run=_serve)
    add_subcommands(commands, _port)
    return parser


def _add_serve_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scenario",
        metavar="FILE",
        help="how it starts: key, credits, times, faults and outcomes; YAML or JSON",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=_port, default=8080, help="port to listen on; 0 takes a free one")
    parser.add_argument(
        "--speed", type=_positive, default=60.0, metavar="N", help="seconds of the mock per real second"
    )
    parser.add_argument("--api-key", default=DEFAULT_KEY, metavar="KEY", help="the key that is valid")
    parser.add_argument(
        "--credits", type=_credits, default=DEFAULT_CREDITS, metavar="N", help="credits at the beginning"
    )
    parser.add_argument(
        "--allow-local-callbacks",
        action="store_true",
        help="deliver callbacks to http, loopback and private addresses too",
    )
    parser.add_argument(
        "--allowed-host",
        type=_host,
        action="append",
        default=[],
        metavar="NAME",
        help="use the admin API and the page under this host name too, such as that of a container",
    )
    parser.add_argument("--contract", metavar="FILE", help="OpenAPI document to answer by, JSON or YAML")
    parser.add_argument(
        "--progress",
        choices=("time", "polls", "immediate"),
        default="time",
        help="what moves tasks forward",
    )
    parser.add_argument("--strict", action="store_true", help="refuse undocumented parameters")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of ids and random choices")
    log = parser.add_mutually_exclusive_group()
    log.add_argument("--quiet", action="store_true", help="do not log requests on stderr")
    log.add_argument("--log-json", action="store_true", help="log requests as a JSON object on each line")


class _HelpFormatter(argparse.ArgumentDefaultsHelpFormatter):
    """Shows the defaults of options that have a value by default."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        has_value = action.default is not False and action.default not in (None, [])
        return super()._get_help_string(action) if has_value else action.help


class _Version(argparse.Action):
    """Shows the version, which is looked up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415 - takes longer than the rest of the command

        print(f"{parser.prog} {version('evolink-client')}")  # noqa: T201 - output of the command
        parser.exit()


def _serve(options: argparse.Namespace) -> int:
    from ._clock.clock import RealClock  # noqa: PLC0415 - --help needs none of it
    from ._contract.contract import Contract  # noqa: PLC0415 - same
    from ._engine.engine import Engine  # noqa: PLC0415 - same
    from ._serving.access_log import log_to_stderr  # noqa: PLC0415 - same
    from ._serving.server import HTTPServer, bind, run, url_of  # noqa: PLC0415 - same

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    # The client gets a 400 for a malformed form.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    engine = Engine(
        Contract.load(options.contract),
        RealClock(options.speed),
        progress=options.progress,
        credits=options.credits,
        seed=options.seed,
        allow_local_callbacks=options.allow_local_callbacks,
        strict=options.strict,
        api_key=options.api_key,
    )
    if options.scenario is not None:
        from ._scenario.scenario import Scenario  # noqa: PLC0415 - few mocks have one

        Scenario.load(options.scenario, engine.contract).begin(
            engine,
            progress=options.progress,
            credits=options.credits,
            seed=options.seed,
            api_key=options.api_key,
        )
    application = _application(engine, options)
    try:
        listener = bind(options.host, options.port)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        return _fail(f"cannot listen at {options.host}:{options.port}: {reason}")
    address = url_of(listener)
    key = engine.api_key

    def on_started() -> None:
        print(f"EvoLink mock listening on {address}")  # noqa: T201 - output of the command
        print(f"  key {key}, time runs {options.speed:g} times as fast")  # noqa: T201 - same
        print(f"  EVOLINK_BASE_URL={address} EVOLINK_API_KEY={key}", flush=True)  # noqa: T201 - same

    log = None if options.quiet else log_to_stderr(as_json=options.log_json, secrets=application.secrets)
    run(HTTPServer(application, log=log), listener, on_started)
    if log is not None:
        log.close()
    return 0


def _application(engine: Engine, options: argparse.Namespace) -> EngineApplication:
    """The engine as it is served: alone, or behind recorded traffic."""
    from ._adapters.server import EngineApplication  # noqa: PLC0415 - --help needs none of it

    hosts = [*options.allowed_host, options.host]
    if "har" not in options:
        return EngineApplication(engine, allowed_hosts=hosts)
    from ._drift.har import read_har  # noqa: PLC0415 - same
    from ._drift.replay import Recording, ReplayApplication  # noqa: PLC0415 - same

    recording = Recording(engine.contract, read_har(options.har))
    return ReplayApplication(engine, recording, allowed_hosts=hosts)


def _fail(message: str) -> int:
    print(f"evolink-mock: {message}", file=sys.stderr)  # noqa: T201 - output of the command
    return WRONG_USE


def _host(text: str) -> str:
    if not text or set(text) & set("/@ "):
        raise argparse.ArgumentTypeError(f"{text!r} is not a host name")
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, which is a number from 0 to {_MAX_PORT}")
    return int(text)


def _positive(text: str) -> float:
    value = _number(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above zero")
    return value


def _credits(text: str) -> float:
    value = _number(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of credits")
    return value


def _number(text: str) -> float:
    """The number that a text is; not a number (NaN), which no range contains, for any other text."""
    try:
        return float(text)
    except ValueError:
        return float("nan")
