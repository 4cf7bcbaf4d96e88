"""JOBS in all formats, and what is said of faults in them."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from bulk.conftest import bodies

from evolink import EvoLink, bulk
from evolink.bulk import naming
from evolink.bulk.formats import cell_value
from evolink.bulk.jobs import JobSet


def as_jsonl(jobs: list[dict[str, Any]]) -> bytes:
    return "\n".join(json.dumps(job) for job in jobs).encode()


def as_csv(jobs: list[dict[str, Any]]) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, sorted({name for job in jobs for name in job}))
    writer.writeheader()
    writer.writerows(
        {name: value if isinstance(value, str) else json.dumps(value) for name, value in job.items()}
        for job in jobs
    )
    return file.getvalue().encode()


def faults(source: Any) -> list[str]:
    with pytest.raises(bulk.InvalidJobs) as caught:
        bulk.check(source)
    return [str(fault) for fault in caught.value.faults]


def test_formats_mean_the_same(tmp_path: Path) -> None:
    jobs = [{**body, "id": f"n{number}"} for number, body in enumerate(bodies(3))]
    sources: list[Any] = [jobs, iter(jobs), io.BytesIO(as_jsonl(jobs)), io.BytesIO(as_csv(jobs))]
    for suffix, write in ((".jsonl", as_jsonl), (".csv", as_csv), (".ndjson", as_jsonl)):
        path = tmp_path / f"jobs{suffix}"
        path.write_bytes(b"\xef\xbb\xbf" + write(jobs))
        sources += [path, str(path)]
    prints = set()
    for source in sources:
        with JobSet(source) as checked:
            prints.add(checked.fingerprint)
            assert [job.id for job in checked] == ["n0", "n1", "n2"]
    assert len(prints) == 1


def test_order_and_content_change_the_fingerprint() -> None:
    jobs = bodies(3)
    prints = set()
    for variant in (jobs, jobs[::-1], jobs[:2], [{**jobs[0], "output": "x"}, *jobs[1:]]):
        with JobSet(variant) as checked:
            prints.add(checked.fingerprint)
    assert len(prints) == 4


def test_all_faults_are_reported_with_their_lines() -> None:
    good, other = bodies(2)
    lines = [
        json.dumps(good),
        "",
        "{",
        "[]",
        json.dumps({**other, "model": "nothing"}),
        json.dumps({**other, "prompt": 1, "zzz": 2}),
        json.dumps({**other, "id": "job-1"}),
        '{"x": NaN}',
    ]
    found = faults(io.BytesIO("\n".join(lines).encode()))
    assert [fault.partition(":")[0] for fault in found] == [
        f"line {number}" for number in (3, 4, 5, 6, 6, 7, 8)
    ]
    assert "not JSON" in found[0]
    assert "must be an object" in found[1]
    assert "no model 'nothing'" in found[2]
    assert "line 1 too" in found[5]


def test_plan_tells_what_is_known_of_the_cost() -> None:
    with EvoLink(api_key="sk-test-0123456789") as client:
        priced = next(info for info in client.models.values() if info.credits and info.examples)
        unpriced = next(info for info in client.models.values() if not info.credits and info.examples)
    jobs = [priced.examples[0], {**priced.examples[0]}, unpriced.examples[0]]
    plan = bulk.check(jobs)
    assert (plan.total, plan.credits) == (3, 2 * (priced.credits or 0))
    assert plan.unpriced == {unpriced.id: 1}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b'{"model": ' + b'{"a":' * 700 + b"1" + b"}" * 701, "nested too deeply"),
        (b"", "there are no jobs"),
        (b"model,prompt\nsora-2", "has 1 cells, not 2"),
        (b"model,model\n", "a name of its own"),
        (b"model;prompt\nsora-2;x", "separated by commas"),
        (b'model,prompt\nsora-2,"x', "line 2: is not CSV"),
        (b"\nmodel,model\n", "line 2: each column"),
        (b"model,prompt\nsora-2,K\xe4se", "line 2: is not UTF-8 text"),
        (b'{"model": "K\xe4se"}\n{', "line 1: is not UTF-8 text"),
        ('{"model": "x"}\n{}'.encode("utf-16"), "line 1: is not UTF-8 text"),
        ("model,prompt\nx,y".encode("utf-16-le"), "line 1: is not UTF-8 text"),
    ],
)
def test_unreadable_stream_is_reported(source: bytes, words: str) -> None:
    (found,) = faults(io.BytesIO(source))
    assert words in found


def test_empty_lines_before_a_table_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_bytes(b"\r\n\n" + as_csv(bodies(2)))
    assert bulk.check(path).total == 2


def test_source_without_jobs_is_reported() -> None:
    with pytest.raises(bulk.InvalidJobs, match=r"^jobs: there are no jobs$"):
        bulk.check([])


@pytest.mark.parametrize("source", ["nothing.jsonl", "nothing.txt"])
def test_unreadable_file_is_reported(source: str) -> None:
    with pytest.raises(bulk.BulkError, match="nothing"):
        bulk.check(source)


@pytest.mark.parametrize("source", [b"{}", {"model": "x"}, 7, io.StringIO("{}")])
def test_wrong_type_is_reported(source: Any) -> None:
    with pytest.raises(TypeError, match="jobs"):
        bulk.check(source)


@pytest.mark.parametrize(
    ("cell", "types", "value"),
    [
        ("7", {"integer"}, 7),
        ("7", {"string"}, "7"),
        ("7", {"integer", "string"}, 7),
        ("auto", {"integer", "string"}, "auto"),
        ("true", {"boolean"}, True),
        ("https://example.com/a.png", {"array"}, ["https://example.com/a.png"]),
        ('["a", "b"]', {"array"}, ["a", "b"]),
        ("x", set(), "x"),
        ("x", {"integer"}, "x"),
    ],
)
def test_cell_gets_its_documented_type(cell: str, types: set[str], value: Any) -> None:
    assert cell_value(cell, types) == value


@pytest.mark.parametrize(
    "output", ["", "/a", "a/", "../a", "a/../b", "a/./b", ".a", "a//b", "a:b", "con", "NUL.mp4", "a.", "a\\b",
               "x" * 121, "results.jsonl", "a\nb"]
)  # fmt: skip
def test_unsafe_output_is_refused(output: str) -> None:
    (found,) = faults([{**bodies(1)[0], "output": output}])
    assert "output" in found


@pytest.mark.parametrize("pair", [("a", "A"), ("a.mp4", "A.mp4"), ("a", "a.mp4"), ("b/a.mp4", "b/a")])
def test_outputs_of_one_file_are_refused(pair: tuple[str, str]) -> None:
    jobs = [{**body, "output": output} for body, output in zip(bodies(2), pair, strict=True)]
    (found,) = faults(jobs)
    assert "a file of line 1 too" in found


def test_different_suffixes_are_different_files() -> None:
    jobs = [{**body, "output": output} for body, output in zip(bodies(2), ("a.mp4", "a.mov"), strict=True)]
    assert bulk.check(jobs).total == 2


@pytest.mark.parametrize("job_id", ["../../etc/passwd", "con", "Ä b/c", "." * 9, "x" * 200])
def test_any_id_makes_a_safe_name(job_id: str) -> None:
    assert naming.output_fault(naming.output_of(job_id)) is None
    assert bulk.check([{**bodies(1)[0], "id": job_id}]).total == 1


def test_local_file_is_refused_with_advice() -> None:
    (found,) = faults([{**bodies(1)[0], "image_urls": [Path("cat.png")]}])
    assert "files.upload" in found
    found = "".join(faults([{**bodies(1)[0], "image_urls": ["cat.png"]}]))
    assert "evolink-client upload" in found
    assert "pathlib" not in found


@pytest.mark.parametrize("prompt", ["[" * 600 + "]" * 600, '{"a": [1.0, "[2]"]}', "9" * 4400, "NaN"])
def test_prompt_that_looks_like_json_is_text(prompt: str) -> None:
    body = {**bodies(1)[0], "prompt": prompt}
    with JobSet([body]) as checked:
        (job,) = checked
    assert json.loads(job.body) == body


@pytest.mark.parametrize("job_id", ["", "x" * 201, "a\nb", 1.5, True])
def test_wrong_id_is_reported(job_id: Any) -> None:
    assert "id: must be" in faults([{**bodies(1)[0], "id": job_id}])[0]
