"""Gladia live v2 through the official `gladiaio-sdk` (its synchronous session)."""

import threading
import time
from collections.abc import Mapping
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from gladiaio_sdk import GladiaClient
from gladiaio_sdk.client_options import HttpRetryOptions, WebSocketRetryOptions
from gladiaio_sdk.network import websocket_client
from gladiaio_sdk.v2.live.generated_types import LiveV2InitRequest

from harness.errors import ConfigError, ProviderError, ThrottledError
from harness.providers.base import EmulatorName, RecvStamp, SendStamp, SessionSpec
from harness.providers.billing import BilledBy, Price, gladia_price
from harness.providers.gladia_schema import schema_problems
from harness.providers.parameters import as_sent
from harness.providers.wire import WireLog, connect_tapped

_ENCODINGS = {"pcm_s16le": ("wav/pcm", 16), "pcm_mulaw": ("wav/ulaw", 8)}
SAMPLE_RATES_HZ = (8000, 16000, 32000, 44100, 48000)

# The SDK dials in a thread of its own; the socket's URL carries a token that only one session has.
_logs: dict[str, WireLog] = {}
_sdk: Any = websocket_client  # the one attribute the SDK dials through is not exported
_library = _sdk.sync_ws_client


def _connect(uri: str, **kwargs: Any) -> Any:
    log = _logs.get(uri)
    if log is None:  # somebody else's client in this process: leave it alone
        return _library.connect(uri, **kwargs)
    return connect_tapped(log, _library.connect, uri, **kwargs)


_sdk.sync_ws_client = SimpleNamespace(connect=_connect, ClientConnection=_library.ClientConnection)


class _Sockets:
    """Stands before the SDK's socket factory, to learn which URL belongs to which session before it is dialled."""

    def __init__(self, factory: Any, log: WireLog) -> None:
        self._factory = factory
        self._log = log
        self.url: str | None = None

    def create_session(self, url: str) -> Any:
        session = self._factory.create_session(url)
        self.url = session.url
        # Whoever has the address's token may speak in this session.
        self._log.secrets.update(value for _, value in parse_qsl(urlsplit(session.url).query))
        _logs[session.url] = self._log
        return session


class _Http:
    """Stands before the SDK's HTTP client: holds the POST until all listeners are attached, and times it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.listening = threading.Event()
        self.post_started_ns: int | None = None
        self.post_ended_ns: int | None = None

    def post(self, *args: Any, **kwargs: Any) -> Any:
        self.listening.wait()
        self.post_started_ns = time.monotonic_ns()
        try:
            return self._client.post(*args, **kwargs)
        finally:
            self.post_ended_ns = time.monotonic_ns()

    def close(self) -> None:
        self._client.close()  # the SDK would leave its connection to the garbage collector


class GladiaSession:
    """One live session. See `Session` for the order of calls."""

    def __init__(self, spec: SessionSpec) -> None:
        self.wire = WireLog(stop_words=("stop_recording",))
        self.ready_ns: int | None = None
        self.connect_started_ns: int | None = None
        self.errors: list[tuple[int, str, str]] = []
        self._spec = spec
        self._ended = threading.Event()
        self._stopping = False
        live: Any = GladiaClient(
            api_key=spec.api_key,
            api_url=spec.host or Gladia.default_host,
            http_timeout=spec.connect_timeout_s,
            http_retry=HttpRetryOptions(max_attempts=1),  # the scheduler redials what it may
            ws_timeout=spec.connect_timeout_s,
            # One reconnect is allowed and reported; without a cap a server that accepts and closes is dialled for ever.
            ws_retry=WebSocketRetryOptions(max_attempts_per_connection=1, max_connections=2),
        ).live_v2()
        # These two attributes of our own client instance are where a session's HTTP call and socket come from.
        self._http = live._http_client = _Http(live._http_client)  # noqa: SLF001
        self._sockets = live._ws_client = _Sockets(live._ws_client, self.wire)  # noqa: SLF001
        self._live = live
        self._session: Any = None

    @property
    def http_post_ms(self) -> float | None:
        """Duration of the POST that creates the session."""
        if self._http.post_started_ns is None or self._http.post_ended_ns is None:
            return None
        return (self._http.post_ended_ns - self._http.post_started_ns) / 1e6

    def open(self) -> None:
        """POST, dial, and wait until the socket is open."""
        deadline = time.monotonic() + self._spec.connect_timeout_s
        session = self._session = self._live.start_session(self._spec.params)
        session.on("message", self._handle)
        session.on("error", self._handle_error)
        session.on("ended", self._handle_ended)
        # When creation fails, the SDK removes all listeners and then reports the error again, to nobody: its thread would
        # die with a traceback on the user's terminal.
        session._event_emitter.remove_all_listeners = lambda _event=None: None  # noqa: SLF001
        self.connect_started_ns = time.monotonic_ns()
        self._http.listening.set()
        while not session.wait_until_ready(0.02):
            if self._ended.is_set() or session.status == "ended":
                reason = self.errors[-1][2] if self.errors else "the session ended before it was ready"
                throttled = any(kind == "gladia_http_429" for _, kind, _ in self.errors)
                raise (ThrottledError if throttled else ProviderError)(f"Gladia refused the session: {reason}")
            if time.monotonic() > deadline:
                raise ProviderError(f"Gladia was not ready within {self._spec.connect_timeout_s:g} s of being dialled.")
        self.ready_ns = self.wire.connections[0].open_ns

    def send(self, chunk: bytes) -> None:
        """Write one chunk in the calling thread, as the SDK does."""
        self._session.send_audio(chunk)

    def accepting(self) -> bool:
        """Whether the SDK considers the session running."""
        return not self._ended.is_set()

    def finish(self) -> None:
        """Send `stop_recording`."""
        self._stopping = True
        self._session.stop_recording()

    def wait_closed(self, timeout_s: float) -> bool:
        """Wait for `ended`, the SDK's last event, and the end of the socket."""
        deadline = time.monotonic() + timeout_s
        ended = self._ended.wait(timeout_s)
        return ended and self.wire.closed.wait(max(0.0, deadline - time.monotonic()))

    def abort(self) -> None:
        """End the session at once and forget its URL."""
        self._http.listening.set()
        self._http.close()
        if self._sockets.url is not None:
            _logs.pop(self._sockets.url, None)
        if self._session is not None and not self._ended.is_set():
            threading.Thread(target=self._session.end_session, name="gladia-abort", daemon=True).start()

    # A listener that raises would kill the SDK's receive thread without a word: these do nothing that can.
    def _handle(self, message: Any) -> None:
        self.wire.handler_called()
        if getattr(message, "type", None) == "audio_chunk" and getattr(message, "acknowledged", False):
            data = getattr(message, "data", None)
            if data is not None:  # after a lost socket, the SDK sends again what follows this byte
                self.wire.acknowledged_bytes = max(self.wire.acknowledged_bytes, int(data.byte_range[1]))

    def _handle_error(self, error: Any) -> None:
        if self._ended.is_set():
            return  # said before
        status = getattr(error, "status", None)
        kind = f"gladia_http_{status}" if status else "gladia_error"
        self.errors.append((time.monotonic_ns(), kind, str(error)))

    def _handle_ended(self, message: Any) -> None:
        code = getattr(message, "code", None)
        if code != 1000:  # noqa: PLR2004 - normal closure
            reason = getattr(message, "reason", None) or "no reason given"
            self.errors.append((time.monotonic_ns(), f"gladia_ended_{code}", str(reason)))
        self._ended.set()


class Gladia:
    """The candidate of a migration: a provider for `gladia`."""

    name = "gladia"
    default_host = "https://api.gladia.io"
    most_channels = 8
    schemes: tuple[str, ...] = ("http", "https")
    sdk = f"gladiaio-sdk {version('gladiaio-sdk')}"
    billed_by: BilledBy = "audio"
    send_stamp: SendStamp = "wire"
    recv_stamp: RecvStamp = "wire"

    def key_variables(self, _params: Mapping[str, Any]) -> tuple[str, ...]:
        """The one key."""
        return ("GLADIA_API_KEY",)

    def emulator(self, _params: Mapping[str, Any]) -> EmulatorName:
        """Its own."""
        return "gladia"

    def turn_silence_s(self, params: Mapping[str, Any]) -> float:
        """`endpointing`, in seconds."""
        return float(params.get("endpointing", 0.0))

    def list_price(self, params: Mapping[str, Any]) -> Price | None:
        """See `harness.providers.billing`."""
        return gladia_price(params)

    def effective_params(self, params: dict[str, Any], encoding: str, sample_rate_hz: int) -> dict[str, Any]:
        """Complete `params` with the audio format, one channel, and every message switch set explicitly."""
        for name in params:
            if name in {"encoding", "bit_depth", "sample_rate", "channels"}:
                raise ConfigError(
                    f"params.{name}: the audio format is set once for both services. Set it under [audio] instead."
                )
        for problem in schema_problems(params):
            more = "" if problem.endswith((".", "?")) else ", as Gladia's SDK declares it."
            raise ConfigError(f"params.{problem}{more}")
        if sample_rate_hz not in SAMPLE_RATES_HZ:
            allowed = ", ".join(str(rate) for rate in SAMPLE_RATES_HZ)
            raise ConfigError(f"audio.sample_rate: {sample_rate_hz} is not accepted by Gladia. Allowed: {allowed}.")
        wire_encoding, bit_depth = _ENCODINGS[encoding]
        messages = {
            "receive_partial_transcripts": True,
            "receive_final_transcripts": True,
            "receive_speech_events": True,
            "receive_acknowledgments": True,  # the SDK forces it on the wire; said here so that it is visible
            "receive_errors": True,
            "receive_lifecycle_events": True,
            "receive_pre_processing_events": False,
            "receive_realtime_processing_events": False,
            # A final transcript of a long call exceeds 1 MiB, which makes the client drop and redial for ever.
            "receive_post_processing_events": False,
            **_messages_config(params),
        }
        complete = {
            "model": "solaria-1",
            **params,
            "encoding": wire_encoding,
            "bit_depth": bit_depth,
            "sample_rate": sample_rate_hz,
            "channels": 1,
            "messages_config": messages,
        }
        try:
            LiveV2InitRequest.from_dict(complete)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ConfigError(
                f"params: Gladia's SDK refuses these parameters ({error}). Compare them with Gladia's live API reference."
            ) from None
        endpointing_s = complete.get("endpointing")
        if endpointing_s is not None and not 0.01 <= endpointing_s <= 10:  # noqa: PLR2004 - the service's own limits
            raise ConfigError(f"params.endpointing is {endpointing_s!r}; Gladia takes 0.01 to 10 seconds.")
        return as_sent("params", complete, params)

    def session(self, spec: SessionSpec) -> GladiaSession:
        """A session ready to be opened."""
        return GladiaSession(spec)


def _messages_config(params: dict[str, Any]) -> dict[str, Any]:
    switches = params.get("messages_config", {})
    if not isinstance(switches, dict):
        raise ConfigError(f"params.messages_config is {switches!r}; it must be a table of switches.")
    return switches
