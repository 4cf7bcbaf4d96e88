"""What a request and its response tell about a contract: a pure function of the three."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._contract.contract import NoRoute
from .reply_check import ReplyChecker, read_json
from .report import Drift
from .request_check import RequestChecker

if TYPE_CHECKING:
    from .._contract.contract import Contract
    from .._http.messages import Request, Response

_OF_HTTP = {"HEAD", "OPTIONS", "TRACE", "CONNECT"}  # methods that mean the same for every API
_NO_OPERATION = {404, 405, 410, 501}


class DriftDetector:
    """Finds what differs between an API and its contract.

    Args:
        contract: What is documented.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self.requests = RequestChecker(contract)
        self.replies = ReplyChecker(contract)

    def find(self, request: Request, response: Response) -> list[Drift]:
        """What differs in one exchange."""
        try:
            op, path_values = self._contract.find(request.method, request.path)
        except NoRoute as no_route:
            return self._unknown(request, response, no_route)
        checked = self.requests.check(op, path_values, request)
        found = list(self.requests.drift(checked, response.status, read_json(response)))
        return [*found, *self.replies.drift(checked, response, is_head=request.method == "HEAD")]

    def _unknown(self, request: Request, response: Response, no_route: NoRoute) -> list[Drift]:
        """An operation that the contract does not have and the API does."""
        if request.method in _OF_HTTP or response.status in _NO_OPERATION:
            return []
        known = (
            f"documented are {', '.join(no_route.allowed)}"
            if no_route.allowed
            else "no such path is documented"
        )
        message = f"request: {known}; the API answers {response.status}"
        path = request.path if len(request.path) <= 200 else f"{request.path[:199]}…"
        return [Drift(f"{request.method} {path}", "request", "info", "", "operation", message)]
