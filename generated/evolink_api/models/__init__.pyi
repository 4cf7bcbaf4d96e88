# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from .credits_response import CreditsResponse as CreditsResponse
from .credits_response_data import CreditsResponseData as CreditsResponseData
from .error_response import ErrorResponse as ErrorResponse
from .error_response_error import ErrorResponseError as ErrorResponseError
from .file_error_response import FileErrorResponse as FileErrorResponse
from .file_list_response import FileListResponse as FileListResponse
from .file_list_response_data import FileListResponseData as FileListResponseData
from .file_quota import FileQuota as FileQuota
from .get_credits_error_response import GetCreditsErrorResponse as GetCreditsErrorResponse
from .get_credits_error_response_error import GetCreditsErrorResponseError as GetCreditsErrorResponseError
from .get_task_detail_error_response import GetTaskDetailErrorResponse as GetTaskDetailErrorResponse
from .get_task_detail_error_response_error import (
    GetTaskDetailErrorResponseError as GetTaskDetailErrorResponseError,
)
from .get_tasks_status import GetTasksStatus as GetTasksStatus
from .get_tasks_type import GetTasksType as GetTasksType
from .listed_file import ListedFile as ListedFile
from .listed_model import ListedModel as ListedModel
from .listed_task import ListedTask as ListedTask
from .listed_task_error import ListedTaskError as ListedTaskError
from .model_list_response import ModelListResponse as ModelListResponse
from .queried_task import QueriedTask as QueriedTask
from .query_tasks_request import QueryTasksRequest as QueryTasksRequest
from .quota_response import QuotaResponse as QuotaResponse
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
from .task_batch_response import TaskBatchResponse as TaskBatchResponse
from .task_detail_response import TaskDetailResponse as TaskDetailResponse
from .task_detail_response_error import TaskDetailResponseError as TaskDetailResponseError
from .task_info import TaskInfo as TaskInfo
from .task_list_response import TaskListResponse as TaskListResponse
from .token_credits import TokenCredits as TokenCredits
from .topaz_video_upscale_model_params import TopazVideoUpscaleModelParams as TopazVideoUpscaleModelParams
from .topaz_video_upscale_model_params_upscale_factor_integer import (
    TopazVideoUpscaleModelParamsUpscaleFactorInteger as TopazVideoUpscaleModelParamsUpscaleFactorInteger,
)
from .topaz_video_upscale_model_params_upscale_factor_string import (
    TopazVideoUpscaleModelParamsUpscaleFactorString as TopazVideoUpscaleModelParamsUpscaleFactorString,
)
from .topaz_video_upscale_request import TopazVideoUpscaleRequest as TopazVideoUpscaleRequest
from .upload_base_64_request import UploadBase64Request as UploadBase64Request
from .upload_response import UploadResponse as UploadResponse
from .upload_stream_request import UploadStreamRequest as UploadStreamRequest
from .upload_url_request import UploadUrlRequest as UploadUrlRequest
from .uploaded_file import UploadedFile as UploadedFile
from .user_credits import UserCredits as UserCredits
from .video_generation_response import VideoGenerationResponse as VideoGenerationResponse
from .video_task_info import VideoTaskInfo as VideoTaskInfo
from .video_usage import VideoUsage as VideoUsage

__all__ = (
    "CreditsResponse",
    "CreditsResponseData",
    "ErrorResponse",
    "ErrorResponseError",
    "FileErrorResponse",
    "FileListResponse",
    "FileListResponseData",
    "FileQuota",
    "GetCreditsErrorResponse",
    "GetCreditsErrorResponseError",
    "GetTaskDetailErrorResponse",
    "GetTaskDetailErrorResponseError",
    "GetTasksStatus",
    "GetTasksType",
    "ListedFile",
    "ListedModel",
    "ListedTask",
    "ListedTaskError",
    "ModelListResponse",
    "QueriedTask",
    "QueryTasksRequest",
    "QuotaResponse",
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
    "TaskBatchResponse",
    "TaskDetailResponse",
    "TaskDetailResponseError",
    "TaskInfo",
    "TaskListResponse",
    "TokenCredits",
    "TopazVideoUpscaleModelParams",
    "TopazVideoUpscaleModelParamsUpscaleFactorInteger",
    "TopazVideoUpscaleModelParamsUpscaleFactorString",
    "TopazVideoUpscaleRequest",
    "UploadBase64Request",
    "UploadResponse",
    "UploadStreamRequest",
    "UploadUrlRequest",
    "UploadedFile",
    "UserCredits",
    "VideoGenerationResponse",
    "VideoTaskInfo",
    "VideoUsage",
)
