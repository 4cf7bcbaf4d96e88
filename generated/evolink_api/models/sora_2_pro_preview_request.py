# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.sora_2_pro_preview_request_aspect_ratio import (
    Sora2ProPreviewRequestAspectRatio,
    check_sora_2_pro_preview_request_aspect_ratio,
)
from ..models.sora_2_pro_preview_request_duration import (
    Sora2ProPreviewRequestDuration,
    check_sora_2_pro_preview_request_duration,
)
from ..models.sora_2_pro_preview_request_quality import (
    Sora2ProPreviewRequestQuality,
    check_sora_2_pro_preview_request_quality,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="Sora2ProPreviewRequest")


@_attrs_define
class Sora2ProPreviewRequest:
    """sora-2-pro-preview API

    - The Sora 2 Pro (sora-2-pro-preview) model supports text-to-video, image-to-video and other modes
    - Processing is asynchronous: use the returned task ID to [query](/ko/api-manual/task-management/get-task-detail)
    the task
    - Links to generated videos are valid for 24 hours, so save the videos at once

    **Note:**
    - Content moderation of Sora2Pro is very strict at present, so tasks may fail
    - Input images that contain real people are not supported at present

        Attributes:
            model (Literal['sora-2-pro-preview']): Video generation model name Default: 'sora-2-pro-preview'.
            prompt (str): Prompt describing the video to generate, limited to 5000 tokens Example: A cat playing piano.
            aspect_ratio (Sora2ProPreviewRequestAspectRatio | Unset): Aspect ratio of the video: `16:9` generates a
                landscape video, `9:16` a portrait video Example: 16:9.
            duration (Sora2ProPreviewRequestDuration | Unset): Length of the generated video in seconds

                **Note:**
                - Only the values `4`, `8` and `12` are supported at present, meaning `4`, `8` and `12` seconds
                - Billing depends on the `duration` value; a longer video costs more Example: 4.
            quality (Sora2ProPreviewRequestQuality | Unset): Quality of the video

                **Note:**
                - `720p`: standard quality at the standard price
                - `1080p`: high quality at 1.667 times the price Example: 720p.
            image_urls (list[str] | Unset): Reference image URLs for image-to-video

                **Note:**
                - Images of real people are not supported
                - Number of images in one request: `1`
                - Image size: at most `10MB`
                - File formats: `.jpg`, `.jpeg`, `.png`, `.webp`
                - The server must be able to fetch the image URL directly, or opening it must start a download (usually a URL
                that ends in an image extension such as `.png` or `.jpg`) Example: ['http://example.com/image1.jpg'].
            callback_url (str | Unset): HTTPS address that is called when the task ends

                **When it is called:**
                - When the task is completed, fails or is cancelled
                - After the billing has been confirmed

                **Security restrictions:**
                - HTTPS only
                - Internal IP addresses are not allowed (127.0.0.1, 10.x.x.x, 172.16-31.x.x, 192.168.x.x and so on)
                - The URL must not be longer than `2048` characters

                **How it is called:**
                - Timeout: `10` seconds
                - At most `3` retries on failure (`1`, `2` and `4` seconds later)
                - The body has the same form as the reply of the task query
                - A 2xx status from the callback address counts as success, any other triggers a retry Example: https://your-
                domain.com/webhooks/video-task-completed.
    """

    prompt: str
    model: Literal["sora-2-pro-preview"] = "sora-2-pro-preview"
    aspect_ratio: Sora2ProPreviewRequestAspectRatio | Unset = UNSET
    duration: Sora2ProPreviewRequestDuration | Unset = UNSET
    quality: Sora2ProPreviewRequestQuality | Unset = UNSET
    image_urls: list[str] | Unset = UNSET
    callback_url: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        model = self.model

        prompt = self.prompt

        aspect_ratio: str | Unset = UNSET
        if not isinstance(self.aspect_ratio, Unset):
            aspect_ratio = self.aspect_ratio

        duration: int | Unset = UNSET
        if not isinstance(self.duration, Unset):
            duration = self.duration

        quality: str | Unset = UNSET
        if not isinstance(self.quality, Unset):
            quality = self.quality

        image_urls: list[str] | Unset = UNSET
        if not isinstance(self.image_urls, Unset):
            image_urls = self.image_urls

        callback_url = self.callback_url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "model": model,
                "prompt": prompt,
            }
        )
        if aspect_ratio is not UNSET:
            field_dict["aspect_ratio"] = aspect_ratio
        if duration is not UNSET:
            field_dict["duration"] = duration
        if quality is not UNSET:
            field_dict["quality"] = quality
        if image_urls is not UNSET:
            field_dict["image_urls"] = image_urls
        if callback_url is not UNSET:
            field_dict["callback_url"] = callback_url

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        model = cast(Literal["sora-2-pro-preview"], d.pop("model"))
        if model != "sora-2-pro-preview":
            raise ValueError(f"model must match const 'sora-2-pro-preview', got '{model}'")

        prompt = d.pop("prompt")

        _aspect_ratio = d.pop("aspect_ratio", UNSET)
        aspect_ratio: Sora2ProPreviewRequestAspectRatio | Unset
        if isinstance(_aspect_ratio, Unset):
            aspect_ratio = UNSET
        else:
            aspect_ratio = check_sora_2_pro_preview_request_aspect_ratio(_aspect_ratio)

        _duration = d.pop("duration", UNSET)
        duration: Sora2ProPreviewRequestDuration | Unset
        if isinstance(_duration, Unset):
            duration = UNSET
        else:
            duration = check_sora_2_pro_preview_request_duration(_duration)

        _quality = d.pop("quality", UNSET)
        quality: Sora2ProPreviewRequestQuality | Unset
        if isinstance(_quality, Unset):
            quality = UNSET
        else:
            quality = check_sora_2_pro_preview_request_quality(_quality)

        image_urls = cast(list[str], d.pop("image_urls", UNSET))

        callback_url = d.pop("callback_url", UNSET)

        sora_2_pro_preview_request = cls(
            model=model,
            prompt=prompt,
            aspect_ratio=aspect_ratio,
            duration=duration,
            quality=quality,
            image_urls=image_urls,
            callback_url=callback_url,
        )

        sora_2_pro_preview_request.additional_properties = d
        return sora_2_pro_preview_request

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
