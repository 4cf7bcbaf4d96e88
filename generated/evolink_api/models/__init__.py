# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
"""Everything that is sent or received. Importing one name loads its module alone; the stub has the types."""

from importlib import import_module as _import_module
from typing import Any

# Each class and its module: as one text it costs nothing to load, however many there are.
_MODULES = """
CreditsResponse .credits_response
CreditsResponseData .credits_response_data
ErrorResponse .error_response
ErrorResponseError .error_response_error
FileErrorResponse .file_error_response
FileListResponse .file_list_response
FileListResponseData .file_list_response_data
FileQuota .file_quota
GetCreditsErrorResponse .get_credits_error_response
GetCreditsErrorResponseError .get_credits_error_response_error
GetTaskDetailErrorResponse .get_task_detail_error_response
GetTaskDetailErrorResponseError .get_task_detail_error_response_error
GetTasksStatus .get_tasks_status
GetTasksType .get_tasks_type
ListedFile .listed_file
ListedModel .listed_model
ListedTask .listed_task
ListedTaskError .listed_task_error
ModelListResponse .model_list_response
QueriedTask .queried_task
QueryTasksRequest .query_tasks_request
QuotaResponse .quota_response
Sora2PreviewRequest .sora_2_preview_request
Sora2PreviewRequestAspectRatio .sora_2_preview_request_aspect_ratio
Sora2PreviewRequestDuration .sora_2_preview_request_duration
Sora2ProPreviewRequest .sora_2_pro_preview_request
Sora2ProPreviewRequestAspectRatio .sora_2_pro_preview_request_aspect_ratio
Sora2ProPreviewRequestDuration .sora_2_pro_preview_request_duration
Sora2ProPreviewRequestQuality .sora_2_pro_preview_request_quality
Sora2Request .sora_2_request
Sora2RequestAspectRatio .sora_2_request_aspect_ratio
Sora2RequestDuration .sora_2_request_duration
TaskBatchResponse .task_batch_response
TaskDetailResponse .task_detail_response
TaskDetailResponseError .task_detail_response_error
TaskInfo .task_info
TaskListResponse .task_list_response
TokenCredits .token_credits
TopazVideoUpscaleModelParams .topaz_video_upscale_model_params
TopazVideoUpscaleModelParamsUpscaleFactorInteger .topaz_video_upscale_model_params_upscale_factor_integer
TopazVideoUpscaleModelParamsUpscaleFactorString .topaz_video_upscale_model_params_upscale_factor_string
TopazVideoUpscaleRequest .topaz_video_upscale_request
UploadBase64Request .upload_base_64_request
UploadResponse .upload_response
UploadStreamRequest .upload_stream_request
UploadUrlRequest .upload_url_request
UploadedFile .uploaded_file
UserCredits .user_credits
VideoGenerationResponse .video_generation_response
VideoTaskInfo .video_task_info
VideoUsage .video_usage
"""


def _modules() -> dict[str, str]:
    lines = (line.partition(" ") for line in _MODULES.split("\n") if line)
    return {name: module for name, _, module in lines}


def __getattr__(name: str) -> Any:
    modules = _modules()
    if name == "__all__":
        return sorted(modules)
    if name not in modules:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(_import_module(modules[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(_modules())
