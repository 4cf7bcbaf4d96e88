"""Names: from the free text of documents to ASCII words of Python and OpenAPI."""

from __future__ import annotations

import builtins
import hashlib
import keyword
import re
import unicodedata
from collections.abc import Iterable

_VERSION = re.compile(r"v\d+([a-z]+\d*)?", re.IGNORECASE)
_VERBS = {"get": "get", "post": "create", "put": "replace", "patch": "update", "delete": "delete"}
_LONGEST = 60
_LONGEST_CLASS = 100
# A new word begins where small letters or digits end, and with the last of several capitals (`APIKey`), but
# not within a plural (`URLs`).
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z](?!s(?![A-Za-z]))[a-z])")

# What the generated modules import: a class of such a name would hide it.
_TAKEN_CLASSES = frozenset(
    {"Any", "AuthenticatedClient", "BinaryIO", "BytesIO", "Client", "File", "FileContent", "FileTypes",
     "Generator", "Generic", "HTTPStatus", "IO", "Literal", "Mapping", "MutableMapping", "RequestFiles",
     "Response", "T", "TextIO", "TypeVar", "UNSET", "UUID", "Unset"}
)  # fmt: skip
# What the generated functions use beside the names of properties and parameters.
_TAKEN_NAMES = frozenset(
    """
    abs additional_keys additional_properties aiter all annotations anext any ascii asyncio asyncio_detailed bin body
    bool breakpoint bytearray bytes callable cast check chr classmethod client cls compile complex cookies d data
    date datetime delattr dict dir divmod enumerate errors eval exec field_dict files filter float format
    from_dict frozenset getattr globals hasattr hash headers hex httpx input int isinstance issubclass iter
    json kwargs len list locals map max memoryview min models next object oct open ord params pop pow print
    prop prop_dict prop_name property quote range repr response reversed round self set setattr slice sorted
    src_dict staticmethod str sum super sync sync_detailed to_dict to_multipart tuple type types url uuid
    vars zip
    """.split()  # noqa: SIM905 - names read best as words
)


def words(text: str) -> list[str]:
    """The ASCII words in a text: `video_urls`, `VideoURLs` and `video-urls` give the same."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.findall(r"[A-Za-z0-9]+", _WORD.sub(" ", plain))


def pascal(text: str) -> str:
    """`sora-2-preview` to `Sora2Preview`; "" where nothing of the text is ASCII."""
    name = "".join(word[0].upper() + word[1:] for word in words(text))
    return _small_after_letters(_shortened(name, text, _LONGEST))


def class_name(text: str) -> str:
    """A name that a generated class can have: as `pascal`, and never one that means something else there."""
    name = _small_after_letters(_shortened(text, text, _LONGEST_CLASS)) or "Schema"
    name = f"M{name}" if name[0].isdigit() else name[0].upper() + name[1:]
    return f"{name}Object" if name in _TAKEN_CLASSES or hasattr(builtins, name) else name


def _small_after_letters(name: str) -> str:
    """Capitals after digits, which is how the client generator writes the name of a class."""
    return re.sub(r"(?<![A-Za-z])[a-z]", lambda match: match.group().upper(), name)


def _shortened(name: str, whole: str, longest: int) -> str:
    return name if len(name) <= longest else f"{name[:longest]}X{digest(whole).upper()}"


def digest(text: str) -> str:
    """Six characters that tell apart what would otherwise have the same name."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]


def attribute(text: str) -> str:
    """A name for an attribute or argument: `aspectRatio` to `aspect_ratio`, `class` to `class_`."""
    name = snake(text)
    if not name:
        return f"field_{digest(text)}"
    name = f"field_{name}" if name[0].isdigit() else name
    name = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}_{digest(text)}"
    return f"{name}_" if name in _TAKEN_NAMES or keyword.iskeyword(name) else name


def attributes(names: Iterable[str]) -> dict[str, str]:
    """A different attribute for each name; a name that is one already keeps it."""
    names = list(names)
    found = {name: name for name in names if attribute(name) == name}
    for name in names:
        if name not in found:
            plain = attribute(name)
            found[name] = f"{plain.rstrip('_')}_{digest(name)}" if plain in found.values() else plain
    return {name: found[name] for name in names}


class Names:
    """Class names, no two of which differ in signs or case alone: each has a module of its own."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {_bare(name) for name in taken}

    def free(self, *wishes: str, identity: str) -> str:
        """The first wish that is not taken, else the last with a mark that stands for the identity."""
        last = class_name(wishes[-1])
        for name in (*map(class_name, wishes), f"{last}X{digest(identity).upper()}"):
            if _bare(name) not in self._taken:
                self._taken.add(_bare(name))
                return name
        raise AssertionError(wishes)


def _bare(name: str) -> str:
    return name.lower()


def slug(text: str) -> str:
    """A file name of `a-z 0-9 . _ -`, never empty, hidden or leading out of its folder."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9._-]+", "-", plain).strip("-.")
    name = re.sub(r"\.{2,}", ".", name)
    if name != text or not name or len(name) > _LONGEST:
        unlike = re.sub(r"[^a-z0-9]", "", name) != re.sub(r"[^a-z0-9]", "", text.lower())
        name = (
            f"{name[:_LONGEST].strip('-.') or 'document'}-{digest(text)}"
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
            word = "_".join(found).lower()[:_LONGEST].rstrip("_")
            return f"r{word}" if word[0].isdigit() else f"{word}_" if keyword.iskeyword(word) else word
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
    return f"{_VERBS.get(method, method)}{readable}X{digest(path).upper()}"


def snake(text: str) -> str:
    """`createVideosGenerations` to `create_videos_generations`."""
    return "_".join(words(text)).lower()
