"""The example that is written in another language."""

from pathlib import Path

from example_apps import output_of_tests


def test_application_in_node_is_tested_offline(tmp_path: Path) -> None:
    assert "3 passed" in output_of_tests(tmp_path, "node_app*")
