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
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av import VideoFrame

    from evolink_mock._shape import Kind, Shape

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


TYPES: dict[Kind, tuple[str, str]] = {
    "video": (".mp4", "video/mp4"),
    "image": (".png", "image/png"),
    "audio": (".wav", "audio/wav"),
    "text": (".txt", "text/plain; charset=utf-8"),
}
"""Suffix and MIME type of each kind."""


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
            RuntimeError: A video is asked for and PyAV is not installed.
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
    makers = {"video": _video, "image": _image, "audio": _audio, "text": _text}
    data = makers[shape.kind](shape)
    return File(data, f'"{sha256(data).hexdigest()[:32]}"', TYPES[shape.kind][1])


def _video(shape: Shape) -> bytes:
    """H.264 in MP4, ready to be played while it is loaded.

    One second is encoded, and its packets are repeated: a long video costs no more than a short one.
    """
    try:
        import av  # noqa: PLC0415 - costs 50 ms, and only a fetched result should pay
    except ImportError as error:
        raise RuntimeError("making videos needs PyAV: pip install 'evolink-client[mock]'") from error

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
    from av import VideoFrame  # noqa: PLC0415 - see above

    for number in range(rate):
        # The encoder looks ahead: each frame needs memory of its own.
        frame = VideoFrame(shape.width, shape.height, "yuv420p")
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


def _image(shape: Shape) -> bytes:
    """A PNG with a slope of colours."""
    step = max(1, shape.width // 256)
    row = b"\0" + b"".join(
        bytes((min(255, x // step), 96, 255 - min(255, x // step))) for x in range(shape.width)
    )
    head = struct.pack(">IIBBBBB", shape.width, shape.height, 8, 2, 0, 0, 0)
    body = zlib.compress(row * shape.height, 6)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _audio(shape: Shape) -> bytes:
    """A WAV with a quiet square tone of 200 Hz."""
    period = b"\x00\x08" * (_RATE // 400) + b"\x00\xf8" * (_RATE // 400)
    samples = round(shape.seconds * _RATE) * 2
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE)
        sound.writeframes((period * (samples // len(period) + 1))[:samples])
    return out.getvalue()


def _text(_: Shape) -> bytes:
    return b"This text was made by the mock.\n"
