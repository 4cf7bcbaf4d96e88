"""`client.models`: what the contract says of each model, with its own `create` and `generate`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from evolink_api.model_info import ModelInfo

from .._contract import models
from .._core.errors import InvalidRequest
from .generations import AsyncGenerations, Generations
from .signatures import described

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from .._http.client_base import BaseClient
    from .._tasks.task import AsyncTask, Task

# The field of a body that selects the model.
_MODEL = "model"


class Model(ModelInfo):
    """A model, and how to start its tasks."""

    def __init__(self, client: BaseClient, model: str) -> None:
        super().__init__(**models.arguments(model))
        self._generations = Generations(client, [models.model_operations()[model]])

    @described
    def create(
        self,
        request: object = None,
        /,
        *,
        timeout: float | httpx.Timeout | None = None,
        idempotency_key: str | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> Task:
        """Submit a task; as `client.<resource>.create` with this model."""
        return self._generations.create(
            request,
            timeout=timeout,
            idempotency_key=idempotency_key,
            extra_headers=extra_headers,
            extra_query=extra_query,
            extra_body=extra_body,
            **_with_model(self.id, request, params),
        )

    @described
    def generate(
        self,
        request: object = None,
        /,
        *,
        timeout: float | None = None,
        idempotency_key: str | None = None,
        poll_interval: float | None = None,
        on_update: Callable[[Task], object] | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> Task:
        """Submit a task and wait until it is completed; as `client.<resource>.generate` with this model."""
        return self._generations.generate(
            request,
            timeout=timeout,
            idempotency_key=idempotency_key,
            poll_interval=poll_interval,
            on_update=on_update,
            extra_headers=extra_headers,
            extra_query=extra_query,
            extra_body=extra_body,
            **_with_model(self.id, request, params),
        )


class AsyncModel(ModelInfo):
    """A model of an `AsyncEvoLink`, and how to start its tasks."""

    def __init__(self, client: BaseClient, model: str) -> None:
        super().__init__(**models.arguments(model))
        self._generations = AsyncGenerations(client, [models.model_operations()[model]])

    @described
    async def create(
        self,
        request: object = None,
        /,
        *,
        timeout: float | httpx.Timeout | None = None,
        idempotency_key: str | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> AsyncTask:
        """As `Model.create`."""
        return await self._generations.create(
            request,
            timeout=timeout,
            idempotency_key=idempotency_key,
            extra_headers=extra_headers,
            extra_query=extra_query,
            extra_body=extra_body,
            **_with_model(self.id, request, params),
        )

    @described
    async def generate(
        self,
        request: object = None,
        /,
        *,
        timeout: float | None = None,
        idempotency_key: str | None = None,
        poll_interval: float | None = None,
        on_update: Callable[[AsyncTask], object] | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> AsyncTask:
        """As `Model.generate`."""
        return await self._generations.generate(
            request,
            timeout=timeout,
            idempotency_key=idempotency_key,
            poll_interval=poll_interval,
            on_update=on_update,
            extra_headers=extra_headers,
            extra_query=extra_query,
            extra_body=extra_body,
            **_with_model(self.id, request, params),
        )


ModelT = TypeVar("ModelT", bound=Model | AsyncModel)


class Models(Mapping[str, Any], Generic[ModelT]):
    """The models of the contract by their ids, each made when it is first asked for."""

    def __init__(self, client: BaseClient, kind: type[ModelT]) -> None:
        self._client = client
        self._kind = kind
        self._known: dict[str, ModelT] = {}

    def __getitem__(self, model: str) -> ModelT:
        if model not in self._known:
            self._known[model] = self._kind(self._client, model)
        return self._known[model]

    def __contains__(self, model: object) -> bool:
        return model in models.model_operations()

    def __iter__(self) -> Iterator[str]:
        return iter(models.model_operations())

    def __len__(self) -> int:
        return len(models.model_operations())

    def __repr__(self) -> str:
        return f"<Models: {', '.join(self)}>"

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)


def _with_model(model: str, request: object, params: dict[str, Any]) -> dict[str, Any]:
    """The keywords of a call, with the model where the request does not name it.

    Raises:
        InvalidRequest: The call names another model.
    """
    if isinstance(request, Mapping):
        named = request.get(_MODEL)
    else:
        named = params.get(_MODEL) if request is None else getattr(request, _MODEL, None)
    if named not in (None, model):
        raise InvalidRequest(f"{_MODEL}: this is {model!r}, and the request names {named!r}", param=_MODEL)
    if request is not None and (named is not None or not isinstance(request, Mapping)):
        return params
    return {_MODEL: model, **params}
