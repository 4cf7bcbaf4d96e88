"""Result files: they play, and they are as requested."""

import io
from typing import Any

import av
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink_mock import EvoLinkMock
from evolink_mock._clock.clock import LAST_MOMENT
from evolink_mock._media import generator
from evolink_mock._media import spec as specs
from evolink_mock._media.generator import MediaGenerator
from evolink_mock._media.spec import MediaSpec
from evolink_mock._tasks.task import _kind

from .conftest import ApiClient, completed


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


def test_result_has_the_requested_duration_and_size(api: ApiClient) -> None:
    state = completed(api, seconds=4, aspect_ratio="9:16", quality="240p")
    reply = api.get(state["results"][0], key=None)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "video/mp4"
    assert played(reply.content) == ("h264", "yuv420p", 240, 426, 4.0, 96)


def test_result_uses_defaults(api: ApiClient) -> None:
    reply = api.get(completed(api)["results"][0])
    assert played(reply.content)[2:5] == (256, 144, 2.0)


def test_own_file_is_enlarged_from_its_size(api: ApiClient) -> None:
    link = completed(api, seconds=1, aspect_ratio="1:1")["results"][0]
    sizes = []
    for options in ({}, {"scale_factor": "4"}, {"scale_factor": "1"}, {"scale_factor": "wrong"}):
        body = {"model": "blow-up", "sources": [link], "options": options}
        reply = api.post("/v2/clips/generations", body)
        assert reply.status_code == 200, reply.text
        api.engine.clock.advance(100)
        state = api.get(f"/v2/jobs/{reply.json()['id']}").json()
        sizes.append(played(api.get(state["results"][0]).content)[2:5])
    assert sizes == [(288, 288, 1.0), (576, 576, 1.0), (144, 144, 1.0), (288, 288, 1.0)]


def test_other_file_is_enlarged_from_the_default_size(mock: EvoLinkMock) -> None:
    spec = specs.enlarge(specs.read_spec("video", {}, set(), specs.DEFAULT_SECONDS), 2)
    assert (spec.width, spec.height, spec.seconds) == (2560, 1440, 5.0)
    assert mock._engine.results._spec_at("https://files.test/in.mp4") is None


def probe_sound(data: bytes) -> tuple[str, str, float]:
    with av.open(io.BytesIO(data), "r") as file:
        stream = file.streams.audio[0]
        samples = sum(frame.samples for frame in file.decode(stream))
        return file.format.name, stream.codec_context.name, samples / stream.codec_context.sample_rate


def probe_picture(data: bytes) -> tuple[str, int, int]:
    with av.open(io.BytesIO(data), "r") as file:
        [frame] = file.decode(video=0)
        return file.streams.video[0].codec_context.name, frame.width, frame.height


def result_of(api: ApiClient, path: str, body: dict[str, Any]) -> tuple[str, httpx.Response]:
    """The file ending of the result link of a task, and the response to a download."""
    reply = api.post(path, body)
    assert reply.status_code == 200, reply.text
    api.engine.clock.advance(100)
    [link] = api.get(f"/v2/jobs/{reply.json()['id']}").json()["results"]
    return link.partition("?")[0].rpartition(".")[2], api.get(link, key=None)


def is_served_in_parts(api: ApiClient, file: httpx.Response) -> bool:
    """Whether ranges, tags and HEAD work for a downloaded file."""
    link, total = str(file.request.url), len(file.content)
    tag = file.headers["etag"]
    head = api.send("HEAD", link, key=None)
    part = api.get(link, key=None, headers={"Range": "bytes=10-19", "If-Range": tag})
    known = api.get(link, key=None, headers={"If-None-Match": tag})
    return (
        (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(total))
        and (part.status_code, part.content) == (206, file.content[10:20])
        and part.headers["content-range"] == f"bytes 10-19/{total}"
        and known.status_code == 304
        and api.send("POST", link).status_code == 405
    )


@pytest.mark.parametrize(
    ("parameters", "suffix", "content_type", "container", "codec"),
    [
        ({}, "wav", "audio/wav", "wav", "pcm_s16le"),
        ({"audio_format": "mp3"}, "mp3", "audio/mpeg", "mp3", "mp3float"),
        ({"audio_format": "m4a"}, "m4a", "audio/mp4", "mov,mp4,m4a,3gp,3g2,mj2", "aac"),
    ],
)
def test_sound_has_the_wanted_format(
    api: ApiClient, parameters: dict[str, Any], suffix: str, content_type: str, container: str, codec: str
) -> None:
    ending, file = result_of(
        api, "/v2/sounds/generations", {"model": "hum-1", "prompt": "A hum"} | parameters
    )
    assert (ending, file.headers["content-type"]) == (suffix, content_type)
    *form, seconds = probe_sound(file.content)
    assert form == [container, codec]
    assert seconds == pytest.approx(5, abs=0.2)
    assert is_served_in_parts(api, file)


@pytest.mark.parametrize(
    ("parameters", "suffix", "content_type", "picture"),
    [
        ({}, "png", "image/png", ("png", 1024, 1024)),
        ({"output_format": "webp", "size": "64x48"}, "webp", "image/webp", ("webp", 64, 48)),
        ({"output_format": "jpg", "size": "48x64"}, "jpeg", "image/jpeg", ("mjpeg", 48, 64)),
    ],
)
def test_picture_has_the_wanted_format(
    api: ApiClient, parameters: dict[str, Any], suffix: str, content_type: str, picture: tuple[str, int, int]
) -> None:
    """Only `object` in the response says its kind."""
    ending, file = result_of(
        api, "/v2/images/generations", {"model": "paint-1", "prompt": "A kite"} | parameters
    )
    assert (ending, file.headers["content-type"]) == (suffix, content_type)
    assert probe_picture(file.content) == picture
    assert is_served_in_parts(api, file)


@pytest.mark.parametrize("form", [form for kind in ("image", "audio") for form in specs.FORMATS[kind]])
def test_equal_specs_have_equal_files(form: str) -> None:
    kind: Any = "image" if form in specs.FORMATS["image"] else "audio"
    spec = MediaSpec(kind, 64, 48, 0.5, form)
    assert MediaGenerator().file(spec) == MediaGenerator().file(spec)


@pytest.mark.parametrize(
    ("kind", "values", "form"),
    [
        ("image", ["image/jpeg"], "jpeg"),
        ("image", [None, 7, "JPG"], "jpeg"),
        ("image", ["mp3", "webp"], "webp"),
        ("audio", ["https://files.test/a.mpeg"], "mp3"),
        ("video", ["webm"], None),
        ("image", ["https://files.test/a.mp4"], None),
    ],
)
def test_format_is_found_among_values(kind: Any, values: list[Any], form: str | None) -> None:
    assert specs.named_format(kind, values) == form


@pytest.mark.parametrize(
    ("example", "path", "kind"),
    [
        ({"type": "audio"}, "/v1/videos/generations", "audio"),
        ({"object": "image.generation.task"}, "/v1/jobs", "image"),
        ({}, "/v1/audios/generations", "audio"),
        ({"type": "clip"}, "/v1/images/generations", "image"),
        ({}, "/v1/things", "video"),
    ],
)
def test_kind_follows_response_or_path(example: Any, path: str, kind: str) -> None:
    assert _kind(example, path) == kind


def test_video_moves() -> None:
    with av.open(io.BytesIO(MediaGenerator().file(MediaSpec("video", 64, 48, 1, "mp4")).data), "r") as file:
        first, *_, last = (bytes(frame.planes[0]) for frame in file.decode(video=0))
        assert first != last


def test_file_is_generated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    make = generator._video

    def count(spec: MediaSpec) -> bytes:
        made.append(spec)
        return make(spec)

    monkeypatch.setitem(generator._ENCODERS, "mp4", count)
    spec = MediaSpec("video", 64, 48, 1.5, "mp4")
    files = MediaGenerator()
    assert files.file(spec) is files.file(spec)
    assert made == [spec]
    assert MediaGenerator().file(spec) == files.file(spec)


def test_generated_files_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "MAX_BYTES", 100_000)
    files = MediaGenerator()
    wanted = [MediaSpec("audio", 16, 16, seconds, "wav") for seconds in (1, 2, 3, 4)]
    for spec in wanted:
        files.file(spec)
    assert [files.has(spec) for spec in wanted] == [False, False, False, True]


def test_index_precedes_the_frames() -> None:
    data = MediaGenerator().file(MediaSpec("video", 64, 48, 1, "mp4")).data
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize(
    ("parameters", "size"),
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
def test_parameters_set_the_size(parameters: dict[str, Any], size: Any) -> None:
    spec = specs.read_spec("video", parameters, set(), 1)
    assert (spec.width, spec.height) == size


@given(
    st.dictionaries(st.sampled_from(["size", "quality", "ratio", "factor", "scale"]), st.text(max_size=12))
)
def test_any_text_gives_a_valid_spec(parameters: dict[str, Any]) -> None:
    spec = specs.read_spec("video", parameters, set(parameters), 1)
    assert 16 <= spec.width <= 8192
    assert 16 <= spec.height <= 8192
    assert spec.width % 2 == spec.height % 2 == 0
    larger = specs.enlarge(spec, specs.upscale_factor({"upscale_factor": "16"}) or 1)
    assert max(larger.width, larger.height) <= 8192


def test_link_expires_as_documented(api: ApiClient) -> None:
    state = completed(api)
    link = state["results"][0]
    until = int(link.rpartition("=")[2])
    api.engine.clock.advance(until - api.engine.clock.now())
    assert api.get(link).status_code == 200
    api.engine.clock.advance(1)
    reply = api.get(link)
    assert (reply.status_code, reply.text) == (410, "This link has expired.\n")
    assert api.get(link.partition("?")[0]).status_code == 410
    assert api.get(f"/v2/jobs/{state['id']}").json()["results"] == [link], "a query makes no new link"


@pytest.mark.parametrize("digits", ["9" * 5000, "9" * 19, "\N{ARABIC-INDIC DIGIT NINE}" * 12, "-1", "x"])
def test_link_with_odd_digits_has_expired(one_api: ApiClient, digits: str) -> None:
    path = completed(one_api)["results"][0].partition("?")[0]
    assert one_api.get(path, params={"expires": digits}).status_code == 410


@pytest.mark.parametrize("number", ["9" * 5000, "2", "0", "x"])
def test_number_of_no_file_is_404(api: ApiClient, number: str) -> None:
    link = completed(api)["results"][0]
    assert api.get(link.replace(".mp4", f".{number}.mp4")).status_code == 404


def test_results_at_the_end_of_time(api: ApiClient) -> None:
    clock = api.engine.clock
    clock.advance(LAST_MOMENT - clock.now() - 1000)
    state = completed(api)
    assert api.send("HEAD", state["results"][0]).headers["last-modified"].split()[3] == "9892"
    reply = api.post("/v2/clips/generations", {"model": "toon-1", "prompt": "A kite"})
    for _ in range(3):
        assert api.get(f"/v2/jobs/{reply.json()['id']}").status_code == 200


def test_input_that_is_no_address(api: ApiClient) -> None:
    address = "https://[::1/_mock/results/x.mp4"
    reply = api.post("/v2/clips/generations", {"model": "blow-up", "sources": [address]})
    assert {one["path"] for one in reply.json()["violations"]} == {"sources[0]"}
    unknown = {"scale": 10**400, "upscale_factor": 2, "source": address}
    reply = api.post("/v2/clips/generations", {"model": "toon-1", "prompt": "A kite"} | unknown)
    api.engine.clock.advance(1000)
    [link] = api.get(f"/v2/jobs/{reply.json()['id']}").json()["results"]
    assert api.send("HEAD", link).status_code == 200


def test_renewed_links(api: ApiClient) -> None:
    api.engine.account.outcomes.add("completed", renew_links=True)
    state = completed(api)
    api.engine.clock.advance(4000)
    assert api.get(state["results"][0]).status_code == 410
    again = api.get(f"/v2/jobs/{state['id']}").json()
    assert api.get(again["results"][0]).status_code == 200


def test_key_sent_to_the_result_host_is_logged(api: ApiClient) -> None:
    link = completed(api)["results"][0]
    api.get(link, key=None)
    assert "authorization" not in api.engine.requests[-1].headers
    api.get(link)
    recorded = api.engine.requests[-1]
    assert recorded.operation == "results"
    assert recorded.headers["authorization"] == "Bearer evolink-mock-key"
    assert recorded.to_dict()["headers"]["authorization"] == "***"


def test_no_result_before_completion(api: ApiClient) -> None:
    reply = api.post("/v2/clips/generations", {"model": "toon-1", "prompt": "A kite"})
    host = api.base_url if api.base_url.startswith("http:") else "https://results.evolink-mock.invalid"
    assert api.get(f"{host}/_mock/results/{reply.json()['id']}.mp4").status_code == 404
