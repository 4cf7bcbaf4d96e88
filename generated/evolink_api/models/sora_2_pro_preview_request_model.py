# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from typing import Literal

Sora2ProPreviewRequestModel = Literal["sora-2-pro-preview"]

SORA_2_PRO_PREVIEW_REQUEST_MODEL_VALUES: set[Sora2ProPreviewRequestModel] = {
    "sora-2-pro-preview",
}


def check_sora_2_pro_preview_request_model(value: str) -> Sora2ProPreviewRequestModel:
    if value in SORA_2_PRO_PREVIEW_REQUEST_MODEL_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {SORA_2_PRO_PREVIEW_REQUEST_MODEL_VALUES!r}"
    )
