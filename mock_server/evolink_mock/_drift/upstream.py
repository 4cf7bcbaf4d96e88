"""Where the API is: one address, or the contract's own servers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .._contract.contract import NoRoute
from .._http.addresses import authority

if TYPE_CHECKING:
    from .._contract.contract import Contract


class Upstream:
    """The address that requests are sent to.

    An operation may have a server of its own beside the contract's first. If the address is that of the
    first, requests for the others go to theirs; any other address, such as a gateway's or a mock's, gets all.

    Args:
        contract: Has the servers.
        url: The address, without a slash at the end.
    """

    def __init__(self, contract: Contract, url: str) -> None:
        self._contract = contract
        self.url = url
        self._is_first = authority(url) == authority(contract.server)

    def base(self, method: str, path: str) -> str:
        """What stands before the path of a request."""
        if not self._is_first:
            return self.url
        try:
            op, _ = self._contract.find(method, path)
        except NoRoute as no_route:
            if not no_route.allowed:
                return self.url
            op, _ = self._contract.find(no_route.allowed[0], path)
        parts = urlsplit(op.server)
        return f"{parts.scheme}://{parts.netloc}"
