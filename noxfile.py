"""Run the tests on every supported Python that is installed, with the lowest and the newest dependencies.

nox [-s "tests-3.12(lowest)"] [-- PYTEST_ARGUMENT ...]
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import nox
from packaging.requirements import Requirement

PYPROJECT = nox.project.load_toml("pyproject.toml")
PROJECT = PYPROJECT["project"]
PYTHONS = nox.project.python_versions(PYPROJECT)
# The extras whose lower bounds are promised to users; what the tests use is pinned.
PROMISED = ("cli", "media", "mock")

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False
# The versions of pyenv come before its shims, which also exist for versions that are not selected.
os.environ["PATH"] = os.pathsep.join(
    [*map(str, Path("~/.pyenv/versions").expanduser().glob("*/bin")), os.environ["PATH"]]
)


@nox.session(python=PYTHONS)
@nox.parametrize("dependencies", ["lowest", "newest"], ids=["lowest", "newest"])
def tests(session: nox.Session, dependencies: str) -> None:
    """Run what `make test` runs."""
    constraints = Path(session.virtualenv.location, "constraints.txt")
    constraints.write_text("\n".join(_lowest() if dependencies == "lowest" else []), encoding="utf-8")
    session.install("-c", str(constraints), "-e", ".[test]")
    session.run("pytest", "-q", "-n", "auto", "-p", "no:cacheprovider", *session.posargs)


def _lowest() -> list[str]:
    """The lower bound of each dependency of users, and the pins of what the tests use."""
    extras = PROJECT["optional-dependencies"]
    promised = [*PROJECT["dependencies"], *(one for extra in PROMISED for one in extras[extra])]
    lowest = {}
    for requirement in map(Requirement, promised):
        bounds = [one.version for one in requirement.specifier if one.operator in {">=", "=="}]
        lowest[requirement.name.lower()] = bounds[0]
    # Only what the extra names is pinned: the pins of its dependencies may need more than the lower bounds.
    tools = {Requirement(tool).name.lower() for tool in extras["test"] if "[" not in tool}
    tools -= {"import-linter"}  # the pinned one needs a later click
    text = Path("constraints.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)$", text, re.MULTILINE))
    kept = {name: version for name, version in pinned.items() if name.lower() in tools - lowest.keys()}
    return [f"{name}=={version}" for name, version in {**kept, **lowest}.items()]
