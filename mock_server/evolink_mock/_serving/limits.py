"""How much the server takes of a client, and for how long."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one server; sizes in bytes as received, times in seconds.

    Attributes:
        head: Size of a request line with its header fields; each field counts 32 bytes more, which is about
            what it costs.
        body: Size of a request body, framing included.
        backlog: Input that is kept while an earlier request of the connection is under way.
        total: Input of all connections that is kept at the same time: bodies and backlogs.
        connections: Connections at the same time.
        head_time: For a head, from its first byte on.
        body_time: For a body, from the end of its head on.
        idle_time: Between two requests; clients poll at leisure.
        write_time: For a client to take the next part of a response.
        linger_time: In which the rest of a refused request is read and dropped, so that its client
            reads the response.
    """

    head: int = 64 * 1024
    body: int = 32 * 1024 * 1024 + 64 * 1024
    backlog: int = 64 * 1024
    total: int = 256 * 1024 * 1024
    connections: int = 8192
    head_time: float = 20.0
    body_time: float = 60.0
    idle_time: float = 120.0
    write_time: float = 30.0
    linger_time: float = 2.0

    @property
    def shortest_time(self) -> float:
        """The shortest of the times."""
        return min(self.head_time, self.body_time, self.idle_time, self.write_time, self.linger_time)
