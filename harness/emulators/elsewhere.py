"""Emulators that somebody else started: how they fared, if what answers on this machine tells."""

import http.client
import json
import urllib.request
from typing import Any
from urllib.parse import urlsplit

_TIMEOUT_S = 2
_LARGEST_BYTES = 1 << 20
_MOST = 1e12  # no time in milliseconds, no count of samples
_NEEDED = ("decode_queue_ms", "loop_lag_ms")
_KEPT = (*_NEEDED, "behind_ms")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Whoever answers on this machine must not send the question elsewhere."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow none."""


def metrics_at(host: str) -> dict[str, Any] | None:
    """What an emulator's `GET /metrics` says of whether it kept up, since it was started.

    Args:
        host: Its address as a side's `host`; on this machine.

    Returns:
        Windows in milliseconds by name (`decode_queue_ms`, `loop_lag_ms`, `behind_ms`) and `host`; None if nobody answers, or not as
        an emulator does.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    try:
        address = urlsplit(host if "//" in host else f"wss://{host}")
        scheme = "http" if address.scheme in {"ws", "http"} else "https"
        with opener.open(f"{scheme}://{address.netloc}/metrics", timeout=_TIMEOUT_S) as response:
            told = json.loads(response.read(_LARGEST_BYTES))
    except (OSError, ValueError, RecursionError, http.client.HTTPException):
        return None
    if not isinstance(told, dict) or not all(_is_window(told.get(name)) for name in _NEEDED):
        return None
    return {"host": host, **{name: told[name] for name in _KEPT if _is_window(told.get(name))}}


def _is_window(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and "p99" in value
        and all(
            number is None or (isinstance(number, int | float) and 0 <= number < _MOST) for number in value.values()
        )
    )
