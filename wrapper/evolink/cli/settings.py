"""The common options, which every command takes before or after its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # which is generic in new versions only


class Settings:
    """The values of the common options."""

    api_key: str | None = None
    base_url: str | None = None
    mock: bool = False
    json: bool = False
    log: str | None = None
    timeout: float | None = None
    max_credits: float | None = None

    def __repr__(self) -> str:
        return f"Settings(base_url={self.base_url!r}, mock={self.mock!r}, json={self.json!r})"


def _store(context: click.Context, option: click.Parameter, value: object) -> None:
    """Keep a value that was given; the one given last counts."""
    name = option.name
    if name is not None and context.get_parameter_source(name) == click.core.ParameterSource.COMMANDLINE:
        setattr(context.obj.settings, name, value)


class _Positive(ParamType):
    """A number above zero, or from zero."""

    name = "number"

    def __init__(self, *, zero: bool = False) -> None:
        self._zero = zero

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        try:
            number = float(str(value))
        except ValueError:
            number = -1.0
        if not (0 < number < float("inf") or (self._zero and number == 0)):
            self.fail(f"{value!r} is not a number {'from' if self._zero else 'above'} zero", param, ctx)
        return number


class _Address(ParamType):
    """A web address."""

    name = "address"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The address."""
        if not value.lower().startswith(("http://", "https://")):
            self.fail(f"{value!r} is not an http or https address", param, ctx)
        return value


def _option(*names: str, text: str, **details: object) -> click.Option:
    # mypy: the details are those of click.Option
    return click.Option(names, callback=_store, expose_value=False, help=text, **details)  # type: ignore[arg-type]


COMMON_OPTIONS: tuple[click.Option, ...] = (
    _option(
        "--api-key",
        metavar="KEY",
        text="The API key, in place of EVOLINK_API_KEY. Other users of the machine may see it.",
    ),
    _option(
        "--base-url", type=_Address(), metavar="URL", text="Where the API is, in place of EVOLINK_BASE_URL."
    ),
    _option("--mock", is_flag=True, text="Use a mock in this process: no key, no cost, no waiting."),
    _option("--json", is_flag=True, text="Write one JSON object on each line, errors included."),
    _option("--log", type=click.Choice(["info", "debug"]), text="Log to stderr."),
    _option(
        "--timeout",
        type=_Positive(),
        metavar="SECONDS",
        text="How long to wait for tasks and their results, or else for a reply.",
    ),
    _option(
        "--max-credits",
        type=_Positive(zero=True),
        metavar="N",
        text="Spend without asking, if it costs at most N credits by the documents; else refuse.",
    ),
)
"""In the order of the help."""
