"""`generate`: the same bytes every time, nothing left behind, and a check that names what is out of date."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from codegen.builders import generation, operation, outline
from document_tree import files_of

from evolink_codegen.cli import main
from evolink_codegen.project import Project

ROOT = Path(__file__).parents[2]
TEXT = {"type": "string"}
TASK = {"type": "object", "properties": {"id": TEXT, "status": TEXT}}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of two generations and a query, generated."""
    root = tmp_path_factory.mktemp("small")
    vendor = root / "openapi" / "vendor"
    vendor.mkdir(parents=True)
    (root / "openapi" / "overlays").mkdir()
    for slug in ("one", "two"):
        tree = generation(
            {"const": f"{slug}-1"},
            size={"enum": ["a", "b"]},
            box={"type": "object", "properties": {"x": TEXT}},
        )
        (vendor / f"{slug}.yaml").write_text(yaml.safe_dump(tree))
    query = outline({"/v1/tasks/{id}": {"get": operation(None, TASK)}})
    (vendor / "query.yaml").write_text(yaml.safe_dump(query))
    Project(root).generate()
    return root


@pytest.fixture
def checkout(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, as the current folder."""
    root = tmp_path / "checkout"
    shutil.copytree(small, root)
    monkeypatch.chdir(root / "openapi" / "vendor")
    return root


def check(capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    code = main(["generate", "--check"])
    output = capsys.readouterr().out.splitlines()
    return code, [line.removeprefix("out of date: ") for line in output if line.startswith("out of date: ")]


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["0", "4242"])
def test_output_is_reproducible(checkout: Path, seed: str) -> None:
    before = files_of(checkout)
    shutil.rmtree(checkout / "generated")
    command = [sys.executable, "-m", "evolink_codegen", "generate"]
    subprocess.run(command, cwd=checkout, check=True, env={"PYTHONHASHSEED": seed, "PATH": ""})
    assert files_of(checkout) == before


def test_check_passes_after_generate(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files_of(checkout)
    assert check(capsys) == (0, [])
    assert files_of(checkout) == before


def test_check_names_what_differs(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = checkout / "generated" / "evolink_api"
    (package / "client.py").write_text("# edited\n")
    (package / "py.typed").unlink()
    (package / "models" / "left_over.py").write_text("")
    (checkout / "openapi" / "openapi.yaml").unlink()
    before = files_of(checkout)
    code, named = check(capsys)
    assert code == 1
    assert named == [
        "openapi/openapi.yaml",
        "generated/evolink_api/client.py",
        "generated/evolink_api/models/left_over.py",
        "generated/evolink_api/py.typed",
    ]
    assert files_of(checkout) == before


def test_left_over_files_are_removed(checkout: Path) -> None:
    before = files_of(checkout)
    (checkout / "generated" / "evolink_api" / "models" / "left_over.py").write_text("")
    assert main(["generate"]) == 0
    assert files_of(checkout) == before


def test_output_of_removed_document_is_removed(checkout: Path) -> None:
    path = checkout / "openapi" / "vendor" / "two.yaml"
    data = path.read_bytes()
    before = files_of(checkout)
    path.unlink()
    assert main(["generate"]) == 0
    removed = set(before) - set(files_of(checkout))
    assert {Path(name).name for name in removed} >= {"two.yaml", "two_request.py", "two-1.json", "two_box.py"}
    left = checkout / "generated"
    assert not [path for path in left.rglob("*") if path.is_file() and b"two-1" in path.read_bytes()]
    path.write_bytes(data)
    assert main(["generate"]) == 0
    assert files_of(checkout) == before


def test_every_module_has_a_header(checkout: Path) -> None:
    for path in (checkout / "generated").rglob("*.py"):
        assert path.read_text("utf-8").startswith("# Made by evolink_codegen")


@pytest.mark.slow
def test_one_model_loads_one_module(checkout: Path) -> None:
    program = (
        "import sys, evolink_api.models as m, evolink_api.api.videos.create_videos_generations\n"
        "m.OneRequest\n"
        "print(*sorted(n for n in sys.modules if '_request' in n))"
    )
    command = [sys.executable, "-c", program]
    environment = {"PYTHONPATH": str(checkout / "generated")}
    done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    names = ("one_request", "one_request_size")
    assert done.stdout.split() == [f"evolink_api.models.{name}" for name in names]


def test_stale_overlay_fails_the_check(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    overlays = checkout / "openapi" / "overlays"
    action = {"target": "$.nowhere", "update": {"x": 1}}
    for name, extends in (("one.x", "../vendor/one.yaml"), ("gone.x", "../vendor/gone.yaml")):
        tree = {"overlay": "1.0.0", "extends": extends, "actions": [action]}
        (overlays / f"{name}.yaml").write_text(yaml.safe_dump(tree))
    assert main(["generate"]) == 0
    said = capsys.readouterr().err
    assert "openapi/overlays/one.x.yaml: $.nowhere: matches nothing" in said
    assert "openapi/overlays/gone.x.yaml: there is no document 'gone'" in said
    assert check(capsys) == (1, [])


def test_overlay_of_the_merged_contract(checkout: Path) -> None:
    action = {"target": "$.paths['/v1/videos/generations'].post", "update": {"x-note": {"n": 1}}}
    tree = {"overlay": "1.0.0", "actions": [action, {"target": "$.nowhere", "remove": True}]}
    (checkout / "openapi" / "overlays" / "all.note.yaml").write_text(yaml.safe_dump(tree))
    built = Project(checkout).build()
    assert built.contract["paths"]["/v1/videos/generations"]["post"]["x-note"] == {"n": 1}
    assert built.stale == ["openapi/overlays/all.note.yaml: $.nowhere: matches nothing"]


def test_readme_lists_the_models(project: Path) -> None:
    readme = project / "README.md"
    readme.write_text(
        "# R\n\n<!-- models: made by `make generate` -->\nold\n<!-- end -->\n\nMore.\n", encoding="utf-8"
    )
    (project / "a.yaml").write_text(json.dumps(generation({"const": "a_1"})), encoding="utf-8")
    assert main(["vendor", "a.yaml"]) == 0
    assert main(["generate", "--check"]) == 1
    assert main(["generate"]) == 0
    assert "-->\n\n| Model |" in readme.read_text(encoding="utf-8")
    assert "| a\\_1 | video | - |\n\n<!-- end -->\n\nMore.\n" in readme.read_text(encoding="utf-8")
    assert main(["generate", "--check"]) == 0


def test_interrupt_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("evolink_codegen.cli._generate", interrupt)
    assert main(["generate"]) == 130
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("evolink_codegen: interrupted")
