# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
"""Types of what is sent: for editors and type checkers, never loaded at run time."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Mapping, Sequence, ValuesView
from typing import (
    Any,
    Generic,
    Literal,
    NotRequired,
    Protocol,
    Required,
    TypedDict,
    TypeVar,
    Unpack,
    overload,
)

import httpx

from . import models
from .local_files import Link
from .model_info import ModelInfo

TaskT = TypeVar("TaskT")
CreateT = TypeVar("CreateT")
ModelT = TypeVar("ModelT")
TaskT_co = TypeVar("TaskT_co", covariant=True)
CreateT_co = TypeVar("CreateT_co", covariant=True)


class RequestObject(Protocol):
    """A generated request object."""

    def to_dict(self) -> dict[str, Any]: ...


class UnknownModelId(Protocol):
    """No model of the contract has this id; `client.model(id)` takes one that is known at run time only."""


class CallOptions(TypedDict, total=False):
    """What every call takes beside the parameters of the model."""

    idempotency_key: str | None
    """16 to 96 characters of A-Z, a-z, 0-9, ".", "_" and "-"; generated if None"""
    extra_headers: Mapping[str, str] | None
    """Headers for the requests of this call; they replace those of the client"""
    extra_query: Mapping[str, Any] | None
    """Query parameters for the requests of this call"""
    extra_body: Mapping[str, Any] | None
    """Fields for the body that are not checked; they replace those of the same names"""


class CreateOptions(CallOptions, total=False):
    """What `create` takes beside the parameters of the model."""

    timeout: float | httpx.Timeout | None
    """Of the request, in seconds or as an `httpx.Timeout`"""


class GenerateOptions(CallOptions, Generic[TaskT], total=False):
    """What `generate` takes beside the parameters of the model."""

    timeout: float | None
    """Seconds for submission and wait together"""
    poll_interval: float | None
    """Seconds between queries of the task; None for the best times"""
    on_update: Callable[[TaskT], object] | None
    """Called with the task as soon as there is one, and after each change"""


class Sora2Keywords(TypedDict):
    """sora-2 API"""

    prompt: Required[str]
    """Prompt describing the video to generate, limited to 5000 tokens"""
    aspect_ratio: NotRequired[Literal["16:9", "9:16"]]
    """Aspect ratio of the video: 16:9 generates a landscape video, 9:16 a portrait video"""
    duration: NotRequired[Literal[10, 15]]
    """Length of the generated video in seconds; the default is 10, meaning 10 seconds

    **Note:**
    - Only the values 10 and 15 are supported, meaning 10 and 15 seconds
    - Billing depends on the duration value; 15 seconds cost more than 10 seconds

    Default: 10.
    """
    image_urls: NotRequired[Sequence[Link]]
    """Reference image URLs for image-to-video

    **Note:**
    - Images of real people are not supported
    - Number of images in one request: 1
    - Image size: at most 10MB
    - File formats: .jpg, .jpeg, .png, .webp
    - The server must be able to fetch the image URL directly, or opening it must start a download
    (usually a URL that ends in an image extension such as .png or .jpg)
    """
    remove_watermark: NotRequired[bool]
    """Whether to remove the watermark from the video; it is removed by default

    **Note:**
    - true: the watermark is removed, at a higher price. This is the default, so take care when
    making requests
    - false: the watermark is kept, at the standard price

    Default: true.
    """
    callback_url: NotRequired[str]
    """HTTPS address that is called when the task ends

    **When it is called:**
    - When the task is completed, fails or is cancelled
    - After the billing has been confirmed

    **Security restrictions:**
    - HTTPS only
    - Internal IP addresses are not allowed (127.0.0.1, 10.x.x.x, 172.16-31.x.x, 192.168.x.x and so
    on)
    - The URL must not be longer than 2048 characters

    **How it is called:**
    - Timeout: 10 seconds
    - At most 3 retries on failure (1, 2 and 4 seconds later)
    - The body has the same form as the reply of the task query
    - A 2xx status from the callback address counts as success, any other triggers a retry
    """


class Sora2Create(Sora2Keywords, CreateOptions):
    """The keywords of `create`."""


class Sora2Generate(Sora2Keywords, GenerateOptions[TaskT], Generic[TaskT]):
    """The keywords of `generate`."""


class Sora2Model(ModelInfo, Generic[TaskT, CreateT]):
    """sora-2 API"""

    def create(self, /, **params: Unpack[Sora2Create]) -> CreateT:
        """Submit a task; it costs credits."""
        raise NotImplementedError

    def generate(self, /, **params: Unpack[Sora2Generate[TaskT]]) -> CreateT:
        """Submit a task and wait until it is completed."""
        raise NotImplementedError


class Sora2PreviewKeywords(TypedDict):
    """Sora-2-Preview API"""

    prompt: Required[str]
    """Prompt describing the video to generate, max 5000 tokens"""
    aspect_ratio: NotRequired[Literal["1280x720", "720x1280", "16:9", "9:16"]]
    """Video aspect ratio. 1280x720 generates landscape video, 720x1280 generates portrait video"""
    duration: NotRequired[Literal[4, 8, 12]]
    """Video duration (seconds), default 4

    **Note:**
    - Only supports 4, 8, 12 seconds
    - Longer duration costs more

    Default: 4.
    """
    image_urls: NotRequired[Sequence[Link]]
    """Reference image URLs for image-to-video

    **Note:**
    - Real person images not supported
    - Max 1 image per request
    - Max size: 10MB
    - Formats: .jpg, .jpeg, .png, .webp
    - Image pixel dimensions must exactly match the selected aspect_ratio (e.g., if aspect_ratio is
    1280x720, the uploaded image must be exactly 1280x720 pixels)
    - Image URL must be directly accessible by server, or trigger download when accessed (typically
    URLs ending with image extensions like .png, .jpg)
    """
    callback_url: NotRequired[str]
    """HTTPS callback URL for task completion

    **Callback Timing:**
    - Triggered when task is completed, failed, or cancelled
    - Sent after billing confirmation

    **Security Restrictions:**
    - HTTPS protocol only
    - Private IP addresses not allowed (127.0.0.1, 10.x.x.x, 172.16-31.x.x, 192.168.x.x, etc.)
    - URL length max 2048 characters

    **Callback Mechanism:**
    - Timeout: 10 seconds
    - Max 3 retries on failure (at 1s/2s/4s intervals)
    - Response format matches task query API
    - 2xx status code = success, other codes trigger retry
    """


class Sora2PreviewCreate(Sora2PreviewKeywords, CreateOptions):
    """The keywords of `create`."""


class Sora2PreviewGenerate(Sora2PreviewKeywords, GenerateOptions[TaskT], Generic[TaskT]):
    """The keywords of `generate`."""


class Sora2PreviewModel(ModelInfo, Generic[TaskT, CreateT]):
    """Sora-2-Preview API"""

    def create(self, /, **params: Unpack[Sora2PreviewCreate]) -> CreateT:
        """Submit a task; it costs credits."""
        raise NotImplementedError

    def generate(self, /, **params: Unpack[Sora2PreviewGenerate[TaskT]]) -> CreateT:
        """Submit a task and wait until it is completed."""
        raise NotImplementedError


class Sora2ProPreviewKeywords(TypedDict):
    """sora-2-pro-preview API

    - The Sora 2 Pro (sora-2-pro-preview) model supports text-to-video, image-to-video and other
    modes
    - Processing is asynchronous: use the returned task ID to
    [query](/ko/api-manual/task-management/get-task-detail) the task
    - Links to generated videos are valid for 24 hours, so save the videos at once

    **Note:**
    - Content moderation of Sora2Pro is very strict at present, so tasks may fail
    - Input images that contain real people are not supported at present
    """

    prompt: Required[str]
    """Prompt describing the video to generate, limited to 5000 tokens"""
    aspect_ratio: NotRequired[Literal["16:9", "9:16"]]
    """Aspect ratio of the video: `16:9` generates a landscape video, `9:16` a portrait video"""
    duration: NotRequired[Literal[4, 8, 12]]
    """Length of the generated video in seconds

    **Note:**
    - Only the values `4`, `8` and `12` are supported at present, meaning `4`, `8` and `12` seconds
    - Billing depends on the `duration` value; a longer video costs more
    """
    quality: NotRequired[Literal["720p", "1080p"]]
    """Quality of the video

    **Note:**
    - `720p`: standard quality at the standard price
    - `1080p`: high quality at 1.667 times the price
    """
    image_urls: NotRequired[Sequence[Link]]
    """Reference image URLs for image-to-video

    **Note:**
    - Images of real people are not supported
    - Number of images in one request: `1`
    - Image size: at most `10MB`
    - File formats: `.jpg`, `.jpeg`, `.png`, `.webp`
    - The server must be able to fetch the image URL directly, or opening it must start a download
    (usually a URL that ends in an image extension such as `.png` or `.jpg`)
    """
    callback_url: NotRequired[str]
    """HTTPS address that is called when the task ends

    **When it is called:**
    - When the task is completed, fails or is cancelled
    - After the billing has been confirmed

    **Security restrictions:**
    - HTTPS only
    - Internal IP addresses are not allowed (127.0.0.1, 10.x.x.x, 172.16-31.x.x, 192.168.x.x and so
    on)
    - The URL must not be longer than `2048` characters

    **How it is called:**
    - Timeout: `10` seconds
    - At most `3` retries on failure (`1`, `2` and `4` seconds later)
    - The body has the same form as the reply of the task query
    - A 2xx status from the callback address counts as success, any other triggers a retry
    """


class Sora2ProPreviewCreate(Sora2ProPreviewKeywords, CreateOptions):
    """The keywords of `create`."""


class Sora2ProPreviewGenerate(Sora2ProPreviewKeywords, GenerateOptions[TaskT], Generic[TaskT]):
    """The keywords of `generate`."""


class Sora2ProPreviewModel(ModelInfo, Generic[TaskT, CreateT]):
    """sora-2-pro-preview API"""

    def create(self, /, **params: Unpack[Sora2ProPreviewCreate]) -> CreateT:
        """Submit a task; it costs credits."""
        raise NotImplementedError

    def generate(self, /, **params: Unpack[Sora2ProPreviewGenerate[TaskT]]) -> CreateT:
        """Submit a task and wait until it is completed."""
        raise NotImplementedError


class TopazVideoUpscaleModelParamsDict(TypedDict):
    """Parameters of this model alone that control the upscaling"""

    upscale_factor: NotRequired[Literal["1", "2", "4", 1, 2, 4]]
    """Upscaling factor, "2" by default

    **Note:**
    - "1": keeps the resolution and only enhances the picture
    - "2": 2 times the size
    - "4": 4 times the size
    - It may be given as a number too
    - An invalid value is not rejected but treated as "2"

    Default: "2".
    """


class TopazVideoUpscaleKeywords(TypedDict):
    """topaz-video-upscale API"""

    video_urls: Required[Sequence[Link]]
    """Input video URLs for upscaling

    **Note:**
    - Only 1 video per request
    - The server must be able to access the video URL directly (a public or a pre-signed URL)
    - The server detects the length of the input video by itself, for billing
    - File format: .mp4
    """
    model_params: NotRequired[TopazVideoUpscaleModelParamsDict]
    callback_url: NotRequired[str]
    """HTTPS address that is called when the task ends

    **When it is called:**
    - When the task is completed, fails or is cancelled
    - After the billing has been confirmed

    **Security restrictions:**
    - HTTPS only
    - Internal IP addresses are not allowed (127.0.0.1, 10.x.x.x, 172.16-31.x.x, 192.168.x.x and so
    on)
    - The URL must not be longer than 2048 characters

    **How it is called:**
    - Timeout: 10 seconds
    - At most 3 retries on failure (1, 2 and 4 seconds later)
    - The body has the same form as the reply of the task query
    - A 2xx status from the callback address counts as success, any other triggers a retry
    """


class TopazVideoUpscaleCreate(TopazVideoUpscaleKeywords, CreateOptions):
    """The keywords of `create`."""


class TopazVideoUpscaleGenerate(TopazVideoUpscaleKeywords, GenerateOptions[TaskT], Generic[TaskT]):
    """The keywords of `generate`."""


class TopazVideoUpscaleModel(ModelInfo, Generic[TaskT, CreateT]):
    """topaz-video-upscale API"""

    def create(self, /, **params: Unpack[TopazVideoUpscaleCreate]) -> CreateT:
        """Submit a task; it costs credits."""
        raise NotImplementedError

    def generate(self, /, **params: Unpack[TopazVideoUpscaleGenerate[TaskT]]) -> CreateT:
        """Submit a task and wait until it is completed."""
        raise NotImplementedError


class Models(Mapping[str, object], Generic[ModelT, TaskT, CreateT]):
    """`client.models`: the models of the contract, by their ids."""

    def values(self) -> ValuesView[ModelT]:
        raise NotImplementedError

    def items(self) -> ItemsView[str, ModelT]:
        raise NotImplementedError

    @overload
    def __getitem__(self, model: Literal["sora-2"], /) -> Sora2Model[TaskT, CreateT]: ...
    @overload
    def __getitem__(self, model: Literal["sora-2-preview"], /) -> Sora2PreviewModel[TaskT, CreateT]: ...
    @overload
    def __getitem__(
        self, model: Literal["sora-2-pro-preview"], /
    ) -> Sora2ProPreviewModel[TaskT, CreateT]: ...
    @overload
    def __getitem__(
        self, model: Literal["topaz-video-upscale"], /
    ) -> TopazVideoUpscaleModel[TaskT, CreateT]: ...
    @overload
    def __getitem__(self, model: object, /) -> UnknownModelId: ...
    def __getitem__(self, model: Any, /) -> Any:
        raise NotImplementedError


class Sora2Params(Sora2Keywords):
    """What Sora2Request takes."""

    model: Required[Literal["sora-2"]]
    """Video generation model name"""


class Sora2PreviewParams(Sora2PreviewKeywords):
    """What Sora2PreviewRequest takes."""

    model: Required[Literal["sora-2-preview"]]
    """Video generation model name"""


class Sora2ProPreviewParams(Sora2ProPreviewKeywords):
    """What Sora2ProPreviewRequest takes."""

    model: Required[Literal["sora-2-pro-preview"]]
    """Video generation model name"""


class TopazVideoUpscaleParams(TopazVideoUpscaleKeywords):
    """What TopazVideoUpscaleRequest takes."""

    model: Required[Literal["topaz-video-upscale"]]
    """Video upscaling model name"""


class VideosResource(Protocol[TaskT_co, CreateT_co]):
    """`client.videos`."""

    @overload
    def create(
        self,
        /,
        *,
        timeout: float | httpx.Timeout | None = None,
        idempotency_key: str | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Unpack[Sora2Params],
    ) -> CreateT_co: ...
    @overload
    def create(
        self,
        /,
        *,
        timeout: float | httpx.Timeout | None = None,
        idempotency_key: str | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Unpack[Sora2PreviewParams],
    ) -> CreateT_co: ...
    @overload
    def create(
        self,
        /,
        *,
        timeout: float | httpx.Timeout | None = None,
        idempotency_key: str | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Unpack[Sora2ProPreviewParams],
    ) -> CreateT_co: ...
    @overload
    def create(
        self,
        /,
        *,
        timeout: float | httpx.Timeout | None = None,
        idempotency_key: str | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Unpack[TopazVideoUpscaleParams],
    ) -> CreateT_co: ...
    @overload
    def create(
        self,
        body: models.Sora2Request
        | models.Sora2PreviewRequest
        | models.Sora2ProPreviewRequest
        | models.TopazVideoUpscaleRequest
        | Mapping[str, Any],
        /,
        *,
        timeout: float | httpx.Timeout | None = None,
        idempotency_key: str | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> CreateT_co: ...
    @overload
    def generate(
        self,
        /,
        *,
        timeout: float | None = None,
        idempotency_key: str | None = None,
        poll_interval: float | None = None,
        on_update: Callable[[TaskT_co], object] | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Unpack[Sora2Params],
    ) -> CreateT_co: ...
    @overload
    def generate(
        self,
        /,
        *,
        timeout: float | None = None,
        idempotency_key: str | None = None,
        poll_interval: float | None = None,
        on_update: Callable[[TaskT_co], object] | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Unpack[Sora2PreviewParams],
    ) -> CreateT_co: ...
    @overload
    def generate(
        self,
        /,
        *,
        timeout: float | None = None,
        idempotency_key: str | None = None,
        poll_interval: float | None = None,
        on_update: Callable[[TaskT_co], object] | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Unpack[Sora2ProPreviewParams],
    ) -> CreateT_co: ...
    @overload
    def generate(
        self,
        /,
        *,
        timeout: float | None = None,
        idempotency_key: str | None = None,
        poll_interval: float | None = None,
        on_update: Callable[[TaskT_co], object] | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Unpack[TopazVideoUpscaleParams],
    ) -> CreateT_co: ...
    @overload
    def generate(
        self,
        body: models.Sora2Request
        | models.Sora2PreviewRequest
        | models.Sora2ProPreviewRequest
        | models.TopazVideoUpscaleRequest
        | Mapping[str, Any],
        /,
        *,
        timeout: float | None = None,
        idempotency_key: str | None = None,
        poll_interval: float | None = None,
        on_update: Callable[[TaskT_co], object] | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> CreateT_co: ...


class Resources(Generic[TaskT, CreateT]):
    """What a client offers; each attribute follows from a documented path."""

    videos: VideosResource[TaskT, CreateT]
