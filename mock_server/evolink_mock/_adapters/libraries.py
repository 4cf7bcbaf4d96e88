"""Serves other HTTP libraries than httpx, while a mock is entered and from when they are imported.

Their requests are answered by respx like those of httpx, so that one set of routes is in force for all.
"""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType

# The library, and the module that serves it; requests sends by urllib3.
_ADAPTERS = {"aiohttp": ".aiohttp", "httpx2": ".httpx2", "urllib3": ".urllib3"}


class LibraryPatches:
    """The patches of the process, whichever mocks are entered."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._users = 0
        self._stack = ExitStack()
        self._finder = _ImportWatcher(self)

    def start(self) -> None:
        """Patch what is imported now, and the rest when it is imported."""
        with self._lock:
            self._users += 1
            if self._users > 1:
                return
            for name in _ADAPTERS:
                if name in sys.modules:
                    self.patch(name)
            sys.meta_path.insert(0, self._finder)
            self._stack.callback(sys.meta_path.remove, self._finder)

    def stop(self) -> None:
        """Undo it when no mock is entered any more."""
        with self._lock:
            self._users -= 1
            if not self._users:
                self._stack.close()

    def patch(self, name: str) -> None:
        """Patch a library, unless the last mock has been left while it was imported."""
        with self._lock:
            if not self._users:
                return
            try:
                adapter = import_module(_ADAPTERS[name], __package__)
            except ImportError:
                return  # a version that the adapter does not know, whose connections are stopped
            adapter.patch(self._stack)


class _ImportWatcher:
    """A finder that lets a library be found by the others, and patches it once it is executed."""

    def __init__(self, patches: LibraryPatches) -> None:
        self._patches = patches

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _ADAPTERS:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _PatchingLoader(spec.loader, self._patches)  # type: ignore[assignment]
                return spec
        return None


class _PatchingLoader:
    """The loader of a library, which patches it when it is executed."""

    def __init__(self, loader: Loader, patches: LibraryPatches) -> None:
        self._loader = loader
        self._patches = patches

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)  # `pkgutil` and others read files by it

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        if spec is not None:
            spec.loader = module.__loader__ = self._loader  # as if nobody had watched
        self._loader.exec_module(module)
        self._patches.patch(module.__name__)


patches = LibraryPatches()
"""Those of this process."""
