"""Waiting for as long as a busy machine may need, also by HTTP and WebSocket clients: libraries give up after 5 or 10 seconds."""

import time
from collections.abc import Callable
from functools import partial

import httpx
from websockets.sync import client

LIMIT_S = 60.0
"""No test waits for so long unless something hangs."""

get, post, delete = (partial(call, timeout=LIMIT_S) for call in (httpx.get, httpx.post, httpx.delete))
connect = partial(client.connect, open_timeout=LIMIT_S)


def comes_true(condition: Callable[[], object], within_s: float = LIMIT_S) -> bool:
    """Whether it does in time; for what nothing tells of."""
    deadline_s = time.monotonic() + within_s
    while not (is_true := bool(condition())) and time.monotonic() < deadline_s:
        time.sleep(0.02)
    return is_true
