"""The log on stderr that `EVOLINK_LOG` asks for."""

from __future__ import annotations

import logging
import os
import sys

LOG_VARIABLE = "EVOLINK_LOG"
_LEVELS = {"info": logging.INFO, "debug": logging.DEBUG}
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_log = logging.getLogger("evolink")


class _StderrHandler(logging.Handler):
    """Writes to the stderr of the moment, unless the application's own logging shows the record there."""

    def emit(self, record: logging.LogRecord) -> None:
        if not any(_shows_on_stderr(handler, record) for handler in logging.getLogger().handlers):
            try:
                sys.stderr.write(self.format(record) + "\n")
            except Exception:  # noqa: BLE001 - as all handlers, it must not end what it reports
                self.handleError(record)


def _shows_on_stderr(handler: logging.Handler, record: logging.LogRecord) -> bool:
    is_stderr = isinstance(handler, logging.StreamHandler) and handler.stream is sys.stderr
    return is_stderr and record.levelno >= handler.level


_handler = _StderrHandler()
_handler.setFormatter(logging.Formatter(_FORMAT))
# The value that is in force.
_configured = ""


def configure() -> None:
    """Log as the environment says: once for the process, again only if the variable has changed."""
    global _configured  # noqa: PLW0603 - logging is global to the process
    value = os.environ.get(LOG_VARIABLE, "").strip().lower()
    if value == _configured:
        return
    _configured = value
    _log.removeHandler(_handler)
    if not value:
        _log.setLevel(logging.NOTSET)
        return
    level = _LEVELS.get(value)
    if level is None:
        _log.warning("%s is %r: it must be %s; nothing is logged", LOG_VARIABLE, value, " or ".join(_LEVELS))
        return
    _log.setLevel(level)
    _log.addHandler(_handler)
