"""Jobs: read one by one, checked against the contract, and kept on disk until all are known."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from evolink_api.local_files import File

from .._contract import index
from .._contract.models import model_infos, model_operations
from .._core import overrides
from .._core.errors import InvalidRequest
from .._http import validation
from .._http.bodies import as_json
from . import naming
from .errors import InvalidJobs, JobFault
from .formats import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType
    from typing import Self

    from .._contract.index import APIOperation
    from .formats import JobSource, Line

_ID, _OUTPUT, _MODEL = "id", "output", "model"
_LONGEST_ID = 200
# More than this goes to the disk.
_IN_MEMORY = 4 * 1024 * 1024


class Job(NamedTuple):
    """A job that is ready to be queued."""

    line: int
    id: str
    output: str
    # As JSON text.
    body: str


class Plan(NamedTuple):
    """What a run would do.

    Attributes:
        total: The number of jobs.
        models: The number of jobs for each model.
        credits: The documented credits of all jobs whose models state them.
        unpriced: The number of jobs for each model that states no credits.
    """

    total: int
    models: dict[str, int]
    credits: float
    unpriced: dict[str, int]


class JobSet:
    """All jobs of a run, checked; a context manager that drops them again.

    Attributes:
        fingerprint: The same for the same jobs in the same order, whatever their format.
    """

    def __init__(self, source: JobSource) -> None:
        """Read and check all jobs.

        Args:
            source: As for `formats.read_lines`.

        Raises:
            InvalidJobs: Some are not valid.
            BulkError: They cannot be read.
        """
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - closed by __exit__
            max_size=_IN_MEMORY, mode="w+", encoding="utf-8", newline="\n"
        )
        self._models: Counter[str] = Counter()
        self._digest = hashlib.sha256()
        try:
            faults = self._read(source)
        except BaseException:
            self._file.close()
            raise
        if faults:
            self._file.close()
            raise InvalidJobs(_name_of(source), faults)
        self.fingerprint: str = self._digest.hexdigest()

    def _read(self, source: JobSource) -> Sequence[JobFault]:
        """Keep the jobs of a source on disk; returns what is wrong with them."""
        checker = _Checker()
        for line in read_lines(source, _schema_of):
            job = checker.job(line)
            if job is None:
                continue
            body = json.loads(job.body)
            text = json.dumps([job.id, job.output, body], sort_keys=True)
            self._digest.update(text.encode() + b"\n")
            json.dump(job, self._file)
            self._file.write("\n")
            self._models[body[_MODEL]] += 1
        if not self._models and not checker.faults:
            checker.faults.append(JobFault(1, "there are no jobs"))
        return checker.faults

    @property
    def prices(self) -> dict[str, float | None]:
        """The documented credits of one task of each model."""
        return {model: model_infos()[model].credits for model in self._models}

    @property
    def plan(self) -> Plan:
        """What a run of them would do."""
        prices = self.prices
        return Plan(
            self._models.total(),
            dict(self._models),
            sum(count * (prices[model] or 0) for model, count in self._models.items()),
            {model: count for model, count in self._models.items() if prices[model] is None},
        )

    def __len__(self) -> int:
        return self._models.total()

    def __iter__(self) -> Iterator[Job]:
        self._file.seek(0)
        for line in self._file:
            yield Job(*json.loads(line))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()


class _Checker:
    """Checks lines one after the other, and gathers what is wrong."""

    def __init__(self) -> None:
        self.faults: list[JobFault] = []
        self._ids: dict[str, int] = {}
        self._names = naming.Names()

    def job(self, line: Line) -> Job | None:
        """The job of a line; None if it is not valid."""
        before = len(self.faults)
        if line.fault is not None:
            self._add(line.number, line.fault)
            return None
        if not isinstance(line.value, Mapping):
            self._add(line.number, "must be an object: a body with, if wanted, `id` and `output`")
            return None
        body = dict(line.value)
        job_id = self._id(line.number, body.pop(_ID, None))
        output = self._output(line.number, job_id, body.pop(_OUTPUT, None))
        text = self._body(line.number, job_id, body)
        return Job(line.number, job_id, output, text) if len(self.faults) == before else None

    def _id(self, number: int, given: object) -> str:
        if isinstance(given, int) and not isinstance(given, bool):
            given = str(given)
        if given is None:
            given = f"job-{number}"
        if not isinstance(given, str) or not 0 < len(given) <= _LONGEST_ID or not given.isprintable():
            self._add(number, f"id: must be printable text of at most {_LONGEST_ID} characters", _ID)
            return f"job-{number}"
        other = self._ids.setdefault(given, number)
        if other != number:
            self._add(number, f"id: {given!r} is the id of line {other} too", _ID, given)
        return given

    def _output(self, number: int, job_id: str, given: object) -> str:
        if given is None:
            given = naming.output_of(job_id)
        elif not isinstance(given, str) or not given.isprintable():
            self._add(number, "output: must be printable text", _OUTPUT, job_id)
            return ""
        elif (fault := naming.output_fault(given)) is not None:
            self._add(number, f"output: {fault}", _OUTPUT, job_id)
            return given
        other = self._names.take(given, number)
        if other is not None and other != number:
            self._add(number, f"output: {given!r} would be a file of line {other} too", _OUTPUT, job_id)
        return given

    def _body(self, number: int, job_id: str, body: dict[str, Any]) -> str:
        if _has_file(body):
            self._add(number, "a job holds links: upload local files first, with client.files.upload")
            return ""
        try:
            value = as_json(body)
            model = value.get(_MODEL)
            operation = operation_of(model)
            if operation is None:
                self._add(number, _model_fault(model), _MODEL, job_id)
                return ""
            validation.check(operation, value, allow_local=overrides.current().allow_local_callbacks)
        except InvalidRequest as error:
            for violation in error.violations:
                self._add(number, violation.message, violation.path, job_id)
            if not error.violations:
                self._add(number, str(error), error.param, job_id)
            return ""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def _add(self, number: int, message: str, param: str | None = None, job_id: str | None = None) -> None:
        self.faults.append(JobFault(number, message, param, job_id))


def check(jobs: JobSource) -> Plan:
    """Check jobs as `client.bulk.run` does, without a key and without sending anything.

    Args:
        jobs: As for `client.bulk.run`.

    Raises:
        InvalidJobs: Some are not valid.
        BulkError: They cannot be read.
    """
    with JobSet(jobs) as checked:
        return checked.plan


def operation_of(model: object) -> APIOperation | None:
    """The operation that starts tasks of a model."""
    return model_operations().get(model) if isinstance(model, str) else None


def _has_file(value: object) -> bool:
    """Whether there is a local file in a body."""
    if isinstance(value, Mapping):
        return any(_has_file(each) for each in value.values())
    if isinstance(value, (list, tuple)):
        return any(_has_file(each) for each in value)
    return isinstance(value, (os.PathLike, File))


def _model_fault(model: object) -> str:
    known = model_operations()
    if not isinstance(model, str):
        return f"{_MODEL}: must be the name of a model, one of {', '.join(known)}"
    nearest = index.suggest(model, known)
    hint = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
    return f"{_MODEL}: the contract has no model {model!r}{hint}"


def _schema_of(model: object) -> Mapping[str, Any] | None:
    operation = operation_of(model)
    return operation.body_schema(model) if operation is not None and isinstance(model, str) else None


def _name_of(source: object) -> str:
    name = getattr(source, "name", source)
    return str(name) if isinstance(name, str) or hasattr(name, "__fspath__") else "jobs"
