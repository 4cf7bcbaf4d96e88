"""Uploading files, and what is known of those that are stored."""

import datetime as dt
import io
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from wrapper.fakes import KEY, Api, World
from wrapper.files_api import GIF, LIFE, PNG, FilesAPI, uploaded
from written_documents import needs_written

import evolink
from evolink._uploads import media_type
from evolink._uploads.source import FileFault, source_of

pytestmark = needs_written("upload-stream", "upload-base64", "quota", "list-files", "delete-file")


class Pipe(io.BytesIO):
    """A stream that cannot be read twice."""

    def seekable(self) -> bool:
        return False


def later(stream: io.BytesIO) -> io.BytesIO:
    stream.seek(10)
    return stream


@pytest.mark.parametrize(
    ("make", "sent"),
    [
        (str, (PNG, "cat.png", "image/png")),
        (Path, (PNG, "cat.png", "image/png")),
        (lambda path: path.open("rb"), (PNG, "cat.png", "image/png")),
        (lambda _: PNG, (PNG, "upload.png", "image/png")),
        (lambda _: bytearray(PNG), (PNG, "upload.png", "image/png")),
        (lambda _: evolink.File(PNG, "dog.png"), (PNG, "dog.png", "image/png")),
        (lambda _: Pipe(PNG), (PNG, "upload.png", "image/png")),
        (lambda _: later(io.BytesIO(bytes(10) + PNG)), (PNG, "upload.png", "image/png")),
        (lambda _: evolink.File(b"unknown", "dog.webp"), (b"unknown", "dog.webp", "image/webp")),
    ],
    ids=["str", "Path", "file", "bytes", "bytearray", "File", "pipe", "rest", "suffix"],
)
def test_upload_takes_anything_with_bytes(
    world: World, client: Any, files: FilesAPI, png: Path, make: Any, sent: tuple[bytes, str, str]
) -> None:
    given = make(png)

    world.do(client.files.upload(given))

    assert files.uploads == [sent]
    if hasattr(given, "close"):
        assert not given.closed
        given.close()


def test_upload_returns_the_stored_file(world: World, client: Any, png: Path) -> None:
    stored = world.do(client.files.upload(png))

    assert (stored.id, stored.name, stored.size, stored.mime_type) == ("file-1", "1.png", 108, "image/png")
    assert stored.url == "https://files.example.com/1.png"
    assert stored.expires_at.utcoffset() == dt.timedelta(hours=8)
    assert stored.expires_at.timestamp() == pytest.approx(world.clock.now() + LIFE)
    assert stored.raw["data"]["original_name"] == "cat.png"
    assert "raw" not in repr(stored)


def test_upload_sends_name_and_folder_that_are_given(
    world: World, client: Any, files: FilesAPI, png: Path
) -> None:
    world.do(client.files.upload(png, "dog.png", folder="inputs"))

    assert files.fields == {"file_name": "dog.png", "upload_path": "inputs"}
    assert files.uploads[0][1] == "dog.png"


def test_upload_has_the_key_and_no_idempotency_key(
    world: World, client: Any, files: FilesAPI, png: Path
) -> None:
    world.do(client.files.upload(png, extra_headers={"X-Trace": "1"}))

    headers = files.requests[0].headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["x-trace"] == "1"
    assert "idempotency-key" not in headers


def test_progress_counts_all_bytes(world: World, client: Any) -> None:
    content = PNG + bytes(200_000)
    seen: list[tuple[int, int]] = []

    world.do(client.files.upload(content, on_progress=lambda *sent: seen.append(sent)))

    assert seen == sorted(seen)
    assert len(seen) > 2
    assert seen[-1] == (len(content), len(content))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda folder: folder / "missing.png", "does not exist"),
        (lambda folder: "missing.png", "does not exist in "),
        (lambda folder: folder, "is a folder"),
        (lambda folder: Path("/dev/null"), "is not a regular file"),
        (lambda folder: b"", "is empty"),
        (lambda folder: "nul\0.png", "cannot be read"),
        (lambda folder: evolink.File(b"%PDF-1.7", "cat.pdf"), "is application/pdf, and must be image/"),
        (lambda folder: evolink.File(PNG, "cat.tiff"), "has a name of image/tiff, and must be image/"),
        (lambda folder: b"what", "is of no known type, and must be image/"),
    ],
    ids=["missing", "relative", "folder", "device", "empty", "zero", "type", "suffix", "unknown"],
)
def test_a_file_that_cannot_be_stored_is_refused_before_anything_is_sent(
    world: World, client: Any, files: FilesAPI, tmp_path: Path, make: Any, reason: str
) -> None:
    with pytest.raises(evolink.InvalidRequest, match=f"file: .*{reason}") as caught:
        world.do(client.files.upload(make(tmp_path)))

    assert caught.value.param == "file"
    assert files.requests == []


@pytest.mark.parametrize(
    "given", [None, 3, io.StringIO("text"), ["cat.png"]], ids=["none", "number", "text", "list"]
)
def test_what_is_no_file_is_a_type_error(world: World, client: Any, given: Any) -> None:
    with pytest.raises(TypeError, match="file: must be a path, bytes or a binary file"):
        world.do(client.files.upload(given))


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(PNG)

    def refuse(*_: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", refuse)
        with pytest.raises(FileFault, match=r"cat\.png cannot be read: Permission denied"):
            source_of(path)


def test_a_file_that_shrinks_while_it_is_uploaded(
    world: World, client: Any, files: FilesAPI, png: Path
) -> None:
    png.write_bytes(PNG + bytes(200_000))

    with pytest.raises(evolink.InvalidRequest, match=r"cat\.png has become shorter while it was uploaded"):
        world.do(client.files.upload(png, on_progress=lambda *_: os.truncate(png, 70_000)))

    assert files.uploads == []


def test_a_file_that_vanishes_after_it_was_checked(png: Path) -> None:
    source = source_of(png)
    png.unlink()

    for read in (source.digest, source.open):
        with pytest.raises(evolink.InvalidRequest, match=r"cat\.png cannot be read any more: No such file"):
            read()


def test_a_refusal_with_status_200_is_an_error(world: World) -> None:
    client = world.client(Api({"success": False, "code": 4001, "msg": "quota used up"}))

    with pytest.raises(evolink.APIError, match="quota used up") as caught:
        world.do(client.files.upload(PNG))

    assert caught.value.code == "4001"


@pytest.mark.parametrize("link", [None, "/cat.png", "javascript:alert(1)"])
def test_a_reply_without_a_link_is_an_error(world: World, link: str | None) -> None:
    client = world.client(Api({"success": True, "code": 200, "data": {"file_id": "1", "file_url": link}}))

    with pytest.raises(evolink.APIResponseError):
        world.do(client.files.upload(PNG))


@pytest.mark.parametrize(
    ("failure", "requests"),
    [(500, 1), (429, 3), (httpx.ReadTimeout("slow"), 1), (httpx.ConnectError("down"), 3)],
    ids=["500", "429", "lost", "not sent"],
)
def test_an_upload_is_sent_again_only_if_it_surely_failed_and_never_counts_as_paid(
    world: World, failure: Any, requests: int
) -> None:
    api = Api(failure)
    client = world.client(api)

    with pytest.raises(evolink.APIError) as caught:
        world.do(client.files.upload(PNG))

    assert len(api.requests) == requests
    assert not caught.value.outcome_unknown
    assert caught.value.idempotency_key is None
    assert "charged" not in str(caught.value)
    assert not isinstance(caught.value, evolink.SubmitOutcomeUnknown)


def test_what_is_sent_again_is_complete(world: World, client: Any, files: FilesAPI, png: Path) -> None:
    answers = [httpx.Response(429, headers={"retry-after": "1"})]

    def once() -> httpx.Response:
        files.refusal = None
        return answers.pop()

    files.refusal = once

    world.do(client.files.upload(png))

    assert files.contents == [PNG]


def test_list_reads_page_after_page(world: World) -> None:
    entries = [{"file_id": f"f-{number}", "file_name": "a.png", "file_size": 3} for number in range(5)]
    entries[0]["upload_time"] = "2026-11-21T09:30:00"

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        return httpx.Response(200, json={"data": {"total": 5, "files": entries[2 * page - 2 : 2 * page]}})

    api = Api(answer)
    client = world.client(api)

    assert [file.id for file in world.do(client.files.list())] == [f"f-{number}" for number in range(5)]
    assert len(api.requests) == 3
    first, *_ = world.do(client.files.list(limit=1))
    assert (first.name, first.size, first.raw) == ("a.png", 3, entries[0])
    assert first.created_at == dt.datetime(2026, 11, 21, 9, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_a_list_that_is_missing_says_what_to_do(world: World, status: int) -> None:
    client = world.client(Api(status), max_retries=0)

    with pytest.raises(evolink.APIStatusError, match="not offered to every account"):
        world.do(client.files.list())


def test_quota_tells_what_is_left(world: World) -> None:
    data = {"user_group": "default", "used_files": 12, "max_files": 2000, "remain_files": 1988}
    client = world.client(Api({"success": True, "code": 200, "data": data}))

    quota = world.do(client.files.quota())

    assert (quota.used, quota.limit, quota.remaining) == (12, 2000, 1988)
    assert quota.raw["data"] == data


def test_delete_takes_an_id_or_a_file(world: World, client: Any) -> None:
    api = Api(uploaded(1, world.clock.now() + LIFE), httpx.Response(204))
    client = world.client(api)

    stored = world.do(client.files.upload(PNG))
    world.do(client.files.delete(stored))
    world.do(client.files.delete("file/2"))

    assert [request.method for request in api.requests] == ["POST", "DELETE", "DELETE"]
    assert [request.url.raw_path.rpartition(b"/")[2] for request in api.requests[1:]] == [
        b"file-1",
        b"file%2F2",
    ]


def test_delete_is_not_confirmed_by_a_web_page(world: World) -> None:
    client = world.client(Api(httpx.Response(200, html="<p>Maintenance</p>")))

    with pytest.raises(evolink.APIResponseError):
        world.do(client.files.delete("file-1"))


def test_name_that_is_no_text_is_uploaded() -> None:
    assert source_of(PNG, name="\udcff.png").name == "?.png"


@pytest.mark.parametrize("given", [None, 7, " "])
def test_delete_needs_an_id(world: World, client: Any, given: Any) -> None:
    with pytest.raises(evolink.InvalidRequest):
        world.do(client.files.delete(given))


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (PNG, "image/png"),
        (GIF, "image/gif"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (b"\0\0\0\x18ftypqt  ", "video/quicktime"),
        (b"plain", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell_the_type(head: bytes, kind: str | None) -> None:
    assert media_type.of_content(head) == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.PNG", "image/png"), ("a.webp", "image/webp"), ("png", None), ("", None), ("a.", None)],
)
def test_the_suffix_tells_the_type(name: str, kind: str | None) -> None:
    assert media_type.of_name(name) == kind
