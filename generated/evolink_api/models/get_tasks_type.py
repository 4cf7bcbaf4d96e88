# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from typing import Literal

GetTasksType = Literal["audio", "image", "text", "video"]

GET_TASKS_TYPE_VALUES: set[GetTasksType] = {
    "audio",
    "image",
    "text",
    "video",
}


def check_get_tasks_type(value: str) -> GetTasksType:
    if value in GET_TASKS_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {GET_TASKS_TYPE_VALUES!r}")
