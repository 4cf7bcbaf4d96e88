"""What the mock tells of its account: credits, files and tasks, wherever the contract has their values."""

from collections.abc import Iterator
from typing import Any

import httpx
from contract import api_requests, catalog
from contract.reply_checker import ReplyChecker

import evolink
from evolink_mock import EvoLinkMock

MISSING = object()
MODEL = next((one for one in catalog.models() if evolink.models[one.name].credits), catalog.models()[0])
UPLOADS = ("upload-stream", "upload-base64", "upload-url")


def look_up(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name, MISSING) if isinstance(value, dict) else MISSING
    return value


class Role:
    """An operation with a role, called with its documented request."""

    def __init__(self, mock: EvoLinkMock, name: str) -> None:
        self._mock = mock
        self.data = catalog.INDEX["roles"].get(name, {})
        self.body: Any = None

    def call(self, body: Any = None, **options: Any) -> httpx.Response:
        response = api_requests.send(self._mock, self.data["operation"], body, **options)
        self.body = response.json() if response.is_success else None
        return response

    def __getitem__(self, name: str) -> Any:
        return look_up(self.body, self.data["reply"][name])


def roles(mock: EvoLinkMock, *names: str) -> Iterator[Role]:
    """Those of the roles whose values the contract documents: a published page may nest them otherwise."""
    for name in names:
        role = Role(mock, name)
        if role.data:
            role.call()
            if all(look_up(role.body, path) is not MISSING for path in role.data["reply"].values()):
                yield role


def test_uploaded_file_is_served_until_it_expires(evolink_mock: EvoLinkMock) -> None:
    for role in roles(evolink_mock, *UPLOADS):
        served = httpx.get(role["url"])
        assert (served.status_code, len(served.content)) == (200, role["size"])
        assert served.headers["content-type"] == role["mime_type"]
        evolink_mock.clock.advance(365 * 86400)
        assert httpx.get(role["url"]).status_code == 404


def test_file_of_another_type_is_refused(evolink_mock: EvoLinkMock, reply_checker: ReplyChecker) -> None:
    reply_checker.is_disabled = True  # the refusal names the violations too
    for role in roles(evolink_mock, "upload-stream"):
        name = role.data["request"]["file"]
        headers = {"Authorization": f"Bearer {evolink_mock.api_key}"}
        entry = catalog.INDEX["operations"][role.data["operation"]]
        url = entry.get("server", catalog.INDEX["server"]) + entry["path"]
        files = {name: ("note.txt", b"hello", "text/plain")}
        assert httpx.post(url, headers=headers, files=files).status_code == 400


def test_credits_follow_the_ledger(evolink_mock: EvoLinkMock) -> None:
    for role in roles(evolink_mock, "credits"):
        api_requests.send(evolink_mock, MODEL.operation, MODEL.example)
        evolink_mock.clock.advance(86400)
        role.call()
        assert evolink_mock.ledger.charged > 0
        assert (role["remaining"], role["used"]) == (evolink_mock.ledger.balance, evolink_mock.ledger.charged)


def test_listed_task_has_no_links_to_results(evolink_mock: EvoLinkMock) -> None:
    for role in roles(evolink_mock, "task-list"):
        created = api_requests.send(evolink_mock, MODEL.operation, MODEL.example).json()
        evolink_mock.clock.advance(3600)
        role.call()
        (listed,) = role["tasks"]
        queried = api_requests.query(evolink_mock, MODEL.operation, created["id"]).json()
        assert listed == {name: value for name, value in queried.items() if name != "results"}
        assert queried["results"]


def test_batch_tells_what_a_query_tells(evolink_mock: EvoLinkMock) -> None:
    for role in roles(evolink_mock, "task-batch"):
        created = api_requests.send(evolink_mock, MODEL.operation, MODEL.example).json()
        evolink_mock.clock.advance(3600)
        role.call({role.data["request"]["ids"]: [created["id"]]})
        assert role["tasks"] == [api_requests.query(evolink_mock, MODEL.operation, created["id"]).json()]
