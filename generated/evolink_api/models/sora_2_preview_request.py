# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.sora_2_preview_request_aspect_ratio import (
    Sora2PreviewRequestAspectRatio,
    check_sora_2_preview_request_aspect_ratio,
)
from ..models.sora_2_preview_request_duration import (
    Sora2PreviewRequestDuration,
    check_sora_2_preview_request_duration,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="Sora2PreviewRequest")


@_attrs_define
class Sora2PreviewRequest:
    """Sora-2-Preview API

    Attributes:
        model (Literal['sora-2-preview']): Video generation model name Default: 'sora-2-preview'.
        prompt (str): Prompt describing the video to generate, max 5000 tokens Example: A cat playing piano.
        aspect_ratio (Sora2PreviewRequestAspectRatio | Unset): Video aspect ratio. 1280x720 generates landscape video,
            720x1280 generates portrait video Example: 16:9.
        duration (Sora2PreviewRequestDuration | Unset): Video duration (seconds), default 4

            **Note:**
            - Only supports 4, 8, 12 seconds
            - Longer duration costs more Example: 4.
        image_urls (list[str] | Unset): Reference image URLs for image-to-video

            **Note:**
            - Real person images not supported
            - Max 1 image per request
            - Max size: 10MB
            - Formats: .jpg, .jpeg, .png, .webp
            - Image pixel dimensions must exactly match the selected aspect_ratio (e.g., if aspect_ratio is 1280x720, the
            uploaded image must be exactly 1280x720 pixels)
            - Image URL must be directly accessible by server, or trigger download when accessed (typically URLs ending with
            image extensions like .png, .jpg) Example: ['http://example.com/image1.jpg'].
        callback_url (str | Unset): HTTPS callback URL for task completion

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
            - 2xx status code = success, other codes trigger retry Example: https://your-domain.com/webhooks/video-task-
            completed.
    """

    prompt: str
    model: Literal["sora-2-preview"] = "sora-2-preview"
    aspect_ratio: Sora2PreviewRequestAspectRatio | Unset = UNSET
    duration: Sora2PreviewRequestDuration | Unset = UNSET
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
        if image_urls is not UNSET:
            field_dict["image_urls"] = image_urls
        if callback_url is not UNSET:
            field_dict["callback_url"] = callback_url

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        model = cast(Literal["sora-2-preview"], d.pop("model"))
        if model != "sora-2-preview":
            raise ValueError(f"model must match const 'sora-2-preview', got '{model}'")

        prompt = d.pop("prompt")

        _aspect_ratio = d.pop("aspect_ratio", UNSET)
        aspect_ratio: Sora2PreviewRequestAspectRatio | Unset
        if isinstance(_aspect_ratio, Unset):
            aspect_ratio = UNSET
        else:
            aspect_ratio = check_sora_2_preview_request_aspect_ratio(_aspect_ratio)

        _duration = d.pop("duration", UNSET)
        duration: Sora2PreviewRequestDuration | Unset
        if isinstance(_duration, Unset):
            duration = UNSET
        else:
            duration = check_sora_2_preview_request_duration(_duration)

        image_urls = cast(list[str], d.pop("image_urls", UNSET))

        callback_url = d.pop("callback_url", UNSET)

        sora_2_preview_request = cls(
            model=model,
            prompt=prompt,
            aspect_ratio=aspect_ratio,
            duration=duration,
            image_urls=image_urls,
            callback_url=callback_url,
        )

        sora_2_preview_request.additional_properties = d
        return sora_2_preview_request

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
