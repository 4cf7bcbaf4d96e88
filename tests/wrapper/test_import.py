import json
import subprocess
import sys
from importlib.metadata import version
from typing import Any

import pytest

import evolink

HEAVY = ("httpx", "attrs", "attr", "jsonschema_rs", "evolink_api", "typing", "asyncio")


def run(code: Any) -> Any:
    before = "import json, sys\nbefore = set(sys.modules)"
    after = "print(json.dumps(sorted(set(sys.modules) - before)))"
    script = f"{before}\n{code}\n{after}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_importing_the_package_loads_nothing_else() -> None:
    loaded = run("import evolink")

    assert {name.partition(".")[0] for name in loaded} & set(HEAVY) == set()
    assert [name for name in loaded if name.startswith("evolink.")] == []


@pytest.mark.slow
def test_making_a_client_loads_httpx_but_no_generated_code() -> None:
    loaded = run("from evolink import EvoLink\nEvoLink(api_key='k' * 20)")
    own = loaded - run("import httpx._main\nhttpx.Client()")  # which loads trio, where it can be had

    assert "httpx" in loaded
    assert "httpx2" not in loaded
    heavy = [name for name in own if name.startswith(("evolink_api.", "jsonschema_rs", "attr"))]
    assert heavy == ["evolink_api.media_types"]  # a few constants


def test_catching_an_error_loads_no_httpx() -> None:
    assert "httpx" not in run("from evolink import TaskFailed, RateLimited")


def test_the_public_names_are_complete_and_sorted() -> None:
    assert evolink.__all__ == [
        "APIConnectionError",
        "APIError",
        "APIResponseError",
        "APIStatusError",
        "APITimeoutError",
        "ArgumentTypeError",
        "AsyncClock",
        "AsyncEvoLink",
        "AsyncModel",
        "AsyncTask",
        "AuthenticationError",
        "BadRequest",
        "CallbackInvalid",
        "Clock",
        "Conflict",
        "Credits",
        "DeprecatedModelWarning",
        "DownloadError",
        "DownloadStep",
        "DownloadTimeout",
        "ErrorInfo",
        "Event",
        "EvoLink",
        "EvoLinkError",
        "File",
        "FileQuota",
        "IncompleteDownload",
        "InsufficientCredits",
        "InvalidRequest",
        "MissingAPIKey",
        "Model",
        "ModelInfo",
        "NotFound",
        "Parameter",
        "PayloadTooLarge",
        "PermissionDenied",
        "RateLimited",
        "RequestAttempt",
        "RequestRetry",
        "ResultExpired",
        "ServerError",
        "StoredFile",
        "SubmitOutcomeUnknown",
        "Task",
        "TaskCancelled",
        "TaskError",
        "TaskFailed",
        "TaskPolled",
        "TaskSubmitted",
        "TaskTimeout",
        "UnknownModelWarning",
        "UploadedFile",
        "__version__",
        "check_request",
        "models",
    ]
    assert sorted(evolink.__all__) == evolink.__all__


def test_every_public_name_exists_and_is_listed() -> None:
    assert [name for name in evolink.__all__ if getattr(evolink, name) is None] == []
    assert set(evolink.__all__) <= set(dir(evolink))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Evolink'"):
        _ = evolink.Evolink


def test_the_version_is_that_of_the_distribution() -> None:
    assert evolink.__version__ == version("evolink-client")
