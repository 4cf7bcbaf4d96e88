"""What a shell is told when somebody presses Tab."""

from typing import Any

import pytest

from evolink import models
from evolink.cli.app import cli as root

FIRST = next(iter(models))
UPSCALE = ["generate", "topaz-video-upscale", "--model-params", "upscale_factor"]


def completed(cli: Any, monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    """The completions of the last word, as fish gets them without their texts."""
    monkeypatch.setenv("_EVOLINK_CLIENT_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(["evolink-client", *words]))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    ended = cli()
    return [line.partition(",")[2] or line for line in ended.out.splitlines()]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_of_a_shell(cli: Any, shell: str) -> None:
    ended = cli("completion", shell)
    assert ended.code == 0
    assert f"_EVOLINK_CLIENT_COMPLETE={shell}_complete" in ended.out.replace(" ", "")
    assert ("-o nospace" in ended.out) == (shell == "bash")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["ge"], ["generate"]),
        (["tasks", "d"], ["download"]),
        (["models", "show", FIRST[:-1]], [name for name in models if name.startswith(FIRST[:-1])]),
        (["generate", FIRST], [name for name in models if name.startswith(FIRST)]),
        (["generate", "sora-2", "--asp"], ["--aspect-ratio"]),
        (["generate", "sora-2", "--aspect-ratio", "16"], ["16:9"]),
        (["generate", "sora-2", "--remove-watermark", "f"], ["false"]),
        (["generate", "topaz-video-upscale", "--model-params", "up"], ["upscale_factor="]),
        (["generate", "sora-2", "--max-c"], ["--max-credits"]),
        # Bash breaks words at = and :, and replaces the last part alone.
        (["generate", "sora-2", "--aspect-ratio", "=", "16"], ["16:9"]),
        (["generate", "sora-2", "--aspect-ratio", "16", ":"], ["9"]),
        ([*UPSCALE, "="], ["1", "2", "4"]),
        ([*UPSCALE, "=", "2"], ["2"]),
    ],
)
def test_completion(cli: Any, monkeypatch: pytest.MonkeyPatch, words: list[str], expected: list[str]) -> None:
    assert completed(cli, monkeypatch, *words) == expected


def test_files_are_completed_where_files_may_be_given(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_EVOLINK_CLIENT_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "evolink-client generate sora-2 --image-urls ca")
    monkeypatch.setenv("COMP_CWORD", "4")
    assert cli().out == "file,ca\n"


def test_models_are_all_completed(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert completed(cli, monkeypatch, "generate", "") == list(models)
    assert root.name == "evolink-client"
