"""Operations with roles are answered from the state of the mock, wherever the contract has their values."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from mock_server.conftest import CLIP, CLIPS, CONTRACT_FILE, TLS, ApiClient

from evolink_mock import Contract, EvoLinkMock, VirtualClock
from evolink_mock._media.generator import MediaFile
from evolink_mock._tasks import files

PNG = b"\x89PNG\r\n\x1a\n and so on"
SHELF = "/api/shelf"


@pytest.fixture(scope="session")
def contract() -> Contract:
    document = yaml.safe_load(CONTRACT_FILE.read_text(encoding="utf-8"))
    further = yaml.safe_load(Path(__file__).with_name("roles.yaml").read_text(encoding="utf-8"))
    return Contract.load({**document, "paths": {**document["paths"], **further["paths"]}})


@pytest.fixture
def api(open_api: Callable[..., ApiClient], contract: Contract) -> ApiClient:
    """A client of the mock, through each adapter."""
    return open_api(contract=contract)


@pytest.fixture
def local(contract: Contract) -> ApiClient:
    """A client of the mock, in the process alone."""
    mock = EvoLinkMock(contract=contract)
    return ApiClient(mock._engine, mock.base_url, "sync", {"transport": mock.transport(), "verify": TLS})


def send_form(api: ApiClient, content: bytes = PNG, kind: str = "image/png", **fields: str) -> httpx.Response:
    return api.send("POST", f"{SHELF}/form", files={"picture": ("cat.png", content, kind)}, data=fields)


def send_text(api: ApiClient, text: str) -> httpx.Response:
    return api.post(f"{SHELF}/text", {"picture": text})


def send_link(api: ApiClient, url: str) -> httpx.Response:
    return api.post(f"{SHELF}/link", {"picture": url})


def stored(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()["stored"]
    return found


def create(api: ApiClient, **body: Any) -> str:
    response = api.post(CLIPS, CLIP | body)
    assert response.status_code == 200, response.text
    task_id: str = response.json()["id"]
    return task_id


def listed(api: ApiClient, **query: Any) -> tuple[list[str], int]:
    found = api.get("/v2/jobs", params=query).json()["list"]
    return [task["id"] for task in found["jobs"]], found["all"]


def test_uploaded_file_is_served_and_taken_as_input(api: ApiClient) -> None:
    file = stored(send_form(api, shelf="cats", title="tom"))
    assert (file["name"], file["bytes"], file["kind"], file["shelf"]) == (
        "tom.png",
        len(PNG),
        "image/png",
        "cats",
    )
    for name in ("link", "save"):
        served = api.get(file[name], key=None)
        assert (served.content, served.headers["content-type"]) == (PNG, "image/png")
        assert ("attachment" in served.headers.get("content-disposition", "")) == (name == "save")
    assert create(api, images=[file["link"]])
    assert api.get(file["link"], headers={"Range": "bytes=1-3"}).content == b"PNG"
    assert api.send("POST", file["link"]).status_code == 405


def test_file_operations_answer_at_their_own_host(contract: Contract) -> None:
    with EvoLinkMock(contract=contract) as mock:
        api = ApiClient(mock._engine, "https://files.clips.test", "async", {"verify": TLS})
        assert api.get(stored(send_form(api))["link"]).content == PNG


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (base64.b64encode(PNG).decode(), "image/png"),
        (f"data:image/png;base64,{base64.b64encode(PNG).decode()}", "image/png"),
        (f"data:;base64,{base64.b64encode(b'GIF89a').decode()}", "image/gif"),
    ],
)
def test_base64_upload(local: ApiClient, text: str, kind: str) -> None:
    file = stored(send_text(local, text))
    assert file["kind"] == kind
    assert local.get(file["link"]).content == base64.b64decode(text.rpartition(",")[2])


def test_upload_of_an_address_fetches_nothing(local: ApiClient) -> None:
    sample = stored(send_link(local, "https://elsewhere.test/a/tom.png"))
    assert sample["name"] == "tom.png"
    assert local.get(sample["link"]).content.startswith(PNG[:8])
    assert stored(send_link(local, "https://elsewhere.test/tom.gif"))["kind"] == "image/gif"


def test_upload_of_an_own_link_copies_the_file(local: ApiClient) -> None:
    file = stored(send_form(local))
    copy = stored(send_link(local, file["link"]))
    assert copy["id"] != file["id"]
    assert local.get(copy["link"]).content == PNG
    task = local.post("/v2/images/generations", {"model": "paint-1", "prompt": "A kite"}).json()["id"]
    local.engine.clock.advance(1000)
    (result,) = local.get(f"/v2/jobs/{task}").json()["results"]
    assert send_link(local, result).status_code == 413  # a real image has more than 1,000 bytes


REFUSALS: dict[str, tuple[int, Callable[[ApiClient], httpx.Response]]] = {
    "wrong type": (400, lambda api: send_form(api, kind="image/webp")),
    "wrong type by address": (400, lambda api: send_link(api, "https://elsewhere.test/tom.mp4")),
    "unknown type": (400, lambda api: send_text(api, base64.b64encode(b"hello").decode())),
    "no file": (400, lambda api: api.send("POST", f"{SHELF}/form", files={"title": (None, "tom")})),
    "two files": (
        400,
        lambda api: api.send("POST", f"{SHELF}/form", files=[("picture", ("a", PNG, "image/png"))] * 2),
    ),
    "empty file": (400, lambda api: send_form(api, b"")),
    "no Base64": (400, lambda api: send_text(api, "$$$")),
    "local address": (400, lambda api: send_link(api, "http://10.0.0.1/tom.png")),
    "too large": (413, lambda api: send_form(api, PNG * 1000)),
    "wrong key": (401, lambda api: api.send("POST", f"{SHELF}/form", key="wrong", files={"picture": b"x"})),
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_upload_is_refused(local: ApiClient, reason: str) -> None:
    status, send = REFUSALS[reason]
    response = send(local)
    assert response.status_code == status
    assert "error" in response.json()
    assert local.get(f"{SHELF}/files").json() == {"all": 0, "files": []}


def test_quota_counts_files_and_refuses_more(api: ApiClient) -> None:
    first, *_ = [stored(send_form(api))["id"] for _ in range(3)]
    assert send_form(api).status_code == 403
    assert api.send("DELETE", f"{SHELF}/files/{first}").status_code == 204
    assert api.get(f"{SHELF}/space").json() == {"space": {"used": 2, "all": 3, "free": 1}}


def test_deleted_file_is_gone(local: ApiClient) -> None:
    file = stored(send_form(local))
    assert local.send("DELETE", f"{SHELF}/files/{file['id']}").status_code == 204
    assert local.send("DELETE", f"{SHELF}/files/{file['id']}").status_code == 404
    assert local.get(file["link"]).status_code == 404


def test_file_expires_as_documented(local: ApiClient) -> None:
    file = stored(send_form(local))
    assert datetime.fromisoformat(file["until"]) == datetime.fromtimestamp(
        local.engine.clock.now() + 7200, UTC
    )
    local.engine.clock.advance(7199)
    assert local.get(file["link"]).status_code == 200
    local.engine.clock.advance(1)
    assert local.get(file["link"]).status_code == 404
    assert local.get(f"{SHELF}/space").json()["space"]["used"] == 0


def test_file_expires_though_an_older_one_stays() -> None:
    clock = VirtualClock()
    store = files.FileStore(clock, 0)
    for file_id, expires in (("stays", None), ("goes", clock.now() + 10)):
        content = MediaFile(PNG, "", "image/png")
        store.add(files.UploadedFile(file_id, "a.png", "a.png", "", content, clock.now(), expires, ""))
    clock.advance(10)
    assert [file.id for file in store] == ["stays"]


def test_files_are_listed_newest_first(local: ApiClient) -> None:
    ids = [stored(send_form(local, title=f"cat-{number}.png"))["id"] for number in range(3)]
    page = local.get(f"{SHELF}/files", params={"at": 1, "many": 2}).json()
    assert [file["id"] for file in page["files"]] == [ids[2], ids[1]]
    assert page["files"][0]["about"] == {"name": "cat-2.png", "bytes": len(PNG)}
    rest = local.get(f"{SHELF}/files", params={"at": 2, "many": 2}).json()
    assert ([file["id"] for file in rest["files"]], rest["all"]) == ([ids[0]], 3)


def test_kept_files_are_bounded(local: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 2 * len(PNG))
    links = [stored(send_form(local))["link"] for _ in range(3)]
    assert [local.get(link).status_code for link in links] == [404, 200, 200]


def test_request_log_keeps_no_file(local: ApiClient) -> None:
    long = base64.b64encode(PNG * 40).decode()
    send_form(local, shelf="cats")
    send_text(local, long)
    send_text(local, "$" * 5000)
    form, text, wrong = local.engine.requests
    assert form.json == {
        "picture": {"filename": "cat.png", "content_type": "image/png", "size": len(PNG)},
        "shelf": "cats",
    }
    assert [one.body for one in (form, text, wrong)] == [b"", b"", b""]
    assert all(long not in str(one.to_dict()) and one.dropped for one in (form, text, wrong))
    shown = local.control(f"requests/{form.id}").json()
    assert "--data-binary @BODY" in shown["curl"]
    assert f"{form.dropped} bytes, not copied" in shown["pytest"]


def test_tasks_are_listed_newest_first(api: ApiClient) -> None:
    ids = [create(api) for _ in range(3)]
    assert listed(api) == ([ids[2], ids[1]], 3)
    assert listed(api, at=2) == ([ids[0]], 3)
    assert listed(api, at=1, many=9) == (ids[::-1], 3)
    assert listed(api, at=10**20) == ([], 3)


def test_listed_tasks_are_filtered_and_have_no_links(local: ApiClient) -> None:
    clip = create(local)
    sound = local.post("/v2/sounds/generations", {"model": "hum-1", "prompt": "A hum"}).json()["id"]
    local.engine.clock.advance(8)
    assert listed(local, state="completed") == ([sound], 1)
    assert listed(local, state="processing", by="toon-1") == ([clip], 1)
    assert listed(local, kind="audio") == ([sound], 1)
    assert listed(local, kind="audio", by="toon-1") == ([], 0)
    assert all("results" not in task for task in local.get("/v2/jobs").json()["list"]["jobs"])
    assert local.get("/v2/jobs", params={"at": 0}).status_code == 400


def test_listing_is_no_query(local: ApiClient) -> None:
    create(local)
    before = local.engine.clock.now()
    assert [listed(local)[1] for _ in range(20)] == [1] * 20
    assert local.engine.clock.now() == before


def test_batch_tells_of_each_known_task_what_a_query_tells(api: ApiClient) -> None:
    ids = [create(api), create(api)]
    api.engine.clock.advance(1000)
    jobs = api.post("/v2/jobs/several", {"names": [ids[1], "job-none", ids[0]]}).json()["jobs"]
    assert jobs == [api.get(f"/v2/jobs/{task_id}").json() for task_id in reversed(ids)]
    assert all(job["results"] for job in jobs)
    assert api.post("/v2/jobs/several", {"names": ids * 2}).status_code == 400


def test_repeated_batches_move_a_virtual_clock_once(local: ApiClient) -> None:
    ids = [create(local), create(local)]
    start = local.engine.clock.now()
    replies = [local.post("/v2/jobs/several", {"names": ids}).json()["jobs"] for _ in range(11)]
    assert {job["status"] for job in replies[-1]} == {"completed"}
    assert local.engine.clock.now() == start + 40  # what one task takes


def test_credits_follow_the_ledger(api: ApiClient) -> None:
    before = api.get("/v2/wallet").json()["account"]["left"]
    create(api)
    assert api.get("/v2/wallet").json()["account"] == {"left": before - 2.5, "spent": 0}
    api.engine.clock.advance(1000)
    wallet = api.get("/v2/wallet").json()
    assert wallet["account"] == {"left": before - 2.5, "spent": 2.5}
    assert wallet["key"] == {"left": before - 2.5, "spent": 2.5, "free": True}


def test_limit_of_a_key(local: ApiClient) -> None:
    assert local.control("keys", {"key": "poor", "credits": 5}).status_code == 200
    assert local.control("keys", {"key": "poor", "credits": "5"}).status_code == 400
    local.engine.account.outcomes.add("failed")
    for expected in (200, 200, 402):
        refused = local.post(CLIPS, CLIP, key="poor")
        assert refused.status_code == expected
    assert refused.json()["error"]["code"] == "insufficient_token_quota"
    assert local.get("/v2/wallet", key="poor").json()["key"] == {"left": 0, "spent": 0, "free": False}
    local.engine.clock.advance(1000)  # the failed task is refunded
    assert local.get("/v2/wallet", key="poor").json()["key"] == {"left": 2.5, "spent": 2.5, "free": False}
    assert local.post(CLIPS, CLIP, key="poor").status_code == 200
    assert local.post(CLIPS, CLIP).status_code == 200


def test_models_are_those_that_the_key_may_use(local: ApiClient) -> None:
    local.engine.keys.issue("narrow", ["hum-1"])
    everything = [one["named"]["id"] for one in local.get("/v2/engines").json()["engines"]]
    assert everything == ["toon-1", "blow-up", "hum-1", "paint-1"]
    assert local.get("/v2/engines", key="narrow").json() == {"engines": [{"named": {"id": "hum-1"}}]}


def test_fault_applies_to_an_operation_with_a_role(api: ApiClient) -> None:
    api.control("faults", {"operation": "shelveForm", "status": 503})
    assert send_form(api).status_code == 503
    assert send_form(api).status_code == 200


def test_reset_deletes_the_files(local: ApiClient) -> None:
    link = stored(send_form(local))["link"]
    local.control("reset", {})
    assert local.get(link).status_code == 404


def test_role_without_documented_values_gets_the_example(contract: Contract) -> None:
    raw = contract.document["paths"]["/v2/wallet"]["get"]
    values = {"reply": {"remaining": "other.place"}}
    paths = {"/v2/wallet": {"get": {**raw, "x-evolink-role-values": values}}}
    mock = EvoLinkMock(contract={**contract.document, "paths": paths})
    api = ApiClient(mock._engine, mock.base_url, "sync", {"transport": mock.transport()})
    example = raw["responses"]["200"]["content"]["application/json"]["examples"]["any"]["value"]
    assert api.get("/v2/wallet").json() == example
