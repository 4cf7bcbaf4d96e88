# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.topaz_video_upscale_model_params_upscale_factor_integer import (
    TopazVideoUpscaleModelParamsUpscaleFactorInteger,
    check_topaz_video_upscale_model_params_upscale_factor_integer,
)
from ..models.topaz_video_upscale_model_params_upscale_factor_string import (
    TopazVideoUpscaleModelParamsUpscaleFactorString,
    check_topaz_video_upscale_model_params_upscale_factor_string,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="TopazVideoUpscaleModelParams")


@_attrs_define
class TopazVideoUpscaleModelParams:
    """Parameters of this model alone that control the upscaling

    Attributes:
        upscale_factor (TopazVideoUpscaleModelParamsUpscaleFactorInteger |
            TopazVideoUpscaleModelParamsUpscaleFactorString | Unset): Upscaling factor, "2" by default

            **Note:**
            - "1": keeps the resolution and only enhances the picture
            - "2": 2 times the size
            - "4": 4 times the size
            - It may be given as a number too
            - An invalid value is not rejected but treated as "2" Example: 2.
    """

    upscale_factor: (
        TopazVideoUpscaleModelParamsUpscaleFactorInteger
        | TopazVideoUpscaleModelParamsUpscaleFactorString
        | Unset
    ) = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        upscale_factor: int | str | Unset
        if isinstance(self.upscale_factor, Unset):
            upscale_factor = UNSET
        elif isinstance(self.upscale_factor, str):
            upscale_factor = self.upscale_factor
        else:
            upscale_factor = self.upscale_factor

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if upscale_factor is not UNSET:
            field_dict["upscale_factor"] = upscale_factor

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_upscale_factor(
            data: object,
        ) -> (
            TopazVideoUpscaleModelParamsUpscaleFactorInteger
            | TopazVideoUpscaleModelParamsUpscaleFactorString
            | Unset
        ):
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                upscale_factor_type_0 = check_topaz_video_upscale_model_params_upscale_factor_string(data)

                return upscale_factor_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, int):
                raise TypeError()
            upscale_factor_type_1 = check_topaz_video_upscale_model_params_upscale_factor_integer(data)

            return upscale_factor_type_1

        upscale_factor = _parse_upscale_factor(d.pop("upscale_factor", UNSET))

        topaz_video_upscale_model_params = cls(
            upscale_factor=upscale_factor,
        )

        topaz_video_upscale_model_params.additional_properties = d
        return topaz_video_upscale_model_params

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
