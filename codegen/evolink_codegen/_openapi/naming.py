"""Makes ASCII names of Python and OpenAPI from the free text of documents."""

from __future__ import annotations

import builtins
import hashlib
import itertools
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
_BUILTINS = frozenset(
    """
    abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex
    delattr dict dir divmod enumerate eval exec filter float format frozenset getattr globals hasattr hash hex
    input int isinstance issubclass iter len list locals map max memoryview min next object oct open ord pow
    print property range repr reversed round set setattr slice sorted staticmethod str sum super tuple type
    vars zip
    """.split()  # noqa: SIM905 - so many names read best as words
)
OF_MODELS = _BUILTINS | {
    "additional_keys", "additional_properties", "cast", "cls", "d", "datetime", "field_dict", "from_dict",
    "json", "prop", "prop_dict", "prop_name", "self", "src_dict", "to_dict", "to_multipart", "types",
}  # fmt: skip
OF_FUNCTIONS = _BUILTINS | {
    "body", "cast", "client", "cookies", "datetime", "errors", "headers", "httpx", "kwargs", "params",
    "quote", "response", "self", "url",
}  # fmt: skip

# What a client of the SDK has itself.
OF_CLIENTS = frozenset(
    {
        "aclose",
        "bulk",
        "call",
        "callbacks",
        "close",
        "credits",
        "files",
        "model",
        "models",
        "tasks",
        "with_options",
    }
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


def attribute(text: str, taken: frozenset[str] = OF_MODELS) -> str:
    """A name for an attribute or argument: `aspectRatio` to `aspect_ratio`, `class` to `class_`."""
    name = snake(text)
    if not name:
        return f"field_{digest(text)}"
    name = f"field_{name}" if name[0].isdigit() else name
    name = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}_{digest(text)}"
    return f"{name}_" if name in taken or keyword.iskeyword(name) else name


def attributes(names: Iterable[str], taken: frozenset[str] = OF_MODELS) -> dict[str, str]:
    """A different attribute for each name; a name that is one already keeps it.

    Args:
        names: The names of the properties of one class, or the parameters of one function.
        taken: What such a class or function uses itself: `OF_MODELS` or `OF_FUNCTIONS`.
    """
    names = list(names)
    chosen = {name: name for name in names if attribute(name, taken) == name}
    for name in names:
        if name not in chosen:
            plain = attribute(name, taken)
            chosen[name] = f"{plain.rstrip('_')}_{digest(name)}" if plain in chosen.values() else plain
    return {name: chosen[name] for name in names}


class Names:
    """Class names, no two of which differ in signs or case alone: each has a module of its own."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {_normalized(name) for name in taken}

    def unique_name(self, *preferred: str, identity: str) -> str:
        """The first preferred name that is not taken, else the last one with a digest of the identity."""
        last = class_name(preferred[-1])
        marks = (digest(identity + "'" * times).upper() for times in itertools.count())
        names = itertools.chain(map(class_name, preferred), (f"{last}X{mark}" for mark in marks))
        name = next(one for one in names if _normalized(one) not in self._taken)
        self._taken.add(_normalized(name))
        return name


def _normalized(name: str) -> str:
    return name.lower()


def slug(text: str) -> str:
    """A file name of `a-z 0-9 . _ -`, never empty, hidden or leading out of its folder."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9._-]+", "-", plain).strip("-.")
    name = re.sub(r"\.{2,}", ".", name)
    if name == text and name and len(name) <= _LONGEST:
        return name
    kept = [re.sub(r"[^a-z0-9]", "", one) for one in (name, text.lower())]
    if name and len(name) <= _LONGEST and kept[0] == kept[1] and text.isascii():
        return name
    return f"{name[:_LONGEST].strip('-.') or 'document'}-{digest(text)}"


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


def client_attribute(resource: str) -> str:
    """`videos` to `client.videos`; `tasks`, which every client has already, to `client.tasks_`."""
    return f"{resource}_" if resource in OF_CLIENTS else resource


def noun(path: str) -> str:
    """`/v1/tasks/{task_id}` to `Task`, `/v1/videos/generations` to `VideosGenerations`."""
    parts = _segments(path)
    name = ""
    for here, after in itertools.zip_longest(parts, parts[1:], fillvalue=""):
        if here.startswith("{"):
            continue
        one = pascal(here)
        singular = after.startswith("{") and len(one) > 1 and one.endswith("s") and not one.endswith("ss")
        name += one[:-1] if singular else one
    return name or "Root"


def operation_id(method: str, path: str) -> str:
    """`POST /v1/videos/generations` to `createVideosGenerations`."""
    return _VERBS.get(method, method) + _shortened(noun(path), path, _LONGEST)


def full_operation_id(method: str, path: str) -> str:
    """The longer name for paths whose short names are the same: parameters and digits of the path itself."""
    readable = pascal(path.replace("{", " by "))
    return f"{_VERBS.get(method, method)}{readable}X{digest(path).upper()}"


def snake(text: str) -> str:
    """`createVideosGenerations` to `create_videos_generations`."""
    return "_".join(words(text)).lower()
