# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from .error_response import ErrorResponse as ErrorResponse
from .error_response_error import ErrorResponseError as ErrorResponseError
from .get_task_detail_error_response import GetTaskDetailErrorResponse as GetTaskDetailErrorResponse
from .get_task_detail_error_response_error import (
    GetTaskDetailErrorResponseError as GetTaskDetailErrorResponseError,
)
from .sora_2_preview_request import Sora2PreviewRequest as Sora2PreviewRequest
from .sora_2_preview_request_aspect_ratio import (
    Sora2PreviewRequestAspectRatio as Sora2PreviewRequestAspectRatio,
)
from .sora_2_preview_request_duration import Sora2PreviewRequestDuration as Sora2PreviewRequestDuration
from .sora_2_pro_preview_request import Sora2ProPreviewRequest as Sora2ProPreviewRequest
from .sora_2_pro_preview_request_aspect_ratio import (
    Sora2ProPreviewRequestAspectRatio as Sora2ProPreviewRequestAspectRatio,
)
from .sora_2_pro_preview_request_duration import (
    Sora2ProPreviewRequestDuration as Sora2ProPreviewRequestDuration,
)
from .sora_2_pro_preview_request_quality import Sora2ProPreviewRequestQuality as Sora2ProPreviewRequestQuality
from .sora_2_request import Sora2Request as Sora2Request
from .sora_2_request_aspect_ratio import Sora2RequestAspectRatio as Sora2RequestAspectRatio
from .sora_2_request_duration import Sora2RequestDuration as Sora2RequestDuration
from .task_detail_response import TaskDetailResponse as TaskDetailResponse
from .task_detail_response_error import TaskDetailResponseError as TaskDetailResponseError
from .task_info import TaskInfo as TaskInfo
from .topaz_video_upscale_model_params import TopazVideoUpscaleModelParams as TopazVideoUpscaleModelParams
from .topaz_video_upscale_model_params_upscale_factor_integer import (
    TopazVideoUpscaleModelParamsUpscaleFactorInteger as TopazVideoUpscaleModelParamsUpscaleFactorInteger,
)
from .topaz_video_upscale_model_params_upscale_factor_string import (
    TopazVideoUpscaleModelParamsUpscaleFactorString as TopazVideoUpscaleModelParamsUpscaleFactorString,
)
from .topaz_video_upscale_request import TopazVideoUpscaleRequest as TopazVideoUpscaleRequest
from .video_generation_response import VideoGenerationResponse as VideoGenerationResponse
from .video_task_info import VideoTaskInfo as VideoTaskInfo
from .video_usage import VideoUsage as VideoUsage

__all__ = (
    "ErrorResponse",
    "ErrorResponseError",
    "GetTaskDetailErrorResponse",
    "GetTaskDetailErrorResponseError",
    "Sora2PreviewRequest",
    "Sora2PreviewRequestAspectRatio",
    "Sora2PreviewRequestDuration",
    "Sora2ProPreviewRequest",
    "Sora2ProPreviewRequestAspectRatio",
    "Sora2ProPreviewRequestDuration",
    "Sora2ProPreviewRequestQuality",
    "Sora2Request",
    "Sora2RequestAspectRatio",
    "Sora2RequestDuration",
    "TaskDetailResponse",
    "TaskDetailResponseError",
    "TaskInfo",
    "TopazVideoUpscaleModelParams",
    "TopazVideoUpscaleModelParamsUpscaleFactorInteger",
    "TopazVideoUpscaleModelParamsUpscaleFactorString",
    "TopazVideoUpscaleRequest",
    "VideoGenerationResponse",
    "VideoTaskInfo",
    "VideoUsage",
)
