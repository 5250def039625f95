"""Gladia's callbacks: the messages of a session, one POST each, in order."""

import asyncio
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

import aiohttp

_TIMEOUT_S = 5.0
_MOST_NOTES = 20


class Callbacks:
    """Delivers one session's callbacks; what fails is told to `note` and not tried again."""

    def __init__(
        self, url: str, session_id: str, note: Callable[[str], None], hosts: Literal["loopback", "any"]
    ) -> None:
        self._url = url
        self._session_id = session_id
        self._note = note
        self._notes = 0
        self._waiting: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._allowed = hosts == "any" or _is_loopback(url)
        if not self._allowed:
            note(
                f"callbacks to {urlsplit(url).hostname} are not sent: it is not this machine, and callback_hosts is loopback"
            )

    def put(self, message: dict[str, Any]) -> None:
        """Have a message delivered, as it is on the socket."""
        if not self._allowed:
            return
        body = {"id": self._session_id, "event": f"live.{message['type']}", "payload": message}
        self._waiting.put_nowait(body)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def close(self) -> None:
        """Deliver what waits and nothing more."""
        self._waiting.put_nowait(None)

    async def _run(self) -> None:
        # Not through a system proxy: callbacks are for this machine unless wished.
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as client:
            while (body := await self._waiting.get()) is not None:
                try:
                    async with client.post(self._url, json=body, allow_redirects=False) as answer:
                        if answer.status >= 400:  # noqa: PLR2004 - where HTTP errors begin
                            self._failed(body, f"HTTP {answer.status}")
                except (aiohttp.ClientError, TimeoutError) as error:
                    self._failed(body, type(error).__name__)

    def _failed(self, body: dict[str, Any], why: str) -> None:
        self._notes += 1
        if self._notes <= _MOST_NOTES:
            self._note(f"callback {body['event']} failed: {why}")


def is_callback_url(url: str) -> bool:
    """True if a POST could go there."""
    try:
        parsed = urlsplit(url)
    except ValueError:
        return False
    return parsed.scheme in {"http", "https"} and bool(parsed.hostname)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
