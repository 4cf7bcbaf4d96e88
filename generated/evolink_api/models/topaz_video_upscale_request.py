# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.topaz_video_upscale_model_params import TopazVideoUpscaleModelParams


T = TypeVar("T", bound="TopazVideoUpscaleRequest")


@_attrs_define
class TopazVideoUpscaleRequest:
    """topaz-video-upscale API

    Attributes:
        model (Literal['topaz-video-upscale']): Video upscaling model name Default: 'topaz-video-upscale'.
        video_urls (list[str]): Input video URLs for upscaling

            **Note:**
            - Only 1 video per request
            - The server must be able to access the video URL directly (a public or a pre-signed URL)
            - The server detects the length of the input video by itself, for billing
            - File format: .mp4 Example: ['https://example.com/my-video.mp4'].
        model_params (TopazVideoUpscaleModelParams | Unset): Parameters of this model alone that control the upscaling
        callback_url (str | Unset): HTTPS address that is called when the task ends

            **When it is called:**
            - When the task is completed, fails or is cancelled
            - After the billing has been confirmed

            **Security restrictions:**
            - HTTPS only
            - Internal IP addresses are not allowed (127.0.0.1, 10.x.x.x, 172.16-31.x.x, 192.168.x.x and so on)
            - The URL must not be longer than 2048 characters

            **How it is called:**
            - Timeout: 10 seconds
            - At most 3 retries on failure (1, 2 and 4 seconds later)
            - The body has the same form as the reply of the task query
            - A 2xx status from the callback address counts as success, any other triggers a retry Example: https://your-
            domain.com/webhooks/video-task-completed.
    """

    video_urls: list[str]
    model: Literal["topaz-video-upscale"] = "topaz-video-upscale"
    model_params: TopazVideoUpscaleModelParams | Unset = UNSET
    callback_url: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        model = self.model

        video_urls = self.video_urls

        model_params: dict[str, Any] | Unset = UNSET
        if not isinstance(self.model_params, Unset):
            model_params = self.model_params.to_dict()

        callback_url = self.callback_url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "model": model,
                "video_urls": video_urls,
            }
        )
        if model_params is not UNSET:
            field_dict["model_params"] = model_params
        if callback_url is not UNSET:
            field_dict["callback_url"] = callback_url

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.topaz_video_upscale_model_params import TopazVideoUpscaleModelParams  # noqa: PLC0415

        d = dict(src_dict)
        model = cast(Literal["topaz-video-upscale"], d.pop("model"))
        if model != "topaz-video-upscale":
            raise ValueError(f"model must match const 'topaz-video-upscale', got '{model}'")

        video_urls = cast(list[str], d.pop("video_urls"))

        _model_params = d.pop("model_params", UNSET)
        model_params: TopazVideoUpscaleModelParams | Unset
        if isinstance(_model_params, Unset):
            model_params = UNSET
        else:
            model_params = TopazVideoUpscaleModelParams.from_dict(_model_params)

        callback_url = d.pop("callback_url", UNSET)

        topaz_video_upscale_request = cls(
            model=model,
            video_urls=video_urls,
            model_params=model_params,
            callback_url=callback_url,
        )

        topaz_video_upscale_request.additional_properties = d
        return topaz_video_upscale_request

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
