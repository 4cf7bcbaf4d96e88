"""Names: from the free text of documents to ASCII words of Python and OpenAPI."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_VERSION = re.compile(r"v\d+([a-z]+\d*)?", re.IGNORECASE)
_VERBS = {"get": "get", "post": "create", "put": "replace", "patch": "update", "delete": "delete"}
_LONGEST = 60


def words(text: str) -> list[str]:
    """The ASCII words in a text: `video_urls`, `VideoURLs` and `video-urls` give the same."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    return re.findall(r"[A-Za-z0-9]+", spaced)


def pascal(text: str) -> str:
    """`sora-2-preview` to `Sora2Preview`; "" where nothing of the text is ASCII."""
    name = "".join(word[0].upper() + word[1:] for word in words(text))
    if len(name) > _LONGEST:
        name = name[:_LONGEST] + hashlib.sha256(text.encode()).hexdigest()[:6]
    return name


def slug(text: str) -> str:
    """A file name of `a-z 0-9 . _ -`, never empty, hidden or leading out of its folder."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9._-]+", "-", plain).strip("-.")
    name = re.sub(r"\.{2,}", ".", name)
    if name != text or not name or len(name) > _LONGEST:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
        unlike = re.sub(r"[^a-z0-9]", "", name) != re.sub(r"[^a-z0-9]", "", text.lower())
        name = (
            f"{name[:_LONGEST].strip('-.') or 'document'}-{digest}"
            if unlike or len(name) > _LONGEST
            else name
        )
    return name


def _segments(path: str) -> list[str]:
    """The parts of a path that say something: no versions, no `api`."""
    return [part for part in path.split("/") if part and not _VERSION.fullmatch(part) and part != "api"]


def resource(path: str) -> str:
    """`/v1/videos/generations` to `videos`: one ASCII word, fit for an attribute and a folder."""
    for part in _segments(path):
        if not part.startswith("{") and (found := words(part)):
            word = "_".join(found).lower()
            return f"r{word}" if word[0].isdigit() else word
    return "root"


def noun(path: str) -> str:
    """`/v1/tasks/{task_id}` to `Task`, `/v1/videos/generations` to `VideosGenerations`."""
    parts = _segments(path)
    name = ""
    for here, after in zip(parts, [*parts[1:], ""], strict=True):
        if here.startswith("{"):
            continue
        one = pascal(here)
        singular = after.startswith("{") and len(one) > 1 and one.endswith("s") and not one.endswith("ss")
        name += one[:-1] if singular else one
    return name or "Root"


def operation_id(method: str, path: str) -> str:
    """`POST /v1/videos/generations` to `createVideosGenerations`."""
    return _VERBS.get(method, method) + noun(path)


def full_operation_id(method: str, path: str) -> str:
    """The longer name for paths whose short names are the same: parameters and digits of the path itself."""
    readable = pascal(path.replace("{", " by "))
    digest = hashlib.sha256(path.encode()).hexdigest()[:6]
    return f"{_VERBS.get(method, method)}{readable}{digest}"


def snake(text: str) -> str:
    """`createVideosGenerations` to `create_videos_generations`."""
    return "_".join(words(text)).lower()
