"""An editor completes the ids of the models and exactly the parameters of each, and shows their texts."""

from collections.abc import Iterator

import pytest
from contract.catalog import OPTIONS, Model, keyword_models, models
from language_server import LanguageServer

PROGRAM = """\
from evolink import EvoLink


def call(client: EvoLink) -> None:
    {}
"""

# An editor takes some time for each answer: of many models, a few from all over the contract.
SOME = keyword_models()[:: max(1, len(keyword_models()) // 6)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    with LanguageServer(tmp_path_factory.mktemp("editor") / "program.py") as server:
        yield server


def first_line(model: Model, name: str) -> str:
    return str(model.schema["properties"][name].get("description", "")).partition("\n")[0]


def test_ids_are_completed(server: LanguageServer) -> None:
    found = server.completions(PROGRAM.format('client.models["|"]'))

    assert {label.strip("\"'") for label in found} == {model.name for model in models()}


@pytest.mark.parametrize("method", ["create", "generate"])
@pytest.mark.parametrize("model", SOME, ids=lambda model: model.name)
def test_parameters_of_the_model_are_completed(server: LanguageServer, model: Model, method: str) -> None:
    found = server.completions(PROGRAM.format(f'client.models["{model.name}"].{method}(|)'))

    offered = {label.removesuffix("=") for label in found if label.endswith("=")}
    options = OPTIONS if method == "generate" else OPTIONS - {"poll_interval", "on_update"}
    assert offered == model.schema["properties"].keys() - {"model"} | options


@pytest.mark.parametrize("model", SOME, ids=lambda model: model.name)
def test_hovering_shows_the_description(server: LanguageServer, model: Model) -> None:
    for name in model.schema["properties"].keys() - {"model"}:
        shown = server.hover(PROGRAM.format(f'client.models["{model.name}"].create(|{name}=None)'))
        assert " ".join(first_line(model, name).split()) in " ".join(shown.split())
    shown = server.hover(PROGRAM.format(f'client.models["{model.name}"].create(|timeout=5)'))
    assert "in seconds" in shown
