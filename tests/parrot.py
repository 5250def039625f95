"""A provider as a package would bring it, without a network: it says "polly" to everything. Each flaw breaks one promise."""

import json
import time
from collections.abc import Iterable
from typing import Any

from harness.extending import (
    ConfigError,
    Connection,
    Frame,
    ProviderError,
    Reading,
    SessionSpec,
    TextMessage,
    Update,
    WireLog,
    as_sent,
    decode_object,
)

FLAWS = {
    "description": ("sdk", "keys"),
    "travels": ("pickle",),
    "parameters": ("format",),
    "refuses_parameters": ("drops",),
    "keys_are_secret": ("repr",),
    "opens": ("ready",),
    "sends": ("stamps",),
    "stamps_messages": ("handler",),
    "stops": ("stop",),
    "reader": ("final",),
    "unreachable": ("oserror",),
    "breaks": ("blind", "loud"),
    "abort": ("raises",),
}
"""By the check that has to notice them."""

BROKEN: set[str] = set()
"""While something is in it, every session breaks."""


class ParrotSession:
    """One session."""

    def __init__(self, spec: SessionSpec, flaw: str) -> None:
        self.wire = WireLog()
        self.ready_ns: int | None = None
        self.connect_started_ns: int | None = None
        self.http_post_ms: float | None = None
        self.errors: list[tuple[int, str, str]] = []
        self._spec = spec
        self._flaw = flaw

    def __repr__(self) -> str:
        return f"ParrotSession({self._spec.api_key if self._flaw == 'repr' else ''})"

    def open(self) -> None:
        self.connect_started_ns = time.monotonic_ns()
        if self._spec.host == "parrot://127.0.0.1:9":
            raise OSError("refused") if self._flaw == "oserror" else ProviderError("no parrot here")
        now_ns = time.monotonic_ns()
        self.wire.connections.append(Connection(dial_ns=now_ns, open_ns=now_ns))
        if self._flaw != "ready":
            self.ready_ns = now_ns

    def send(self, chunk: bytes) -> None:
        if self._flaw != "stamps":
            self.wire.frame_sent(time.monotonic_ns(), chunk, self.wire.connections[0])
        self._hear("partial")
        if BROKEN:
            self.errors.append((time.monotonic_ns(), "parrot", "flew away"))
            self._close()
            if self._flaw == "loud":
                raise OSError("nobody there")

    def accepting(self) -> bool:
        return self._flaw == "blind" or not self.wire.closed.is_set()

    def finish(self) -> None:
        if self._flaw != "stop":
            self.wire.finish_sent_ns.append(time.monotonic_ns())
        self._hear("partial" if self._flaw == "final" else "final")
        self.wire.connections[0].close_code = 1000
        self._close()

    def wait_closed(self, timeout_s: float) -> bool:
        return self.wire.closed.wait(timeout_s)

    def abort(self) -> None:
        if self._flaw == "raises":
            raise RuntimeError("what is there to abort?")
        self._close()

    def _close(self) -> None:
        if self.wire.connections and not self.wire.closed.is_set():
            self.wire.connections[0].closed_ns = time.monotonic_ns()
            self.wire.closed.set()

    def _hear(self, kind: str) -> None:
        self.wire.frame_arrived(time.monotonic_ns(), json.dumps({"kind": kind, "text": "polly"}).encode())
        self.wire.frame_taken()
        if self._flaw != "handler":
            self.wire.handler_called()


class Parrot:
    """The provider."""

    name = "parrot"
    default_host = "parrot://parrot.example"
    schemes = ("parrot",)
    most_channels = 1
    billed_by = "session"
    send_stamp = "wire"
    recv_stamp = "wire"

    def __init__(self, flaw: str = "") -> None:
        self.flaw = flaw
        self.sdk = "" if flaw == "sdk" else "parrot 1.0"
        if flaw == "pickle":
            self.callback = lambda: None

    def key_variables(self, _params: Any) -> tuple[str, ...]:
        return ("PARROT_SECRET",) if self.flaw == "keys" else ("PARROT_API_KEY",)

    def emulator(self, _params: Any) -> None:
        return None

    def turn_silence_s(self, _params: Any) -> float:
        return 0.5

    def list_price(self, _params: Any) -> None:
        return None

    def effective_params(self, params: dict[str, Any], encoding: str, sample_rate_hz: int) -> dict[str, Any]:
        unknown = [name for name in params if name != "loud"]
        if unknown and self.flaw != "drops":
            raise ConfigError(f"params.{unknown[0]}: parrots have no such parameter. Allowed: loud.")
        audio = {} if self.flaw == "format" else {"encoding": encoding, "sample_rate": sample_rate_hz}
        return as_sent("params", {**{name: params[name] for name in params if name == "loud"}, **audio}, params)

    def session(self, spec: SessionSpec) -> ParrotSession:
        return ParrotSession(spec, self.flaw)


def read(frames: Iterable[Frame], _channel: int | None = None) -> Reading:
    """What a parrot says is one segment."""
    reading = Reading()
    for frame in frames:
        message = decode_object(frame.raw)
        if message is None or message.get("kind") not in {"partial", "final"}:
            reading.reject(frame, "not a parrot's")
            continue
        kind = "partial" if message["kind"] == "partial" else "final_formatted"
        update = Update("0", frame.wire_ns, frame.handler_ns, kind, str(message.get("text")))
        reading.texts.append(TextMessage(update, 0, None, None))
    return reading


def longest_segment_ms(_params: dict[str, Any]) -> None:
    """None."""
