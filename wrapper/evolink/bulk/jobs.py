"""Jobs: read one by one, checked against the contract, and kept on disk until all are known."""

from __future__ import annotations

import hashlib
import json
import os
import re
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
from .errors import NO_JOBS, InvalidJobs, JobFault
from .formats import read_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Self

    from .._contract.index import APIOperation
    from .formats import JobSource, Line

_ID, _OUTPUT, _MODEL = "id", "output", "model"
_LONGEST_ID = 200
# More than this goes to the disk.
_IN_MEMORY = 4 * 1024 * 1024
# A job is JSON, and lives longer than a file may.
_LOCAL_FILE = re.compile(r"a local file is given as pathlib\.Path\(.*\)")
_UPLOAD = "upload a local file first, with `evolink-client upload` or client.files.upload"


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
        fingerprint: The same for the same jobs in the same order, whatever their format and whatever the
            contract says of them.
    """

    def __init__(self, source: JobSource, *, is_known: Callable[[str], bool] | None = None) -> None:
        """Read and check all jobs.

        Args:
            source: As for `formats.read_lines`.
            is_known: Whether there is a run of the jobs of a fingerprint: it goes on, though the contract has
                changed and refuses some of them now.

        Raises:
            InvalidJobs: Some are not valid.
            BulkError: They cannot be read.
        """
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - closed by __exit__
            max_size=_IN_MEMORY, mode="w+", encoding="utf-8", newline="\n"
        )
        self._models: Counter[str] = Counter()
        self._digest = hashlib.sha256()
        checker = _Checker()
        try:
            self._read(source, checker)
            self.fingerprint: str = self._digest.hexdigest()
            is_refused = bool(checker.faults) and (
                checker.is_malformed or is_known is None or not is_known(self.fingerprint)
            )
        except BaseException:
            self._file.close()
            raise
        if is_refused:
            self._file.close()
            raise InvalidJobs(_name_of(source), checker.faults)

    def _read(self, source: JobSource, checker: _Checker) -> None:
        """Keep the jobs of a source on disk."""
        for line in read_lines(source, _schema_of):
            job = checker.job(line)
            if job is None:
                continue
            body = json.loads(job.body)
            try:
                content = _canonical(body)
            except RecursionError:  # of JSON, then: cells are not nested like that
                content = body
            text = json.dumps([job.id, job.output, content], sort_keys=True)
            self._digest.update(text.encode() + b"\n")
            json.dump(job, self._file)
            self._file.write("\n")
            self._models[str(body.get(_MODEL))] += 1
        if not self._models and not checker.faults:
            checker.malformed(1, NO_JOBS)

    @property
    def prices(self) -> dict[str, float | None]:
        """The documented credits of one task of each model."""
        infos = model_infos()
        return {model: infos[model].credits if model in infos else None for model in self._models}

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
    """Checks lines one after the other, and gathers what is wrong.

    Attributes:
        faults: All that is.
        is_malformed: Whether any of it makes a line no job, whatever the contract says.
    """

    def __init__(self) -> None:
        self.faults: list[JobFault] = []
        self.is_malformed = False
        self._ids: dict[str, int] = {}
        self._names = naming.Names()

    def malformed(
        self, number: int, message: str, param: str | None = None, job_id: str | None = None
    ) -> None:
        """Note that a line is not a job."""
        self.is_malformed = True
        self.faults.append(JobFault(number, message, param, job_id))

    def job(self, line: Line) -> Job | None:
        """The job of a line, which the contract may refuse; None if it is none."""
        before = len(self.faults)
        if line.fault is not None:
            self.malformed(line.number, line.fault)
            return None
        if not isinstance(line.value, Mapping):
            self.malformed(line.number, "must be an object: a body with, if wanted, `id` and `output`")
            return None
        body = dict(line.value)
        job_id = self._id(line.number, body.pop(_ID, None))
        output = body.pop(_OUTPUT, None)
        is_id_to_blame = output is None and self._ids.get(job_id, line.number) != line.number
        output = "" if is_id_to_blame else self._output(line.number, job_id, output)
        try:
            value = self._body(line.number, job_id, body)
            is_job = len(self.faults) == before
            if value is not None:
                self._check(line.number, job_id, value)
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        except RecursionError:
            self.malformed(line.number, "is nested too deeply")
            return None
        return Job(line.number, job_id, output, text) if is_job else None

    def _id(self, number: int, given: object) -> str:
        if isinstance(given, int) and not isinstance(given, bool):
            given = str(given)
        if given is None:
            given = f"job-{number}"
        if not isinstance(given, str) or not 0 < len(given) <= _LONGEST_ID or not given.isprintable():
            self.malformed(number, f"id: must be printable text of at most {_LONGEST_ID} characters", _ID)
            return f"job-{number}"
        other = self._ids.setdefault(given, number)
        if other != number:
            self.malformed(number, f"id: {given!r} is the id of line {other} too", _ID, given)
        return given

    def _output(self, number: int, job_id: str, given: object) -> str:
        if given is None:
            given = naming.output_of(job_id)
        elif not isinstance(given, str) or not given.isprintable():
            self.malformed(number, "output: must be printable text", _OUTPUT, job_id)
            return ""
        elif (fault := naming.output_fault(given)) is not None:
            self.malformed(number, f"output: {fault}", _OUTPUT, job_id)
            return given
        other = self._names.take(given, number)
        if other is not None and other != number:
            self.malformed(number, f"output: {given!r} would be a file of line {other} too", _OUTPUT, job_id)
        return given

    def _body(self, number: int, job_id: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """The body as JSON values; None if it has others."""
        if _has_file(body):
            self.malformed(number, "a job holds links: upload local files first, with client.files.upload")
            return None
        try:
            value: dict[str, Any] = as_json(body)
        except InvalidRequest as error:
            self.malformed(number, str(error), error.param, job_id)
            return None
        return value

    def _check(self, number: int, job_id: str, value: dict[str, Any]) -> None:
        """Hold a body against the contract."""
        model = value.get(_MODEL)
        operation = operation_of(model)
        if operation is None:
            self.faults.append(JobFault(number, _model_fault(model), _MODEL, job_id))
            return
        try:
            validation.check(operation, value, allow_local=overrides.current().allow_local_callbacks)
        except InvalidRequest as error:
            for violation in error.violations:
                message = _LOCAL_FILE.sub(_UPLOAD, violation.message)
                self.faults.append(JobFault(number, message, violation.path, job_id))
            if not error.violations:
                self.faults.append(JobFault(number, str(error), error.param, job_id))


def operation_of(model: object) -> APIOperation | None:
    """The operation that starts tasks of a model."""
    return model_operations().get(model) if isinstance(model, str) else None


def _canonical(value: Any) -> Any:
    """A value without what only the contract tells: which type a cell of CSV has."""
    if isinstance(value, str):
        try:
            return _canonical(json.loads(value))
        except (ValueError, RecursionError):
            return value
    if isinstance(value, dict):
        return {name: _canonical(each) for name, each in value.items()}
    if isinstance(value, list):
        values = [_canonical(each) for each in value]
        return values[0] if len(values) == 1 else values
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _has_file(value: object) -> bool:
    """Whether there is a local file in a body."""
    if isinstance(value, Mapping):
        return any(_has_file(each) for each in value.values())
    if isinstance(value, (list, tuple)):
        return any(_has_file(each) for each in value)
    return isinstance(value, (os.PathLike, File))


def _model_fault(model: object) -> str:
    known = model_operations()
    what = f"the contract has no model {model!r}" if isinstance(model, str) else "must be the name of a model"
    return f"{_MODEL}: {what}; {index.model_hint(model, known)}"


def _schema_of(model: object) -> Mapping[str, Any] | None:
    operation = operation_of(model)
    return operation.body_schema(model) if operation is not None and isinstance(model, str) else None


def _name_of(source: object) -> str:
    name = getattr(source, "name", source)
    return str(name) if isinstance(name, str) or hasattr(name, "__fspath__") else "jobs"
