# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from typing import Literal

TopazVideoUpscaleModelParamsUpscaleFactorString = Literal["1", "2", "4"]

TOPAZ_VIDEO_UPSCALE_MODEL_PARAMS_UPSCALE_FACTOR_STRING_VALUES: set[
    TopazVideoUpscaleModelParamsUpscaleFactorString
] = {
    "1",
    "2",
    "4",
}


def check_topaz_video_upscale_model_params_upscale_factor_string(
    value: str,
) -> TopazVideoUpscaleModelParamsUpscaleFactorString:
    if value in TOPAZ_VIDEO_UPSCALE_MODEL_PARAMS_UPSCALE_FACTOR_STRING_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {TOPAZ_VIDEO_UPSCALE_MODEL_PARAMS_UPSCALE_FACTOR_STRING_VALUES!r}"
    )
