"""Runs openapi-python-client, and alters its parsed objects where it has no setting and no template for it.

Two things are altered. `_rename`: it makes names of its own from those of a document, where the contract has
decided on others. `_set_bodies`: it copies a union for each of its members, which takes minutes where an
operation has many models; it is given the first member alone, and the union is put in afterwards.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import jinja2
from attrs import evolve

from .._openapi.text import InputError
from . import HEADER
from .view import GeneratorView

PACKAGE = "evolink_api"
_TEMPLATES = Path(__file__).parent / "templates"


def generate_client(view: GeneratorView, folder: Path) -> None:
    """Write the modules of models and endpoints.

    Raises:
        InputError: Openapi-python-client refuses a part of the view.
    """
    # The generator takes half a second to import, which `diff` need not pay for.
    from openapi_python_client import Project  # noqa: PLC0415 - slow to import
    from openapi_python_client.config import Config, ConfigFile, MetaType  # noqa: PLC0415 - slow to import
    from openapi_python_client.parser import GeneratorData  # noqa: PLC0415 - slow to import
    from openapi_python_client.parser.errors import GeneratorError  # noqa: PLC0415 - slow to import

    config = Config.from_sources(
        ConfigFile(
            package_name_override=PACKAGE,
            project_name_override=PACKAGE,
            literal_enums=True,
            post_hooks=[],
            content_type_overrides=view.content_types,
        ),
        MetaType.NONE,
        folder,
        "utf-8",
        overwrite=True,
        output_path=folder,
    )
    parsed = GeneratorData.from_dict(view.document, config=config)
    if isinstance(parsed, GeneratorError):
        _refuse([parsed])
    else:
        styles = {id(endpoint): found for endpoint, found in _rename(parsed, view)}
        project = Project(openapi=parsed, config=config, custom_template_path=_TEMPLATES)
        project.env.globals["query_styles"] = lambda endpoint: _as_source(styles[id(endpoint)])
        project.env = _environment(project)
        with contextlib.redirect_stdout(io.StringIO()):
            _refuse(project.build())
        classes = [one.class_info for one in [*parsed.models, *parsed.enums]]
        stub = project.env.get_template("models_init.pyi.jinja")
        names = sorted((str(one.module_name), str(one.name)) for one in classes)
        (folder / "models" / "__init__.pyi").write_text(stub.render(names=names), encoding="utf-8")


def _refuse(errors: Any) -> None:
    """What the generator leaves out would be missing without a word: the view has to be mended instead."""
    for error in errors:
        raise InputError(
            "the contract", f"the client generator refuses it: {error.header} {error.detail or ''}"
        )


def _as_source(styles: dict[str, tuple[str, bool]]) -> str:
    """Styles of query parameters as a literal; empty if all are the usual."""
    entries = [
        f'"{_literal(name)}": ("{_literal(style)}", {exploded})' for name, (style, exploded) in styles.items()
    ]
    return f"{{{', '.join(entries)}}}" if entries else ""


def _rename(parsed: Any, view: GeneratorView) -> list[tuple[Any, dict[str, tuple[str, bool]]]]:
    """Give everything the name that the contract has for it; what the view calls it is Python's name.

    Returns:
        The endpoints, each with the styles of its query parameters.
    """
    from openapi_python_client.schema.untrusted_string import UntrustedString  # noqa: PLC0415 - slow to import
    from openapi_python_client.strings import PythonIdentifier  # noqa: PLC0415 - slow to import

    def rename(prop: Any, wire: dict[str, str]) -> None:
        attribute = prop.name.get_untrusted_value()
        object.__setattr__(prop, "python_name", str.__new__(PythonIdentifier, attribute))
        prop.name = UntrustedString(wire[attribute])

    for model in parsed.models:
        for prop in [*model.required_properties, *model.optional_properties]:
            rename(prop, view.classes[model.class_info.name])
    models = {model.class_info.name: model for model in parsed.models}
    collections = {}
    endpoints = []
    for collection in parsed.endpoint_collections_by_tag.values():
        for endpoint in collection.endpoints:
            function = view.functions[endpoint.name]
            endpoints.append((endpoint, function.styles))
            endpoint.name = str.__new__(PythonIdentifier, function.module)
            endpoint.path = UntrustedString(function.path)
            for prop in endpoint.list_all_parameters():
                if prop.name.get_untrusted_value() in function.arguments:
                    rename(prop, function.arguments)
            if function.bodies:
                _set_bodies(endpoint, [models[name] for name in function.bodies])
            collections[function.folder] = collection
    parsed.endpoint_collections_by_tag = collections
    return endpoints


def _set_bodies(endpoint: Any, models: list[Any]) -> None:
    """Let an endpoint take any of several classes as its JSON body."""
    from openapi_python_client.parser.properties.union import UnionProperty  # noqa: PLC0415 - slow to import

    (body,) = endpoint.bodies
    first = body.prop
    body.prop = UnionProperty(
        name=first.name,
        required=first.required,
        default=None,
        python_name=first.python_name,
        description=None,
        example=None,
        inner_properties=[_required(model) for model in models],
    )
    endpoint.relative_imports |= body.prop.get_imports(prefix="...")
    endpoint.relative_imports |= body.prop.get_lazy_imports(prefix="...")


_environments: list[jinja2.Environment] = []


class _Headed(jinja2.Template):
    """A template whose output says where it comes from."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        return HEADER + super().render(*args, **kwargs)


def _environment(project: Any) -> jinja2.Environment:
    """One environment for all runs of a process: compiling the templates takes longer than filling them."""
    if not _environments:
        project.env.filters["in_double_quote_literal"] = _literal
        project.env.filters["required"] = _required
        project.env.template_class = _Headed
        project.env.auto_reload = False
        _environments.append(project.env)
    _environments[0].globals.update(project.env.globals)
    return _environments[0]


def _literal(value: Any) -> str:
    """Any text as the inside of a double-quoted literal of nothing but printable ASCII."""
    for method in ("get_untrusted_value", "as_unembedded_code"):
        if hasattr(value, method):
            value = getattr(value, method)()
    return str(value).encode("unicode_escape").decode("ascii").replace('"', '\\"')


def _required(prop: Any) -> Any:
    """A property of the generator as if it were required."""
    return evolve(prop, required=True)
