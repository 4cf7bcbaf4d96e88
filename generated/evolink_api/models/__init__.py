# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
"""Everything that is sent or received. Importing one name loads its module alone."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .error_response import ErrorResponse
    from .error_response_error import ErrorResponseError
    from .get_task_detail_error_response import GetTaskDetailErrorResponse
    from .get_task_detail_error_response_error import GetTaskDetailErrorResponseError
    from .sora_2_preview_request import Sora2PreviewRequest
    from .sora_2_preview_request_aspect_ratio import Sora2PreviewRequestAspectRatio
    from .sora_2_preview_request_duration import Sora2PreviewRequestDuration
    from .sora_2_preview_request_model import Sora2PreviewRequestModel
    from .sora_2_pro_preview_request import Sora2ProPreviewRequest
    from .sora_2_pro_preview_request_aspect_ratio import Sora2ProPreviewRequestAspectRatio
    from .sora_2_pro_preview_request_duration import Sora2ProPreviewRequestDuration
    from .sora_2_pro_preview_request_model import Sora2ProPreviewRequestModel
    from .sora_2_pro_preview_request_quality import Sora2ProPreviewRequestQuality
    from .sora_2_request import Sora2Request
    from .sora_2_request_aspect_ratio import Sora2RequestAspectRatio
    from .sora_2_request_duration import Sora2RequestDuration
    from .sora_2_request_model import Sora2RequestModel
    from .task_detail_response import TaskDetailResponse
    from .task_detail_response_error import TaskDetailResponseError
    from .task_info import TaskInfo
    from .topaz_video_upscale_model_params import TopazVideoUpscaleModelParams
    from .topaz_video_upscale_model_params_upscale_factor_integer import (
        TopazVideoUpscaleModelParamsUpscaleFactorInteger,
    )
    from .topaz_video_upscale_model_params_upscale_factor_string import (
        TopazVideoUpscaleModelParamsUpscaleFactorString,
    )
    from .topaz_video_upscale_request import TopazVideoUpscaleRequest
    from .topaz_video_upscale_request_model import TopazVideoUpscaleRequestModel
    from .video_generation_response import VideoGenerationResponse
    from .video_task_info import VideoTaskInfo
    from .video_usage import VideoUsage

__all__ = (
    "ErrorResponse",
    "ErrorResponseError",
    "GetTaskDetailErrorResponse",
    "GetTaskDetailErrorResponseError",
    "Sora2PreviewRequest",
    "Sora2PreviewRequestAspectRatio",
    "Sora2PreviewRequestDuration",
    "Sora2PreviewRequestModel",
    "Sora2ProPreviewRequest",
    "Sora2ProPreviewRequestAspectRatio",
    "Sora2ProPreviewRequestDuration",
    "Sora2ProPreviewRequestModel",
    "Sora2ProPreviewRequestQuality",
    "Sora2Request",
    "Sora2RequestAspectRatio",
    "Sora2RequestDuration",
    "Sora2RequestModel",
    "TaskDetailResponse",
    "TaskDetailResponseError",
    "TaskInfo",
    "TopazVideoUpscaleModelParams",
    "TopazVideoUpscaleModelParamsUpscaleFactorInteger",
    "TopazVideoUpscaleModelParamsUpscaleFactorString",
    "TopazVideoUpscaleRequest",
    "TopazVideoUpscaleRequestModel",
    "VideoGenerationResponse",
    "VideoTaskInfo",
    "VideoUsage",
)

_MODULES = {
    "ErrorResponse": ".error_response",
    "ErrorResponseError": ".error_response_error",
    "GetTaskDetailErrorResponse": ".get_task_detail_error_response",
    "GetTaskDetailErrorResponseError": ".get_task_detail_error_response_error",
    "Sora2PreviewRequest": ".sora_2_preview_request",
    "Sora2PreviewRequestAspectRatio": ".sora_2_preview_request_aspect_ratio",
    "Sora2PreviewRequestDuration": ".sora_2_preview_request_duration",
    "Sora2PreviewRequestModel": ".sora_2_preview_request_model",
    "Sora2ProPreviewRequest": ".sora_2_pro_preview_request",
    "Sora2ProPreviewRequestAspectRatio": ".sora_2_pro_preview_request_aspect_ratio",
    "Sora2ProPreviewRequestDuration": ".sora_2_pro_preview_request_duration",
    "Sora2ProPreviewRequestModel": ".sora_2_pro_preview_request_model",
    "Sora2ProPreviewRequestQuality": ".sora_2_pro_preview_request_quality",
    "Sora2Request": ".sora_2_request",
    "Sora2RequestAspectRatio": ".sora_2_request_aspect_ratio",
    "Sora2RequestDuration": ".sora_2_request_duration",
    "Sora2RequestModel": ".sora_2_request_model",
    "TaskDetailResponse": ".task_detail_response",
    "TaskDetailResponseError": ".task_detail_response_error",
    "TaskInfo": ".task_info",
    "TopazVideoUpscaleModelParams": ".topaz_video_upscale_model_params",
    "TopazVideoUpscaleModelParamsUpscaleFactorInteger": ".topaz_video_upscale_model_params_upscale_factor_integer",
    "TopazVideoUpscaleModelParamsUpscaleFactorString": ".topaz_video_upscale_model_params_upscale_factor_string",
    "TopazVideoUpscaleRequest": ".topaz_video_upscale_request",
    "TopazVideoUpscaleRequestModel": ".topaz_video_upscale_request_model",
    "VideoGenerationResponse": ".video_generation_response",
    "VideoTaskInfo": ".video_task_info",
    "VideoUsage": ".video_usage",
}


def __getattr__(name: str) -> Any:
    if (module := _MODULES.get(name)) is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(_import_module(module, __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
