"""What the replay engine asks of a provider: a small protocol that real and third-party providers share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from harness.providers.billing import BilledBy, Price
from harness.providers.wire import WireLog

SendStamp = Literal["wire", "handoff"]
"""`wire`: when the write to the service's socket returned. `handoff`: when whoever sends it on took the chunk."""

RecvStamp = Literal["wire", "handler"]
"""`wire`: when a message arrived, before any client parsed it. `handler`: when the application had it."""

EmulatorName = Literal["assemblyai", "gladia"]


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """One session to open.

    Attributes:
        params: The provider's own parameters, complete, as they will be sent.
        host: Endpoint, `ws(s)://…` or `http(s)://…`; None: the provider's production host.
        api_keys: By the names of `Provider.key_variables`. Never logged, never written; kept out of `repr`.
        connect_timeout_s: How long dialling may take until ready.
    """

    params: dict[str, Any]
    host: str | None
    api_keys: Mapping[str, str] = field(repr=False)
    connect_timeout_s: float = 10.0

    @property
    def api_key(self) -> str:
        """The only key; empty if there is none."""
        return next(iter(self.api_keys.values()), "")


class Session(Protocol):
    """One live session. Methods are called in the order open, send…, finish, wait_closed, abort; abort may come at any time.

    Attributes:
        wire: What was sent and received, filled as it happens.
        ready_ns: When the service accepted audio, on `time.monotonic_ns()`; None: not yet.
        connect_started_ns: When it was dialled.
        errors: `(instant, type, message)`, in order. What stands here before the end makes the session a failed one.
    """

    wire: WireLog
    ready_ns: int | None
    connect_started_ns: int | None
    errors: list[tuple[int, str, str]]

    @property
    def http_post_ms(self) -> float | None:
        """Duration of an HTTP call that creates the session; None if the provider has none."""

    def open(self) -> None:
        """Dial and block until the service accepts audio.

        Raises:
            ProviderError: If it does not become ready in time.
        """

    def send(self, chunk: bytes) -> None:
        """Hand one chunk to the SDK; returns at once, and raises nothing: what breaks goes to `errors`."""

    def accepting(self) -> bool:
        """Whether the service still takes audio."""

    def finish(self) -> None:
        """Send the stop command, behind all audio; raises nothing either."""

    def wait_closed(self, timeout_s: float) -> bool:
        """Wait for the clean end of the session; False if it did not come in time."""

    def abort(self) -> None:
        """Let go of every socket and thread, however the session stands. Never raises, never blocks for long."""


class Provider(Protocol):
    """A transcription service behind its client. One that comes from a package is made without arguments, and can be pickled.

    Attributes:
        name: As the configuration has it.
        sdk: Name and version of the client, as `gladiaio-sdk 2.2.0`.
        default_host: Where it goes unless told otherwise; empty if only the client knows.
        schemes: What `host` may begin with, as `wss`.
        most_channels: That one session takes.
        billed_by: What is counted.
        send_stamp: What the instants in `WireLog.sent_audio` are.
        recv_stamp: What the `wire_ns` of frames are. One side with `handler` makes both be compared at their handlers.
    """

    name: str
    sdk: str
    default_host: str
    schemes: tuple[str, ...]
    most_channels: int
    billed_by: BilledBy
    send_stamp: SendStamp
    recv_stamp: RecvStamp

    def key_variables(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        """Names of the environment variables that hold its keys; each ends in `_API_KEY`."""

    def emulator(self, params: Mapping[str, Any]) -> EmulatorName | None:
        """Which of the embedded emulators can stand in for the service; None: neither."""

    def turn_silence_s(self, params: Mapping[str, Any]) -> float:
        """The longest silence after which it ends a turn, in seconds; 0 if unknown."""

    def list_price(self, params: Mapping[str, Any]) -> Price | None:
        """The dated list price of a session with these parameters; None if unknown."""

    def effective_params(self, params: dict[str, Any], encoding: str, sample_rate_hz: int) -> dict[str, Any]:
        """The complete parameters as they will be sent, audio format included.

        Raises:
            ConfigError: If a parameter is unknown to the provider's SDK or has an impossible value.
        """

    def session(self, spec: SessionSpec) -> Session:
        """A session ready to be opened."""
