# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from typing import Literal

GetTasksStatus = Literal["completed", "failed", "pending", "processing"]

GET_TASKS_STATUS_VALUES: set[GetTasksStatus] = {
    "completed",
    "failed",
    "pending",
    "processing",
}


def check_get_tasks_status(value: str) -> GetTasksStatus:
    if value in GET_TASKS_STATUS_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {GET_TASKS_STATUS_VALUES!r}")
