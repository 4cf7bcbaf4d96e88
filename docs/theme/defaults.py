"""Shows the value of a default in the reference, in place of the name of its constant."""

from __future__ import annotations

from typing import Any

import griffe


class ConstantDefaults(griffe.Extension):
    """Replaces defaults that are names of module constants by what these are."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Replace them in a package that has been loaded."""
        _show_values(pkg, pkg)


def _show_values(owner: griffe.Object, package: griffe.Module) -> None:
    for member in owner.members.values():
        if isinstance(member, griffe.Function):
            for parameter in member.parameters:
                if isinstance(parameter.default, griffe.ExprName):
                    parameter.default = _value(parameter.default, package)
        elif isinstance(member, griffe.Module | griffe.Class):
            _show_values(member, package)


def _value(name: griffe.ExprName, package: griffe.Module) -> str | griffe.Expr:
    """What the constant of a name was assigned; the name itself if it is none of this package."""
    _, _, path = name.canonical_path.partition(".")
    try:
        constant = package[path]
    except (KeyError, ValueError):  # of another package, or of none
        return name
    return constant.value if isinstance(constant, griffe.Attribute) and constant.value is not None else name
