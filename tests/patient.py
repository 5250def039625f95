"""HTTP and WebSocket clients that wait for as long as a busy machine may need: libraries give up after 5 or 10 seconds."""

from functools import partial

import httpx
from websockets.sync import client

LIMIT_S = 60.0
"""No test waits for so long unless something hangs."""

get, post, delete = (partial(call, timeout=LIMIT_S) for call in (httpx.get, httpx.post, httpx.delete))
connect = partial(client.connect, open_timeout=LIMIT_S)
