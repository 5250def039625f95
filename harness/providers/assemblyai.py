"""AssemblyAI streaming v3 through the official `assemblyai` SDK (its synchronous client)."""

import json
import logging
import re
import threading
import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from assemblyai.streaming.v3 import client as sdk
from assemblyai.streaming.v3.models import (
    RealTimeEvents,
    RealTimeParameters,
    RealTimeTranscriberOptions,
)
from pydantic import ValidationError

from harness.errors import ConfigError, ProviderError, ThrottledError
from harness.providers.base import EmulatorName, RecvStamp, SendStamp, SessionSpec
from harness.providers.billing import BilledBy, Price, assemblyai_price
from harness.providers.parameters import as_sent, nearest
from harness.providers.turn_silences import turn_silence_s
from harness.providers.wire import WireLog, connect_tapped

_HANDLED = (
    RealTimeEvents.Begin,
    RealTimeEvents.Turn,
    RealTimeEvents.Termination,
    RealTimeEvents.SpeechStarted,
    RealTimeEvents.Warning,
    RealTimeEvents.Heartbeat,
    RealTimeEvents.Silence,
    RealTimeEvents.SpeakerRevision,
    RealTimeEvents.LLMGatewayResponse,
)

# Two of the vendor's pages name two codes for it, 3009 and 1008; the latter means bad keys as well, so its text decides.
_THROTTLED_KINDS = {"assemblyai_429", "assemblyai_3009"}
_THROTTLED = re.compile(r"too many (concurrent )?(sessions|requests)|session rate|rate limit", re.IGNORECASE)

# `connect()` dials in the calling thread, so a thread-local names the session whose socket is being opened.
_dialling = threading.local()
_sdk: Any = sdk  # the one attribute the SDK dials through is not exported
_library_connect = _sdk._ws_sync_connect  # noqa: SLF001


def _connect(uri: str, **kwargs: Any) -> Any:
    log: WireLog | None = getattr(_dialling, "log", None)
    if log is None:  # somebody else's client in this process: leave it alone
        return _library_connect(uri, **kwargs)
    return connect_tapped(log, _library_connect, uri, **kwargs)


_sdk._ws_sync_connect = _connect  # noqa: SLF001


class AssemblyAISession:
    """One streaming session. See `Session` for the order of calls."""

    def __init__(self, spec: SessionSpec) -> None:
        self.wire = WireLog(stop_words=("Terminate",))
        self.ready_ns: int | None = None
        self.connect_started_ns: int | None = None
        self.http_post_ms: float | None = None
        self.errors: list[tuple[int, str, str]] = []
        self._spec = spec
        self._begun = threading.Event()
        self._failed = threading.Event()
        self._ended = threading.Event()
        self._client = sdk.RealTimeTranscriber(
            RealTimeTranscriberOptions(
                api_key=spec.api_key,
                api_host=spec.host or AssemblyAI.default_host,
                connect_timeout=spec.connect_timeout_s,
                max_connection_retries=0,  # one dial is one measured dial; the scheduler redials what it may
                terminate_timeout=30.0,  # the default of 5 s loses a Termination that comes later
            )
        )
        # Before connect(): `Begin` can arrive at once.
        for event in _HANDLED:
            self._client.on(event, self._handle)
        self._client.on(RealTimeEvents.Error, self._handle_error)

    def open(self) -> None:
        """Dial, then wait for `Begin`."""
        deadline = time.monotonic() + self._spec.connect_timeout_s
        self.connect_started_ns = time.monotonic_ns()
        _dialling.log = self.wire
        try:
            self._client.connect(RealTimeParameters.model_validate(self._spec.params))
        finally:
            _dialling.log = None
        # connect() reports a failure through the Error handler and returns as if nothing had happened.
        while not self._begun.wait(0.02):
            if self._failed.is_set():
                kind = ThrottledError if self._is_throttled() else ProviderError
                raise kind(f"AssemblyAI refused the session: {self.errors[-1][2]}")
            if time.monotonic() > deadline:
                raise ProviderError(
                    f"AssemblyAI did not send Begin within {self._spec.connect_timeout_s:g} s of being dialled."
                )

    def _is_throttled(self) -> bool:
        """Whether the refusal was for a quota. The SDK replaces the server's reason by one of its own: ask the wire too."""
        if any(kind in _THROTTLED_KINDS for _, kind, _ in self.errors):
            return True
        said = [message for _, _, message in self.errors]
        said += [connection.close_reason for connection in self.wire.connections]
        said += [frame.data.decode("utf-8", "replace") for frame in self.wire.received]
        return any(_THROTTLED.search(text) for text in said)

    def send(self, chunk: bytes) -> None:
        """Queue one chunk; the SDK's write thread sends it."""
        self._client.stream(chunk)

    def accepting(self) -> bool:
        """Whether the socket is open and no error was reported."""
        return not (self._failed.is_set() or self.wire.closed.is_set())

    def finish(self) -> None:
        """Send `Terminate` behind all audio. The SDK's blocking wait runs in a thread of its own."""
        threading.Thread(target=self._disconnect, name="assemblyai-finish", daemon=True).start()

    def _disconnect(self) -> None:
        self._client.disconnect(terminate=True)
        self._ended.set()

    def wait_closed(self, timeout_s: float) -> bool:
        """Wait until the SDK has taken `Termination` and the socket is closed."""
        deadline = time.monotonic() + timeout_s
        ended = self._ended.wait(timeout_s)
        return ended and self.wire.closed.wait(max(0.0, deadline - time.monotonic()))

    def abort(self) -> None:
        """Close without a word to the server."""
        if self.wire.connections:
            # The SDK's threads are not daemons: without this the process would not exit.
            threading.Thread(target=self._client.disconnect, name="assemblyai-abort", daemon=True).start()

    def _handle(self, _client: Any, event: Any) -> None:
        frame = self.wire.handler_called()
        if getattr(event, "type", None) == "Begin" and self.ready_ns is None:
            self.ready_ns = frame.wire_ns if frame is not None else time.monotonic_ns()
            self._begun.set()

    def _handle_error(self, _client: Any, error: Any) -> None:
        self.wire.handler_called()
        code = getattr(error, "code", None)
        self.errors.append((time.monotonic_ns(), f"assemblyai_{code}" if code else "assemblyai_error", str(error)))
        self._failed.set()


class AssemblyAI:
    """The baseline of a migration: a provider for `assemblyai`."""

    name = "assemblyai"
    default_host = "streaming.assemblyai.com"
    most_channels = 1
    schemes: tuple[str, ...] = ("ws", "wss")
    sdk = f"assemblyai {version('assemblyai')}"
    billed_by: BilledBy = "session"
    send_stamp: SendStamp = "wire"
    recv_stamp: RecvStamp = "wire"

    def key_variables(self, _params: Mapping[str, Any]) -> tuple[str, ...]:
        """The one key."""
        return ("ASSEMBLYAI_API_KEY",)

    def emulator(self, _params: Mapping[str, Any]) -> EmulatorName:
        """Its own."""
        return "assemblyai"

    def turn_silence_s(self, params: Mapping[str, Any]) -> float:
        """`max_turn_silence`, or its default, in seconds."""
        return turn_silence_s(params)[1]

    def list_price(self, params: Mapping[str, Any]) -> Price | None:
        """See `harness.providers.billing`."""
        return assemblyai_price(params)

    def effective_params(self, params: dict[str, Any], encoding: str, sample_rate_hz: int) -> dict[str, Any]:
        """Check `params` against the SDK's model, which would silently drop a name it does not know."""
        known = [name for name in RealTimeParameters.model_fields if name not in {"encoding", "sample_rate"}]
        for name in params:
            if name in {"encoding", "sample_rate"}:
                raise ConfigError(
                    f"params.{name}: the audio format is set once for both services. Set it under [audio] instead."
                )
            if name not in known:
                raise ConfigError(
                    f"params.{name}: AssemblyAI's SDK has no such parameter and would drop it silently. {nearest(name, known)}"
                )
        try:
            checked = RealTimeParameters.model_validate({**params, "encoding": encoding, "sample_rate": sample_rate_hz})
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"])
            raise ConfigError(
                f"params.{where}: {problem['input']!r} is not allowed by AssemblyAI's SDK: {problem['msg']}."
            ) from None
        return as_sent("params", json.loads(checked.model_dump_json(exclude_none=True)), params)

    def session(self, spec: SessionSpec) -> AssemblyAISession:
        """A session ready to be opened."""
        return AssemblyAISession(spec)


logging.getLogger(sdk.__name__).addHandler(logging.NullHandler())  # errors reach us through the handler
