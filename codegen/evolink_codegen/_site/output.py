"""Writes the source of the site, and nothing over files of anybody else."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from .._openapi.text import InputError

CONFIG = "zensical.toml"
# What Zensical adds to the folder.
_BUILT = {".cache", "site"}


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Replace the source in a folder.

    Args:
        folder: Missing, empty, or with a source of the site.
        files: The new source, by path.

    Raises:
        InputError: The folder has other files, or cannot be written.
    """
    own = {name.partition("/")[0] for name in files} | _BUILT
    try:
        folder.mkdir(parents=True, exist_ok=True)
        present = {path.name: path for path in folder.iterdir()}
        if present and (CONFIG not in present or not own.issuperset(present)):
            raise InputError(str(folder), "has other files; name a new folder, since it is emptied")
        for name, path in present.items():
            if name != CONFIG:  # which marks the folder, so that it stays to the end
                shutil.rmtree(path)
        for name, content in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    except OSError as error:
        raise InputError(str(folder), f"cannot be written: {error.strerror}") from None
