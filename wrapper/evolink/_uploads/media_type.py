"""The media type of a file: by its first bytes, else by the suffix of its name."""

from __future__ import annotations

import mimetypes

# So many bytes tell the type.
HEAD_SIZE = 64
# The first bytes of files, and where they stand; None for any byte is spelled by a second entry.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
)
# Of containers, a second mark names the content: by where it stands, then by what it is.
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
}
# Suffixes whose type depends on the system's tables, or is missing in Python 3.11.
_SUFFIXES = {
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".bmp": "image/bmp",
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".wav": "audio/wav",
    ".m4a": "audio/mp4",
}


def of_content(head: bytes) -> str | None:
    """The type that the first bytes of a file show, if they are known."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    return next((kind for start, mark, kind in _SIGNATURES if head[start : start + len(mark)] == mark), None)


def of_name(name: str) -> str | None:
    """The type that the suffix of a name stands for, if it is known."""
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    return _SUFFIXES.get(suffix) or mimetypes.guess_type(f"file{suffix}", strict=False)[0]


def suffix_of(media_type: str | None) -> str:
    """A suffix for a name that has none; empty if the type is not known."""
    if media_type is None:
        return ""
    known = next((suffix for suffix, kind in _SUFFIXES.items() if kind == media_type), None)
    return known or mimetypes.guess_extension(media_type, strict=False) or ""
