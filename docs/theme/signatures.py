"""Signatures of the reference as callers see them."""

from __future__ import annotations

from typing import Any

import griffe

# A method with this decorator takes the fields of a class as keywords.
_OPTIONS = "takes_options_of"


class CallersSignatures(griffe.Extension):
    """Shows values of defaults in place of the names of constants, and the keywords that a decorator adds."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Change the functions of a package that has been loaded."""
        _change(pkg, pkg)


def _change(owner: griffe.Object, package: griffe.Module) -> None:
    for member in owner.members.values():
        if isinstance(member, griffe.Function):
            if any(_OPTIONS in str(decorator.value) for decorator in member.decorators):
                options = griffe.Parameter("options", kind=griffe.ParameterKind.var_keyword)
                member.parameters = griffe.Parameters(member.parameters[0], options)
            for parameter in member.parameters:
                if isinstance(parameter.default, griffe.ExprName):
                    parameter.default = _value(parameter.default, package)
        elif isinstance(member, griffe.Module | griffe.Class):
            _change(member, package)


def _value(name: griffe.ExprName, package: griffe.Module) -> str | griffe.Expr:
    """What the constant of a name was assigned; the name itself if there is none in this package."""
    _, _, path = name.canonical_path.partition(".")
    try:
        constant = package[path]
    except (KeyError, ValueError):
        return name
    return constant.value if isinstance(constant, griffe.Attribute) and constant.value is not None else name
