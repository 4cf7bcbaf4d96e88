"""Generates result files that really play, once per spec."""

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

    from .spec import MediaSpec

MAX_BYTES = 64 * 1024 * 1024
"""Bytes of generated files that are kept; the least recently used go first, the newest always stays."""
_SAMPLE_RATE = 8000

CONTENT_TYPES = {
    "mp4": "video/mp4",
    "png": "image/png",
    "webp": "image/webp",
    "jpeg": "image/jpeg",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "txt": "text/plain; charset=utf-8",
}
"""The media type of each file format."""


class MediaFile(NamedTuple):
    """A generated file.

    Attributes:
        data: The bytes.
        etag: The same for the same bytes, with quotation marks.
        content_type: The media type.
    """

    data: bytes
    etag: str
    content_type: str


class MediaGenerator:
    """Generates files and keeps them; may be used from several threads."""

    def __init__(self) -> None:
        self._files: OrderedDict[MediaSpec, MediaFile] = OrderedDict()
        self._pending: dict[MediaSpec, threading.Lock] = {}
        self._size = 0
        self._lock = threading.Lock()

    def has(self, spec: MediaSpec) -> bool:
        """Whether the file of a spec has been generated."""
        return spec in self._files

    def file(self, spec: MediaSpec) -> MediaFile:
        """The file of a spec; generating it takes some tenths of a second.

        Raises:
            RuntimeError: It needs PyAV, which is not installed.
        """
        with self._lock:
            file = self._cached(spec)
            if file is not None:
                return file
            pending = self._pending.setdefault(spec, threading.Lock())
        # Several threads may need a new spec at once: one generates it, and files of other specs are
        # served meanwhile.
        with pending:
            with self._lock:
                file = self._cached(spec)
            if file is None:
                file = _generate(spec)
                with self._lock:
                    self._keep(spec, file)
                    self._pending.pop(spec, None)
            return file

    def _cached(self, spec: MediaSpec) -> MediaFile | None:
        if spec in self._files:
            self._files.move_to_end(spec)
        return self._files.get(spec)

    def _keep(self, spec: MediaSpec, file: MediaFile) -> None:
        self._files[spec] = file
        self._size += len(file.data)
        while self._size > MAX_BYTES and len(self._files) > 1:
            _, oldest = self._files.popitem(last=False)
            self._size -= len(oldest.data)


def _generate(spec: MediaSpec) -> MediaFile:
    data = _ENCODERS[spec.format](spec)
    return MediaFile(data, f'"{sha256(data).hexdigest()[:32]}"', CONTENT_TYPES[spec.format])


def _av() -> Any:
    """Import PyAV, which takes 50 ms, when the first result is fetched."""
    try:
        import av  # noqa: PLC0415 - see above
    except ImportError as error:
        raise RuntimeError("making results needs PyAV: pip install 'evolink-client[mock]'") from error
    return av


def _video(spec: MediaSpec) -> bytes:
    """Encode H.264 in MP4, playable while it is loaded.

    One second is encoded and its packets are repeated: a long video costs no more than a short one.
    """
    av = _av()
    rate = _frame_rate(spec)
    count = max(1, round(spec.seconds * rate))
    # Moving the index to the front takes a second pass, for which the file has to be on disk.
    with tempfile.TemporaryDirectory(prefix="evolink-mock-") as folder:
        path = Path(folder, "video.mp4")
        with av.open(str(path), "w", options={"movflags": "+faststart", "fflags": "+bitexact"}) as out:
            stream = out.add_stream(
                "libx264",
                rate=rate,
                # One thread gives the same bytes on every machine; without B-frames the last
                # repetition may end at any frame.
                options={"preset": "superfast", "crf": "40", "bf": "0", "g": str(rate), "threads": "1"},
            )
            stream.width, stream.height, stream.pix_fmt = spec.width, spec.height, "yuv420p"
            packets = [
                (bytes(packet), packet.is_keyframe)
                for frame in (*_frames(spec, rate), None)
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


def _frame_rate(spec: MediaSpec) -> int:
    """Frames per second: fewer for the largest pictures, which take long to encode."""
    pixels = spec.width * spec.height
    return 24 if pixels <= 1920 * 1088 else 12 if pixels <= 3840 * 2176 else 6


def _frames(spec: MediaSpec, rate: int) -> Iterator[VideoFrame]:
    """Yield one second of a bar that crosses the picture, on a background that changes its colour."""
    new = _av().VideoFrame
    for number in range(rate):
        # The encoder looks ahead, so each frame needs its own memory.
        frame = new(spec.width, spec.height, "yuv420p")
        position = number / rate
        for plane, (background, bar) in zip(frame.planes, _colours(position), strict=True):
            row = bytearray([background]) * plane.line_size
            start, width = int(plane.width * position), max(2, plane.width // 16)
            row[start : start + width] = bytes([bar]) * len(row[start : start + width])
            plane.update(bytes(row) * plane.height)
        frame.pts = number
        yield frame


def _colours(position: float) -> tuple[tuple[int, int], ...]:
    """Background and bar in the three planes; the second ends as it begins, so that it can be repeated."""
    swing = int(48 * abs(2 * position - 1))
    return (80, 220), (104 + swing, 128), (152 - swing, 128)


def _row(spec: MediaSpec) -> bytes:
    """One row of a colour gradient, three bytes per pixel."""
    step = max(1, spec.width // 256)
    return b"".join(bytes((min(255, x // step), 96, 255 - min(255, x // step))) for x in range(spec.width))


def _png(spec: MediaSpec) -> bytes:
    head = struct.pack(">IIBBBBB", spec.width, spec.height, 8, 2, 0, 0, 0)
    body = zlib.compress((b"\0" + _row(spec)) * spec.height, 6)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _picture(codec: str, pixels: str) -> Callable[[MediaSpec], bytes]:
    """Make an encoder of single pictures."""

    def encode(spec: MediaSpec) -> bytes:
        av = _av()
        frame = av.VideoFrame(spec.width, spec.height, "rgb24")
        [plane] = frame.planes
        plane.update(_row(spec).ljust(plane.line_size, b"\0") * spec.height)
        encoder = av.CodecContext.create(codec, "w")
        encoder.width, encoder.height, encoder.pix_fmt = spec.width, spec.height, pixels
        encoder.time_base, encoder.thread_count = Fraction(1, 1), 1
        packets = [*encoder.encode(frame.reformat(format=pixels)), *encoder.encode(None)]
        return b"".join(map(bytes, packets))

    return encode


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _samples(spec: MediaSpec) -> bytes:
    """Generate a quiet square wave of 200 Hz with 16 bits per sample."""
    period = b"\x00\x08" * (_SAMPLE_RATE // 400) + b"\x00\xf8" * (_SAMPLE_RATE // 400)
    size = round(spec.seconds * _SAMPLE_RATE) * 2
    return (period * (size // len(period) + 1))[:size]


def _wav(spec: MediaSpec) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_SAMPLE_RATE)
        sound.writeframes(_samples(spec))
    return out.getvalue()


def _sound(container: str, codec: str) -> Callable[[MediaSpec], bytes]:
    """Make an encoder of sound."""

    def encode(spec: MediaSpec) -> bytes:
        av = _av()
        file, samples = io.BytesIO(), _samples(spec)
        with av.open(file, "w", format=container, options={"fflags": "+bitexact"}) as out:
            stream = out.add_stream(codec, rate=_SAMPLE_RATE, layout="mono", options={"threads": "1"})
            frame = av.AudioFrame("s16", "mono", len(samples) // 2)
            frame.sample_rate, frame.pts = _SAMPLE_RATE, 0
            frame.planes[0].update(samples)
            for part in (frame, None):
                out.mux(stream.encode(part))
        return file.getvalue()

    return encode


def _text(_: MediaSpec) -> bytes:
    return b"This text was made by the mock.\n"


_ENCODERS: dict[str, Callable[[MediaSpec], bytes]] = {
    "mp4": _video,
    "png": _png,
    "webp": _picture("libwebp", "yuv420p"),
    "jpeg": _picture("mjpeg", "yuvj420p"),
    "wav": _wav,
    "mp3": _sound("mp3", "libmp3lame"),
    "m4a": _sound("ipod", "aac"),
    "txt": _text,
}
