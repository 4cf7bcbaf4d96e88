"""A receiver for `callback_url` that handles repeated and forged deliveries.

Usage: pip install starlette uvicorn; EVOLINK_API_KEY=... uvicorn callback_receiver:app
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from evolink import AsyncEvoLink, CallbackInvalid

client = AsyncEvoLink()
seen: set[str] = set()  # with several processes: a unique key in your database


async def receive(request: Request) -> Response:
    """Query the API instead of trusting the delivery; answer at once and download afterwards."""
    try:
        task = await client.callbacks.verify(await request.body())
    except CallbackInvalid:
        return Response(status_code=400)
    if task.status != "completed" or task.id in seen:
        return Response(status_code=204)
    seen.add(task.id)
    return Response(status_code=204, background=BackgroundTask(task.download, "videos/"))


app = Starlette(routes=[Route("/evolink", receive, methods=["POST"])])
