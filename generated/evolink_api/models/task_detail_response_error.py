# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="TaskDetailResponseError")


@_attrs_define
class TaskDetailResponseError:
    """Why the task failed; only present when it has

    Attributes:
        code (None | str | Unset): What went wrong, for programs to read

            **To be solved by the caller:**
            - `content_policy_violation`: the content is not allowed; change it before trying again
            - `invalid_parameters`: the request cannot be carried out; change it before trying again
            - `image_processing_error`: the input image cannot be used; try another one
            - `image_dimension_mismatch`: the input image has the wrong size; resize it before trying again
            - `request_cancelled`: the request was cancelled; submit it again

            **On the side of the server:**
            - `generation_failed_no_content`: nothing was generated; try another prompt
            - `service_error`: the service failed; try again later
            - `service_unavailable`: the service cannot be reached; try again later
            - `resource_exhausted`: there is no free capacity; try again later
            - `generation_timeout`: the generation took too long; try again later
            - `quota_exceeded`: too much was asked for at once; try again, more slowly
            - `resource_not_found`: the ID is wrong or has expired; trying again does not help
            - `unknown_error`: the reason is not known; trying again does not help Example: content_policy_violation.
        message (None | str | Unset): What went wrong, for people to read; may hold line breaks Example: The request was
            refused by content moderation..
        type_ (None | str | Unset): Kind of error, always `task_error`

            Known values: "task_error". Example: task_error.
    """

    code: None | str | Unset = UNSET
    message: None | str | Unset = UNSET
    type_: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code: None | str | Unset
        if isinstance(self.code, Unset):
            code = UNSET
        else:
            code = self.code

        message: None | str | Unset
        if isinstance(self.message, Unset):
            message = UNSET
        else:
            message = self.message

        type_: None | str | Unset
        if isinstance(self.type_, Unset):
            type_ = UNSET
        else:
            type_ = self.type_

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if code is not UNSET:
            field_dict["code"] = code
        if message is not UNSET:
            field_dict["message"] = message
        if type_ is not UNSET:
            field_dict["type"] = type_

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_code(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        code = _parse_code(d.pop("code", UNSET))

        def _parse_message(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        message = _parse_message(d.pop("message", UNSET))

        def _parse_type_(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        type_ = _parse_type_(d.pop("type", UNSET))

        task_detail_response_error = cls(
            code=code,
            message=message,
            type_=type_,
        )

        task_detail_response_error.additional_properties = d
        return task_detail_response_error

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
