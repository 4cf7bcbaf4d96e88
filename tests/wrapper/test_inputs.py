"""Local files in place of links: checked with the body, uploaded before it is sent."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from wrapper.fakes import KEY, World
from wrapper.files_api import GIF, LIFE, PNG, FilesAPI

import evolink
from evolink._http.connections import LoopConnections
from evolink_mock import EvoLinkMock

MODEL = "sora-2"


def body(*files: Any, **fields: Any) -> dict[str, Any]:
    return {"model": MODEL, "prompt": "A cat", "image_urls": [*files], **fields}


@pytest.mark.parametrize("is_dict", [True, False], ids=["dict", "keywords"])
@pytest.mark.parametrize("make", [Path, lambda path: evolink.File(path.read_bytes(), "x.png")])
def test_a_local_file_is_uploaded_and_its_link_is_sent(
    world: World, client: Any, files: FilesAPI, png: Path, make: Any, is_dict: bool
) -> None:
    given = body(make(png))

    task = world.do(client.videos.create(given) if is_dict else client.videos.create(**given))

    link = "https://files.example.com/1.png"
    assert files.contents == [PNG]
    assert files.bodies == [body(link)]
    assert task.request == body(link)
    assert given == body(given["image_urls"][0])


def test_generate_uploads_within_its_deadline(world: World, files: FilesAPI, png: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(
                200, json={"id": "task-1", "status": "completed", "results": ["https://x.y/z"]}
            )
        return files(request)

    client = world.client(answer)
    task = world.do(client.models[MODEL].generate(prompt="A cat", image_urls=[png], timeout=30))

    assert task.results == ["https://x.y/z"]
    assert files.requests[0].extensions["timeout"]["read"] <= 30


def test_the_same_content_is_uploaded_once(world: World, client: Any, files: FilesAPI, png: Path) -> None:
    copy = png.with_name("copy.png")
    copy.write_bytes(PNG)

    for given in (png, copy, evolink.File(PNG, "other.png")):
        world.do(client.videos.create(**body(given)))

    assert len(files.uploads) == 1
    assert len(files.bodies) == 3


def test_what_was_uploaded_by_hand_is_not_uploaded_again(
    world: World, client: Any, files: FilesAPI, png: Path
) -> None:
    stored = world.do(client.files.upload(png))
    world.do(client.videos.create(**body(png)))
    assert files.bodies[0]["image_urls"] == [stored.url]
    assert len(files.uploads) == 1


def test_changed_content_is_uploaded_again(world: World, client: Any, files: FilesAPI, png: Path) -> None:
    world.do(client.videos.create(**body(png)))
    png.write_bytes(PNG + b"more")
    world.do(client.videos.create(**body(png)))

    assert files.contents == [PNG, PNG + b"more"]


@pytest.mark.parametrize(("age", "uploads"), [(LIFE - 4000, 1), (LIFE - 3000, 2), (LIFE + 10, 2)])
def test_a_link_that_will_expire_soon_is_renewed(
    world: World, client: Any, files: FilesAPI, png: Path, age: float, uploads: int
) -> None:
    world.do(client.videos.create(**body(png)))
    world.clock.advance(age)
    world.do(client.videos.create(**body(png)))

    assert len(files.uploads) == uploads


def test_a_deleted_file_is_uploaded_again(world: World, client: Any, files: FilesAPI, png: Path) -> None:
    stored = world.do(client.files.upload(png))
    files.refusal = lambda: httpx.Response(200, json={"success": True})
    world.do(client.files.delete(stored))
    files.refusal = None
    world.do(client.videos.create(**body(png)))

    assert len(files.uploads) == 2


def test_clients_with_other_settings_upload_for_themselves(
    world: World, client: Any, files: FilesAPI, png: Path
) -> None:
    world.do(client.videos.create(**body(png)))
    world.do(client.with_options(api_key="another-key-0123456789").videos.create(**body(png)))

    assert len(files.uploads) == 2


def test_creates_at_the_same_time_share_one_upload(async_world: World, png: Path) -> None:
    files = FilesAPI(async_world.clock.now)

    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        return await files.acall(request)

    client = async_world.client(slow)

    async def create() -> None:
        await asyncio.gather(*(client.videos.create(**body(png)) for _ in range(8)))

    async_world.do(create())

    assert len(files.uploads) == 1
    assert len(files.bodies) == 8


def test_threads_share_one_upload(png: Path) -> None:
    world = World("sync")
    files = FilesAPI(world.clock.now)
    client = world.client(files)
    threads = [threading.Thread(target=client.videos.create, kwargs=body(png)) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.close()

    assert len(files.uploads) == 1
    assert len(files.bodies) == 8


def test_event_loops_do_not_wait_for_the_upload_of_another(
    png: Path, clean: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = FilesAPI(time.time)
    together = threading.Barrier(2)

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host.startswith("files-api."):
            await asyncio.to_thread(together.wait, 5)
        return await files.acall(request)

    def new_http(verify: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(answer), verify=verify)

    monkeypatch.setattr(LoopConnections, "_http_type", staticmethod(new_http))
    client = evolink.AsyncEvoLink(KEY)

    async def create() -> None:
        await client.videos.create(**body(png))

    threads = [threading.Thread(target=asyncio.run, args=(create(),), daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert len(files.bodies) == 2


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda folder: Path("missing.png"), r"image_urls\[0\]: missing\.png does not exist in "),
        (lambda folder: folder, r"image_urls\[0\]: .* is a folder"),
        (lambda folder: evolink.File(b"", "a.png"), r"image_urls\[0\]: a\.png is empty"),
        (
            lambda folder: evolink.File(GIF, "a.gif"),
            r"a\.gif is image/gif, and must be image/jpeg, image/png or",
        ),
        (
            lambda folder: evolink.File(PNG, "a.gif"),
            r"a\.gif has a name of image/gif, and must be image/jpeg",
        ),
        (lambda folder: evolink.File(b"?", "a.gif"), r"a\.gif has a name of image/gif"),
        (
            lambda folder: evolink.File(PNG + bytes(11 * 2**20)),
            r"has 11,534,444 bytes, and may have 10,485,760",
        ),
    ],
    ids=["missing", "folder", "empty", "type", "suffix", "unknown", "size"],
)
def test_a_bad_file_is_refused_before_anything_is_sent(
    world: World, client: Any, files: FilesAPI, tmp_path: Path, make: Any, reason: str
) -> None:
    with pytest.raises(evolink.InvalidRequest, match=reason) as caught:
        world.do(client.videos.create(**body(make(tmp_path))))

    (violation,) = caught.value.violations
    assert (violation.path, violation.rule) == ("image_urls[0]", "file")
    assert caught.value.param == "image_urls[0]"
    assert files.requests == []


def test_everything_wrong_is_reported_and_nothing_uploaded(
    world: World, client: Any, files: FilesAPI, png: Path
) -> None:
    given = body(png, Path("missing.png"), duration=3, callback_url=png)

    with pytest.raises(evolink.InvalidRequest) as caught:
        world.do(client.videos.create(**given))

    assert {violation.path for violation in caught.value.violations} == {
        "duration",
        "image_urls",
        "image_urls[1]",
        "callback_url",
    }
    assert "local-file.invalid" not in repr(caught.value.violations)
    assert files.requests == []


@pytest.mark.parametrize(
    "options",
    [{"idempotency_key": "short"}, {"timeout": -1}, {"extra_body": [1]}, {"extra_body": {"field": object()}}],
)
def test_nothing_is_uploaded_for_a_call_with_a_wrong_argument(
    world: World, client: Any, files: FilesAPI, png: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(evolink.InvalidRequest):
        world.do(client.videos.create(**body(png), **options))

    assert files.requests == []


def test_a_file_in_place_of_a_list_is_reported(world: World, client: Any, png: Path) -> None:
    with pytest.raises(evolink.InvalidRequest, match=r"^image_urls: must be a list, and .*cat\.png is one"):
        world.do(client.videos.create(model=MODEL, prompt="x", image_urls=png))


def test_a_parameter_that_is_no_link_takes_no_file(world: World, client: Any, png: Path) -> None:
    with pytest.raises(evolink.InvalidRequest, match=r"prompt: takes no local file, and .*cat\.png is one"):
        world.do(client.videos.create(model=MODEL, prompt=png))


@pytest.mark.parametrize("given", ["cat.png", "./cat.png", r"C:\cat.png", "/tmp/cat.png"])
def test_a_string_is_never_a_file_and_the_error_says_how(
    world: World, client: Any, files: FilesAPI, png: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.chdir(png.parent)

    with pytest.raises(evolink.InvalidRequest, match="a local file is given as pathlib") as caught:
        world.do(client.videos.create(**body(given)))

    assert caught.value.suggestion == f"pathlib.Path({given!r})"
    assert files.requests == []


@pytest.mark.parametrize("field", [{"image_urls": ["ftp://example.com/a.png"]}, {"callback_url": "example"}])
def test_other_wrong_links_get_no_such_advice(world: World, client: Any, field: dict[str, Any]) -> None:
    with pytest.raises(evolink.InvalidRequest) as caught:
        world.do(client.videos.create(model=MODEL, prompt="A cat", **field))

    assert "pathlib" not in str(caught.value)


def test_an_unknown_model_takes_files_anywhere(world: World, client: Any, files: FilesAPI, png: Path) -> None:
    with pytest.warns(evolink.UnknownModelWarning):
        world.do(client.videos.create(model="new-1", inputs=[{"image": png}]))

    assert files.bodies == [{"model": "new-1", "inputs": [{"image": "https://files.example.com/1.png"}]}]


def test_without_validation_files_are_still_uploaded(world: World, files: FilesAPI, png: Path) -> None:
    client = world.client(files, validate=False)

    world.do(client.videos.create(**body(png, duration=3)))

    assert files.bodies[0]["image_urls"] == ["https://files.example.com/1.png"]


def test_a_refused_upload_names_the_parameter_and_that_nothing_was_charged(
    world: World, client: Any, files: FilesAPI, png: Path
) -> None:
    files.refusal = lambda: httpx.Response(413, json={"code": 413, "msg": "too large", "success": False})

    with pytest.raises(evolink.PayloadTooLarge, match="no task was submitted: nothing was charged") as caught:
        world.do(client.videos.create(**body(png)))

    assert caught.value.param == "image_urls[0]"
    assert files.bodies == []


def test_an_interrupted_upload_says_that_nothing_was_charged(png: Path) -> None:
    world = World("sync")

    def interrupt(_: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        world.client(interrupt).videos.create(**body(png))
    world.close()

    assert caught.value.__notes__ == [
        "Files were being uploaded, and no task was submitted: nothing was charged."
    ]


def test_a_lost_submission_after_an_upload_may_have_been_charged(
    world: World, files: FilesAPI, png: Path
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "idempotency-key" in request.headers:
            raise httpx.ReadTimeout("slow")
        return files(request)

    with pytest.raises(evolink.SubmitOutcomeUnknown, match="may have been charged") as caught:
        world.do(world.client(answer).videos.create(**body(png)))

    link = "https://files.example.com/1.png"
    assert caught.value.uploaded_links == {"image_urls[0]": link}
    assert f"image_urls[0]: {link!r}" in str(caught.value)


def test_an_interrupted_submission_names_the_links_but_logs_none(
    files: FilesAPI, png: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = World("sync")

    def interrupt(request: httpx.Request) -> httpx.Response:
        if "idempotency-key" in request.headers:
            raise KeyboardInterrupt
        return files(request)

    with pytest.raises(KeyboardInterrupt) as caught:
        world.client(interrupt).videos.create(**body(png))
    world.close()

    assert "image_urls[0]: 'https://files.example.com/1.png'" in caught.value.__notes__[1]
    assert "may have been charged" in caplog.text
    assert "files.example.com" not in caplog.text


def test_the_same_request_has_the_links_of_the_lost_one(evolink_mock: EvoLinkMock, png: Path) -> None:
    evolink_mock.fault(operation="create", disconnect="after")
    with pytest.raises(evolink.SubmitOutcomeUnknown) as lost:
        evolink.EvoLink().videos.create(body(png))

    links = lost.value.uploaded_links
    again = evolink.EvoLink().videos.create(
        body(links["image_urls[0]"]), idempotency_key=lost.value.idempotency_key
    )

    assert [task.id for task in evolink_mock.tasks] == [again.id]


def test_check_request_needs_no_client(png: Path, clean: Any) -> None:
    evolink.check_request(body(png))
    with pytest.raises(evolink.InvalidRequest, match=r"image_urls\[0\]: missing\.png does not exist"):
        evolink.check_request(body(Path("missing.png")))
    with pytest.raises(evolink.InvalidRequest, match="duration"):
        evolink.check_request(body(duration=3))


def test_the_mock_accepts_what_was_uploaded(evolink_mock: EvoLinkMock, png: Path, tmp_path: Path) -> None:
    client = evolink.EvoLink()
    paths = client.videos.generate(body(png)).download(tmp_path / "out")

    assert paths[0].read_bytes()[4:8] == b"ftyp"
