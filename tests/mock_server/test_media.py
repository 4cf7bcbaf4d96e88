"""Result files: that they play, and that they are what was asked for."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING, Any

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink_mock import _media, _ranges, _shape
from evolink_mock._media import File, Studio
from evolink_mock._messages import Request
from evolink_mock._shape import Shape

from .conftest import completed

if TYPE_CHECKING:
    from evolink_mock import EvoLinkMock

    from .conftest import Door


def played(data: bytes) -> tuple[str, str, int, int, float, int]:
    with av.open(io.BytesIO(data), "r") as file:
        stream = file.streams.video[0]
        frames = list(file.decode(stream))
        assert stream.duration is not None
        assert stream.time_base is not None
        seconds = float(stream.duration * stream.time_base)
        return (
            stream.codec_context.name,
            frames[0].format.name,
            stream.width,
            stream.height,
            seconds,
            len(frames),
        )


def test_a_result_plays_as_long_and_as_large_as_asked_for(door: Door) -> None:
    told = completed(door, seconds=4, aspect_ratio="9:16", quality="240p")
    reply = door.get(told["results"][0], key=None)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "video/mp4"
    assert played(reply.content) == ("h264", "yuv420p", 240, 426, 4.0, 96)


def test_what_was_not_asked_for_is_the_default(door: Door) -> None:
    reply = door.get(completed(door)["results"][0])
    assert played(reply.content)[2:5] == (256, 144, 2.0)


def test_a_file_of_the_mock_is_enlarged_from_its_own_size(door: Door) -> None:
    link = completed(door, seconds=1, aspect_ratio="1:1")["results"][0]
    sizes = []
    for options in ({}, {"scale_factor": "4"}, {"scale_factor": "1"}, {"scale_factor": "wrong"}):
        body = {"model": "blow-up", "sources": [link], "options": options}
        reply = door.post("/v2/clips/generations", body)
        assert reply.status_code == 200, reply.text
        door.engine.clock.advance(100)
        told = door.get(f"/v2/jobs/{reply.json()['id']}").json()
        sizes.append(played(door.get(told["results"][0]).content)[2:5])
    assert sizes == [(288, 288, 1.0), (576, 576, 1.0), (144, 144, 1.0), (288, 288, 1.0)]


def test_a_foreign_file_is_enlarged_from_a_usual_size(mock: EvoLinkMock) -> None:
    task = mock._engine
    shape = _shape.enlarged(_shape.read("video", {}, set(), _shape.SECONDS), 2)
    assert (shape.width, shape.height, shape.seconds) == (2560, 1440, 5.0)
    assert task.results.shape_at("https://files.test/in.mp4") is None


def test_other_kinds_are_made_too(door: Door) -> None:
    reply = door.post("/v2/sounds/generations", {"model": "hum-1", "prompt": "A hum"})
    door.engine.clock.advance(100)
    told = door.get(f"/v2/jobs/{reply.json()['id']}").json()
    file = door.get(told["results"][0])
    assert file.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(file.content)) as sound:
        assert sound.getnframes() / sound.getframerate() == 5.0


def test_an_image_has_the_size_asked_for() -> None:
    file = Studio().file(_shape.read("image", {"size": "64x48"}, {"size"}, 0))
    with av.open(io.BytesIO(file.data), "r") as picture:
        [frame] = picture.decode(video=0)
        assert (frame.width, frame.height, file.content_type) == (64, 48, "image/png")


def test_the_picture_moves() -> None:
    with av.open(io.BytesIO(Studio().file(Shape("video", 64, 48, 1)).data), "r") as file:
        first, *_, last = (bytes(frame.planes[0]) for frame in file.decode(video=0))
        assert first != last


def test_a_file_is_made_once_and_is_the_same_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    make = _media._video

    def count(shape: Shape) -> bytes:
        made.append(shape)
        return make(shape)

    monkeypatch.setattr(_media, "_video", count)
    shape = Shape("video", 64, 48, 1.5)
    studio = Studio()
    assert studio.file(shape) is studio.file(shape)
    assert made == [shape]
    assert Studio().file(shape) == studio.file(shape)


def test_kept_files_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_media, "MAX_BYTES", 100_000)
    studio = Studio()
    shapes = [Shape("audio", 16, 16, seconds) for seconds in (1, 2, 3, 4)]
    for shape in shapes:
        studio.file(shape)
    assert [studio.has(shape) for shape in shapes] == [False, False, False, True]


def test_the_index_stands_in_front_of_the_pictures() -> None:
    data = Studio().file(Shape("video", 64, 48, 1)).data
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({}, (1280, 720)),
        ({"aspect_ratio": "9:16"}, (720, 1280)),
        ({"aspect_ratio": "1280x720"}, (1280, 720)),
        ({"aspect_ratio": "720x1280"}, (720, 1280)),
        ({"quality": "1080p"}, (1920, 1080)),
        ({"quality": "1080p", "aspect_ratio": "9:16"}, (1080, 1920)),
        ({"resolution": "4k"}, (3840, 2160)),
        ({"aspect_ratio": "21:9", "quality": "480p"}, (1120, 480)),
        ({"mode": "1080p"}, (1280, 720)),
        ({"prompt": "9:16"}, (1280, 720)),
        ({"quality": "best"}, (1280, 720)),
        ({"size": "99999x99999"}, (8192, 8192)),
    ],
)
def test_sizes_are_read_from_whatever_says_so(asked: Any, size: Any) -> None:
    shape = _shape.read("video", asked, set(), 1)
    assert (shape.width, shape.height) == size


@given(
    st.dictionaries(st.sampled_from(["size", "quality", "ratio", "factor", "scale"]), st.text(max_size=12))
)
def test_any_words_make_a_shape_that_can_be_made(asked: Any) -> None:
    shape = _shape.read("video", asked, set(asked), 1)
    assert 16 <= shape.width <= 8192
    assert 16 <= shape.height <= 8192
    assert shape.width % 2 == shape.height % 2 == 0
    larger = _shape.enlarged(shape, _shape.factor({"upscale_factor": "16"}) or 1)
    assert max(larger.width, larger.height) <= 8192


FILE = File(bytes(range(256)) * 4, '"tag"', "video/mp4")
STAMP = "Thu, 01 Jan 1970 00:01:40 GMT"


def ask(method: Any = "GET", **headers: Any) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return _ranges.serve(Request(method, "/x", headers=named), FILE, 100)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", (0, 1024)),
        ("bytes=10-19", (10, 20)),
        ("bytes=1000-9999", (1000, 1024)),
        ("bytes=-24", (1000, 1024)),
        ("bytes=-9999", (0, 1024)),
        ("Bytes = 5-5", (5, 6)),
    ],
)
def test_a_range_is_answered_with_that_part(header: Any, part: Any) -> None:
    start, stop = part
    reply = ask(range=header)
    assert (reply.status, reply.body) == (206, FILE.data[start:stop])
    assert reply.headers["content-range"] == f"bytes {start}-{stop - 1}/1024"
    assert reply.headers["content-length"] == str(stop - start)


@pytest.mark.parametrize("header", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_beyond_the_end_is_416(header: Any) -> None:
    reply = ask(range=header)
    assert (reply.status, reply.headers["content-range"]) == (416, "bytes */1024")


@pytest.mark.parametrize(
    "header", ["bytes=", "bytes=-", "bytes=9-5", "items=0-1", "bytes=0-1,4-5", "bytes=" + "9" * 30 + "-"]
)
def test_what_is_no_single_range_is_answered_with_the_whole(header: Any) -> None:
    reply = ask(range=header)
    assert (reply.status, reply.body) == (200, FILE.data)


@pytest.mark.parametrize(
    ("validator", "status"), [('"tag"', 206), ('"other"', 200), (STAMP, 206), ('W/"tag"', 200)]
)
def test_a_part_is_sent_only_if_the_file_is_the_same(validator: Any, status: Any) -> None:
    assert ask(range="bytes=5-", if_range=validator).status == status


@pytest.mark.parametrize(
    ("tags", "status"), [('"tag"', 304), ('"a", W/"tag"', 304), ("*", 304), ('"a"', 200)]
)
def test_a_known_file_is_not_sent_again(tags: Any, status: Any) -> None:
    reply = ask(if_none_match=tags)
    assert reply.status == status
    assert ("content-length" in reply.headers) == (status == 200)


def test_head_tells_all_but_the_body() -> None:
    reply = ask("HEAD")
    assert (reply.status, reply.body, reply.headers["content-length"]) == (200, b"", "1024")
    assert reply.headers["accept-ranges"] == "bytes"
    assert reply.headers["last-modified"] == STAMP


def test_parts_make_the_whole_through_every_door(door: Door) -> None:
    link = completed(door, seconds=1)["results"][0]
    whole = door.get(link)
    head = door.send("HEAD", link)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    half = len(whole.content) // 2
    rest = door.get(link, headers={"Range": f"bytes={half}-", "If-Range": whole.headers["etag"]})
    assert rest.status_code == 206
    first = door.get(link, headers={"Range": f"bytes=0-{half - 1}"})
    assert first.content + rest.content == whole.content
    assert door.send("POST", link).status_code == 405


def test_a_link_holds_for_as_long_as_documented(door: Door) -> None:
    told = completed(door)
    link = told["results"][0]
    until = int(link.rpartition("=")[2])
    door.engine.clock.advance(until - door.engine.clock.now())
    assert door.get(link).status_code == 200
    door.engine.clock.advance(1)
    reply = door.get(link)
    assert (reply.status_code, reply.text) == (410, "This link has expired.\n")
    assert door.get(link.partition("?")[0]).status_code == 410
    assert door.get(f"/v2/jobs/{told['id']}").json()["results"] == [link], "a query makes no new link"


def test_a_query_makes_links_anew_where_that_is_asked_for(door: Door) -> None:
    door.engine.outcomes.add("completed", renew_links=True)
    told = completed(door)
    door.engine.clock.advance(4000)
    assert door.get(told["results"][0]).status_code == 410
    again = door.get(f"/v2/jobs/{told['id']}").json()
    assert door.get(again["results"][0]).status_code == 200


def test_a_key_that_goes_to_the_result_host_is_seen(door: Door) -> None:
    link = completed(door)["results"][0]
    door.get(link, key=None)
    assert "authorization" not in door.engine.requests[-1].headers
    door.get(link)
    recorded = door.engine.requests[-1]
    assert recorded.operation == "results"
    assert recorded.headers["authorization"] == "Bearer evolink-mock-key"
    assert recorded.to_dict()["headers"]["authorization"] == "***"


def test_there_is_no_result_before_the_end(door: Door) -> None:
    reply = door.post("/v2/clips/generations", {"model": "toon-1", "prompt": "A kite"})
    link = f"/_mock/results/{reply.json()['id']}.mp4"
    assert (
        door.get(
            link if door.base_url.startswith("http:") else f"https://results.evolink-mock.invalid{link}"
        ).status_code
        == 404
    )
