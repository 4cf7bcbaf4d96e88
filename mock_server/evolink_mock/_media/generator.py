"""Result files that really play, made once per shape."""

from __future__ import annotations

import io
import struct
import tempfile
import threading
import wave
import zlib
from collections import OrderedDict
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av import VideoFrame

    from .spec import Shape

MAX_BYTES = 64 * 1024 * 1024
"""How much of made files is kept; the longest unused go first, the newest always stays."""
_RATE = 8000  # samples of a second of sound


class File(NamedTuple):
    """A finished file.

    Attributes:
        data: The bytes.
        etag: The same for the same bytes, with quotation marks.
        content_type: The MIME type.
    """

    data: bytes
    etag: str
    content_type: str


TYPES = {
    "mp4": "video/mp4",
    "png": "image/png",
    "webp": "image/webp",
    "jpeg": "image/jpeg",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "txt": "text/plain; charset=utf-8",
}
"""The MIME type of each form."""


class Studio:
    """Makes files and keeps them; safe to use from several threads."""

    def __init__(self) -> None:
        self._files: OrderedDict[Shape, File] = OrderedDict()
        self._under_way: dict[Shape, threading.Lock] = {}
        self._size = 0
        self._lock = threading.Lock()

    def has(self, shape: Shape) -> bool:
        """Whether a file of this shape is there without making it."""
        return shape in self._files

    def file(self, shape: Shape) -> File:
        """The file of a shape; the first of a shape takes some tenths of a second.

        Raises:
            RuntimeError: What is asked for needs PyAV, which is not installed.
        """
        with self._lock:
            found = self._kept(shape)
            if found is not None:
                return found
            making = self._under_way.setdefault(shape, threading.Lock())
        # Many may ask for a new shape at once: one makes it, and files of other shapes go on meanwhile.
        with making:
            with self._lock:
                found = self._kept(shape)
            if found is None:
                found = _make(shape)
                with self._lock:
                    self._keep(shape, found)
                    self._under_way.pop(shape, None)
            return found

    def _kept(self, shape: Shape) -> File | None:
        if shape in self._files:
            self._files.move_to_end(shape)
        return self._files.get(shape)

    def _keep(self, shape: Shape, file: File) -> None:
        self._files[shape] = file
        self._size += len(file.data)
        while self._size > MAX_BYTES and len(self._files) > 1:
            _, oldest = self._files.popitem(last=False)
            self._size -= len(oldest.data)


def _make(shape: Shape) -> File:
    data = _MAKERS[shape.form](shape)
    return File(data, f'"{sha256(data).hexdigest()[:32]}"', TYPES[shape.form])


def _av() -> Any:
    """PyAV; it costs 50 ms, and only who fetches a result should pay."""
    try:
        import av  # noqa: PLC0415 - see above
    except ImportError as error:
        raise RuntimeError("making results needs PyAV: pip install 'evolink-client[mock]'") from error
    return av


def _video(shape: Shape) -> bytes:
    """H.264 in MP4, ready to be played while it is loaded.

    One second is encoded, and its packets are repeated: a long video costs no more than a short one.
    """
    av = _av()
    rate = _frame_rate(shape)
    count = max(1, round(shape.seconds * rate))
    # Writing the index to the front takes a second pass over the file, which needs a real one.
    with tempfile.TemporaryDirectory(prefix="evolink-mock-") as folder:
        path = Path(folder, "video.mp4")
        with av.open(str(path), "w", options={"movflags": "+faststart", "fflags": "+bitexact"}) as out:
            stream = out.add_stream(
                "libx264",
                rate=rate,
                # One thread, for the same bytes on every machine; no frame refers to a later one,
                # so that the last repetition may end anywhere.
                options={"preset": "superfast", "crf": "40", "bf": "0", "g": str(rate), "threads": "1"},
            )
            stream.width, stream.height, stream.pix_fmt = shape.width, shape.height, "yuv420p"
            packets = [
                (bytes(packet), packet.is_keyframe)
                for frame in (*_frames(shape, rate), None)
                for packet in stream.encode(frame)
            ]
            for number in range(count):
                data, is_keyframe = packets[number % len(packets)]
                packet = av.Packet(data)
                packet.stream, packet.time_base = stream, Fraction(1, rate)
                packet.pts = packet.dts = number
                packet.duration, packet.is_keyframe = 1, is_keyframe
                out.mux(packet)
        return path.read_bytes()


def _frame_rate(shape: Shape) -> int:
    """Frames of a second: fewer of the largest pictures, which take long to encode."""
    pixels = shape.width * shape.height
    return 24 if pixels <= 1920 * 1088 else 12 if pixels <= 3840 * 2176 else 6


def _frames(shape: Shape, rate: int) -> Iterator[VideoFrame]:
    """One second of a bar that crosses the picture, over a ground that changes its colour."""
    new = _av().VideoFrame
    for number in range(rate):
        # The encoder looks ahead: each frame needs memory of its own.
        frame = new(shape.width, shape.height, "yuv420p")
        place = number / rate
        for plane, (ground, bar) in zip(frame.planes, _colours(place), strict=True):
            row = bytearray([ground]) * plane.line_size
            start, width = int(plane.width * place), max(2, plane.width // 16)
            row[start : start + width] = bytes([bar]) * len(row[start : start + width])
            plane.update(bytes(row) * plane.height)
        frame.pts = number
        yield frame


def _colours(place: float) -> tuple[tuple[int, int], ...]:
    """Ground and bar in the three planes; the second ends as it began, so that it can be repeated."""
    swing = int(48 * abs(2 * place - 1))
    return (80, 220), (104 + swing, 128), (152 - swing, 128)


def _row(shape: Shape) -> bytes:
    """One row of a slope of colours, three bytes for each pixel."""
    step = max(1, shape.width // 256)
    return b"".join(bytes((min(255, x // step), 96, 255 - min(255, x // step))) for x in range(shape.width))


def _png(shape: Shape) -> bytes:
    head = struct.pack(">IIBBBBB", shape.width, shape.height, 8, 2, 0, 0, 0)
    body = zlib.compress((b"\0" + _row(shape)) * shape.height, 6)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _picture(codec: str, pixels: str) -> Callable[[Shape], bytes]:
    """Makes files that are one encoded picture."""

    def make(shape: Shape) -> bytes:
        av = _av()
        frame = av.VideoFrame(shape.width, shape.height, "rgb24")
        [plane] = frame.planes
        plane.update(_row(shape).ljust(plane.line_size, b"\0") * shape.height)
        encoder = av.CodecContext.create(codec, "w")
        encoder.width, encoder.height, encoder.pix_fmt = shape.width, shape.height, pixels
        encoder.time_base, encoder.thread_count = Fraction(1, 1), 1
        packets = [*encoder.encode(frame.reformat(format=pixels)), *encoder.encode(None)]
        return b"".join(map(bytes, packets))

    return make


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _samples(shape: Shape) -> bytes:
    """A quiet square tone of 200 Hz, 16 bits a sample."""
    period = b"\x00\x08" * (_RATE // 400) + b"\x00\xf8" * (_RATE // 400)
    size = round(shape.seconds * _RATE) * 2
    return (period * (size // len(period) + 1))[:size]


def _wav(shape: Shape) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE)
        sound.writeframes(_samples(shape))
    return out.getvalue()


def _sound(container: str, codec: str) -> Callable[[Shape], bytes]:
    """Makes files of encoded sound."""

    def make(shape: Shape) -> bytes:
        av = _av()
        file, samples = io.BytesIO(), _samples(shape)
        with av.open(file, "w", format=container, options={"fflags": "+bitexact"}) as out:
            stream = out.add_stream(codec, rate=_RATE, layout="mono", options={"threads": "1"})
            frame = av.AudioFrame("s16", "mono", len(samples) // 2)
            frame.sample_rate, frame.pts = _RATE, 0
            frame.planes[0].update(samples)
            for one in (frame, None):
                out.mux(stream.encode(one))
        return file.getvalue()

    return make


def _text(_: Shape) -> bytes:
    return b"This text was made by the mock.\n"


_MAKERS: dict[str, Callable[[Shape], bytes]] = {
    "mp4": _video,
    "png": _png,
    "webp": _picture("libwebp", "yuv420p"),
    "jpeg": _picture("mjpeg", "yuvj420p"),
    "wav": _wav,
    "mp3": _sound("mp3", "libmp3lame"),
    "m4a": _sound("ipod", "aac"),
    "txt": _text,
}
