"""Clients that mean harm, as a process of their own: `hostile_clients.py PORT SECONDS`."""

import asyncio
import contextlib
import resource
import sys
from collections.abc import Awaitable, Callable

CONNECTIONS = 2000
HEAD = b"POST /v1/videos/generations HTTP/1.1\r\nHost: mock.test\r\nContent-Type: application/json\r\n"
KEY = b"Authorization: Bearer evolink-mock-key\r\n"
MB = 2**20

Attack = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def trickle_head(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"X: ")
    while True:
        writer.write(b"a")
        await asyncio.sleep(1)


async def trickle_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Content-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b"[")
        await asyncio.sleep(1)


async def stay_idle(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def talk_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01 nonsense\r\n\r\n")
    await reader.read()
    await asyncio.sleep(1)


async def read_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"GET /_mock/ HTTP/1.1\r\nHost: mock.test\r\n\r\n" * 5000)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    await asyncio.sleep(10)


async def declare_100_mb(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + KEY + b"Content-Length: %d\r\n\r\n" % (100 * MB))
    for _ in range(100):
        writer.write(bytes(MB))
        await writer.drain()
    await reader.read()


async def send_100_mb_in_chunks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + KEY + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(100):
        writer.write(b"%x\r\n%s\r\n" % (MB, bytes(MB)))
        await writer.drain()
    await reader.read()


async def never_end_the_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"X: ")
    for _ in range(300):
        writer.write(b"a" * MB)
        await writer.drain()
    await reader.read()


def send_json(body: bytes) -> Attack:
    async def attack(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + KEY + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        await reader.read()
        await asyncio.sleep(0.1)

    return attack


async def pipeline(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"GET /v1/tasks/none HTTP/1.1\r\nHost: mock.test\r\n" + KEY + b"\r\n")
    await reader.readline()
    for _ in range(100):
        writer.write(b"GET /v1/tasks/none HTTP/1.1\r\nHost: mock.test\r\n" + KEY + b"\r\n")
        await asyncio.sleep(0)
    await asyncio.sleep(0.5)


MANY: dict[str, Attack] = {
    "trickle_head": trickle_head,
    "trickle_body": trickle_body,
    "stay_idle": stay_idle,
    "talk_nonsense": talk_nonsense,
}
FEW: dict[str, Attack] = {
    "read_nothing": read_nothing,
    "declare_100_mb": declare_100_mb,
    "send_100_mb_in_chunks": send_100_mb_in_chunks,
    "never_end_the_head": never_end_the_head,
    "deep_json": send_json(b'{"model":' + b"[" * 8 * MB),
    "wide_json": send_json(b'{"model":"sora-2","prompt":[' + b"1," * 4 * MB + b"1]}"),
    "long_model": send_json(b'{"model":"' + b"m" * 15 * MB + b'"}'),
    "long_text": send_json(b'{"model":"sora-2","prompt":"' + b"p" * 15 * MB + b'"}'),
    "large_json": send_json(b'{"model":"' + b"m" * 31 * MB + b'"}'),
    "wrong_items": send_json(b'{"model":"sora-2","prompt":"x","image_urls":[' + b"1," * 80_000 + b"1]}"),
    "pipeline": pipeline,
}


async def repeat(port: int, attack: Attack) -> None:
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                await attack(reader, writer)
            finally:
                writer.close()


async def main(port: int, seconds: float, names: list[str]) -> None:
    many = {name: attack for name, attack in MANY.items() if not names or name in names}
    few = {name: attack for name, attack in FEW.items() if not names or name in names}
    each = CONNECTIONS // len(many) if many else 0
    attacks = [attack for attack in many.values() for _ in range(each)]
    attacks += [attack for attack in few.values() for _ in range(2)]
    tasks = [asyncio.create_task(repeat(port, attack)) for attack in attacks]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 10_000), hard))
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
