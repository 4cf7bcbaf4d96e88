"""From the contract to the files that are made of it."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jinja2
from attrs import evolve

from .._openapi import yaml_io
from .._openapi.text import InputError
from . import GENERATOR, HEADER
from .params import params_source
from .shards import contract_shards
from .view import GeneratorView, generator_view

_TEMPLATES = Path(__file__).parents[1] / "templates"
_RUNTIME = Path(__file__).parents[1] / "runtime"
PACKAGE = "evolink_api"
_FORMATTING = (
    ("check", "--fix-only", "--select", "F401,I", "--config", "line-length = 110"),
    ("format", "--line-length", "110", "--target-version", "py311"),
)
_CONTRACT_HEAD = f"# Made by {GENERATOR} from vendor/ and overlays/. Changes made here are lost.\n"


def write_package(contract: dict[str, Any], folder: Path) -> None:
    """Write `openapi.yaml` and the package into an empty folder; the same bytes every time.

    Raises:
        InputError: the generator could not compile the contract.
    """
    package = folder / PACKAGE
    try:
        _client(generator_view(contract), package)
        params = params_source(contract)
    except RecursionError:
        raise InputError("the documents", "their schemas refer to each other too deeply") from None
    (package / "py.typed").write_bytes(b"")
    (package / "params.py").write_text(params, encoding="utf-8")
    for path in _RUNTIME.glob("*.py"):
        if path.name != "__init__.py":
            (package / path.name).write_text(HEADER + path.read_text(encoding="utf-8"), encoding="utf-8")
    with ThreadPoolExecutor(max_workers=1) as aside:  # the formatter is a process of its own
        formatted = aside.submit(_format, package)
        (folder / "openapi.yaml").write_text(_CONTRACT_HEAD + yaml_io.dump(contract), encoding="utf-8")
        _json(package / "contract.json", contract)
        for name, content in contract_shards(contract).items():
            _json(package / "contract" / name, content)
        formatted.result()


def _json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")


def _client(view: GeneratorView, folder: Path) -> None:
    # Both cost a good part of a second, which `diff` need not pay.
    from openapi_python_client import Project  # noqa: PLC0415
    from openapi_python_client.config import Config, ConfigFile, MetaType  # noqa: PLC0415
    from openapi_python_client.parser import GeneratorData  # noqa: PLC0415
    from openapi_python_client.parser.errors import GeneratorError  # noqa: PLC0415

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
        _rename(parsed, view)
        project = Project(openapi=parsed, config=config, custom_template_path=_TEMPLATES)
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


def _rename(parsed: Any, view: GeneratorView) -> None:
    """Give everything the name that the contract has for it; what the view calls it is Python's name."""
    from openapi_python_client.parser.properties.union import UnionProperty  # noqa: PLC0415
    from openapi_python_client.schema.untrusted_string import UntrustedString  # noqa: PLC0415
    from openapi_python_client.strings import PythonIdentifier  # noqa: PLC0415

    def rename(prop: Any, wire: dict[str, str]) -> None:
        attribute = prop.name.get_untrusted_value()
        object.__setattr__(prop, "python_name", str.__new__(PythonIdentifier, attribute))
        prop.name = UntrustedString(wire[attribute])

    for model in parsed.models:
        for prop in [*model.required_properties, *model.optional_properties]:
            rename(prop, view.classes[model.class_info.name])
    models = {model.class_info.name: model for model in parsed.models}
    collections = {}
    for collection in parsed.endpoint_collections_by_tag.values():
        for endpoint in collection.endpoints:
            function = view.functions[endpoint.name]
            endpoint.name = str.__new__(PythonIdentifier, function.module)
            endpoint.path = UntrustedString(function.path)
            for prop in endpoint.list_all_parameters():
                if prop.name.get_untrusted_value() in function.arguments:
                    rename(prop, function.arguments)
            if function.bodies:
                (body,) = endpoint.bodies
                only = body.prop
                body.prop = UnionProperty(
                    name=only.name,
                    required=only.required,
                    default=None,
                    python_name=only.python_name,
                    description=None,
                    example=None,
                    inner_properties=[evolve(models[name], required=True) for name in function.bodies],
                )
                endpoint.relative_imports |= body.prop.get_imports(prefix="...")
                endpoint.relative_imports |= body.prop.get_lazy_imports(prefix="...")
            collections[function.folder] = collection
    parsed.endpoint_collections_by_tag = collections


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
    """A property of the generator's as if it were required."""
    return evolve(prop, required=True)


def _format(folder: Path) -> None:
    from ruff import find_ruff_bin  # type: ignore[import-untyped]  # noqa: PLC0415 - only who emits needs it

    ruff = find_ruff_bin()
    for command in _FORMATTING:
        done = subprocess.run(  # noqa: S603 - our own formatter on our own output
            [ruff, *command, "--isolated", "--no-cache", "."],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise InputError("the generated code", f"cannot be formatted: {done.stderr}{done.stdout}")
