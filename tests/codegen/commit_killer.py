"""Kills processes while they change files: one before each file operation."""

import itertools
import json
import os
import shutil
import signal
import sys
from pathlib import Path

from evolink_codegen.transaction import Transaction

OPERATIONS = ("open", "os.", "shutil.")


def transaction(root: Path) -> Transaction:
    return Transaction(root, root / "openapi" / ".commit")


def write_old(root: Path) -> None:
    for name in ("openapi/vendor/kept.yaml", "openapi/vendor/gone.yaml", "generated/package/old.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("old", encoding="utf-8")


def write_new(root: Path) -> None:
    package = root.parent / "new-package"
    package.mkdir(exist_ok=True)
    (package / "new.py").write_text("new", encoding="utf-8")
    with transaction(root).exclusive():
        transaction(root).commit(
            {
                root / "openapi/vendor/kept.yaml": b"new",
                root / "openapi/vendor/pages/added.md": b"new",
                root / "openapi/vendor/gone.yaml": None,
                root / "generated/package": package,
            }
        )


def tree(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in sorted(files)}


def killed_before(number: int, root: Path) -> bool:
    """Make the changes in a process that is killed before a file operation; False if there are fewer."""
    child = os.fork()
    if not child:
        operations = itertools.count()

        def kill(event: str, _: object) -> None:
            if event.startswith(OPERATIONS) and next(operations) == number:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(kill)
        write_new(root)
        os._exit(0)
    return os.waitpid(child, 0)[1] == signal.SIGKILL


def main(folder: Path) -> None:
    """Print the tree before and after the changes, and after each kill and the next run."""
    root = folder / "root"
    write_old(root)
    old = tree(root)
    write_new(root)
    new = tree(root)
    found = []
    for number in itertools.count():
        shutil.rmtree(root)
        write_old(root)
        if not killed_before(number, root):
            break
        with transaction(root).exclusive():
            found.append(tree(root))
    print(json.dumps({"old": old, "new": new, "found": found}))  # noqa: T201 - what the test reads


if __name__ == "__main__":
    main(Path(sys.argv[1]))
