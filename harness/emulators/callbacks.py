"""What a service POSTs to its client's own server about a session: Gladia's callbacks, AssemblyAI's webhook."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

import aiohttp

from harness.loopback import is_loopback_host

Hosts = Literal["loopback", "any"]
_MOST_NOTES = 20


class Callbacks:
    """Delivers one session's callbacks, one POST each, in order; what fails is told to `note`.

    Args:
        url: Where to.
        note: Told of each failure.
        hosts: `loopback` sends nothing to other machines, and notes that.
        headers: Sent with each POST.
        timeout_s: How long an answer may take.
        attempts: How often a callback is tried that gets no 2xx; a 4xx ends that at once.
        pause_s: Wall time between two attempts.
    """

    def __init__(
        self,
        url: str,
        note: Callable[[str], None],
        hosts: Hosts,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float,
        attempts: int = 1,
        pause_s: float = 0.0,
    ) -> None:
        self._url = url
        self._note = note
        self._headers = headers
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._attempts = attempts
        self._pause_s = pause_s
        self._notes = 0
        self._waiting: asyncio.Queue[tuple[str, dict[str, Any]] | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._allowed = hosts == "any" or is_loopback_host(urlsplit(url).hostname or "")
        if not self._allowed:
            host = urlsplit(url).hostname
            note(f"nothing is sent to {host}: it is not this machine, and callback_hosts is loopback")

    def put(self, name: str, body: dict[str, Any]) -> None:
        """Have a body delivered; `name` is what notes call it."""
        if not self._allowed:
            return
        self._waiting.put_nowait((name, body))
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def close(self) -> "asyncio.Task[None] | None":
        """Deliver what waits and nothing more; returns the task that does it, if there is anything."""
        self._waiting.put_nowait(None)
        return self._task

    async def _run(self) -> None:
        # Not through a system proxy: callbacks are for this machine unless wished.
        async with aiohttp.ClientSession(timeout=self._timeout, trust_env=False, headers=self._headers) as client:
            while (waiting := await self._waiting.get()) is not None:
                for attempt in range(self._attempts):
                    if attempt:
                        await asyncio.sleep(self._pause_s)
                    if not await self._post(client, *waiting):
                        break

    async def _post(self, client: aiohttp.ClientSession, name: str, body: dict[str, Any]) -> bool:
        """One attempt; True if another one may help."""
        try:
            async with client.post(self._url, json=body, allow_redirects=False) as answer:
                if answer.status < 300:  # noqa: PLR2004 - 2xx is success, a redirect is none
                    return False
                self._failed(name, f"HTTP {answer.status}")
                return not 400 <= answer.status < 500  # noqa: PLR2004 - the receiver doesn't want it
        except (aiohttp.ClientError, TimeoutError) as error:
            self._failed(name, type(error).__name__)
            return True

    def _failed(self, name: str, why: str) -> None:
        self._notes += 1
        if self._notes <= _MOST_NOTES:
            self._note(f"{name} failed: {why}")


def is_callback_url(url: str) -> bool:
    """True if a POST could go there."""
    try:
        parsed = urlsplit(url)
        return parsed.scheme in {"http", "https"} and bool(parsed.hostname) and parsed.port != 0
    except ValueError:
        return False
