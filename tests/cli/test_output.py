"""What stays on the terminal, and how wide it is."""

import io

import pytest

from evolink.cli import tables
from evolink.cli.output import Output
from evolink.cli.settings import Settings
from evolink.cli.text import amount, cells, cut

LONG = "a text that is wider than any terminal of the tests"


def test_wide_letters_take_two_columns() -> None:
    assert [cells(text) for text in ("cat", "猫", "e\u0301")] == [3, 2, 1]
    assert cut("猫猫猫", 5) == "猫猫…"
    assert cut("cat", 3) == "cat"


def test_credits_have_all_their_digits() -> None:
    assert [amount(each) for each in (288.0, 1234567.5, 0.1 + 0.2)] == ["288", "1234567.5", "0.3"]


def test_columns_are_aligned_and_only_texts_are_cut() -> None:
    rows = [("猫", "video", LONG), ("cat", "v", "short")]
    assert list(tables.columns(rows)) == [f"猫   video  {LONG}", "cat  v      short"]
    assert list(tables.columns(rows, 40)) == ["猫   video  a text that is wider than a…", "cat  v      short"]
    assert list(tables.columns([(LONG, "2026-01-01")], 20)) == [f"{LONG}  2026-01-01"]


def test_empty_columns_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    Output(Settings()).table(("A", "B", "C"), [("1", "", "2"), ("3", "", "4")])
    assert capsys.readouterr().out == "1  2\n3  4\n"


def test_status_gives_way_to_what_stays(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "10")
    output = Output(Settings())
    output.status("0123456789")
    output.warn("Warning")
    output.note("note")
    assert capsys.readouterr().err == "\r\x1b[K01234567…\r\x1b[KWarning\nnote\n"


@pytest.mark.parametrize(("typed", "end"), [("y\n", ""), ("y", "\n"), ("", "\n"), ("no\n", "")])
def test_question(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, typed: str, end: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert Output(Settings()).confirm("Go on?") == typed.startswith("y")
    assert capsys.readouterr().err == f"Go on? [y/N] {end}"
