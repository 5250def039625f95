"""What the replay engine asks of a provider: a small protocol that real and third-party providers share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.providers.billing import BilledBy, Price
from harness.providers.wire import WireLog


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """One session to open.

    Attributes:
        params: The provider's own parameters, complete, as they will be sent.
        host: Endpoint, `ws(s)://…` or `http(s)://…`; None: the provider's production host.
        api_key: Never logged, never written; kept out of `repr`.
        connect_timeout_s: How long dialling may take until ready.
    """

    params: dict[str, Any]
    host: str | None
    api_key: str = field(repr=False)
    connect_timeout_s: float = 10.0


class Session(Protocol):
    """One live session. Methods are called in the order open, send…, finish, wait_closed, abort."""

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
        """Hand one chunk to the SDK; returns at once."""

    def accepting(self) -> bool:
        """Whether the service still takes audio."""

    def finish(self) -> None:
        """Send the stop command, behind all audio."""

    def wait_closed(self, timeout_s: float) -> bool:
        """Wait for the clean end of the session; False if it did not come in time."""

    def abort(self) -> None:
        """Let go of every socket and thread, however the session stands. Never raises, never blocks for long."""


class Provider(Protocol):
    """A transcription service behind its client library."""

    name: str
    key_variable: str
    sdk: str
    default_host: str
    schemes: tuple[str, ...]
    most_channels: int
    billed_by: BilledBy

    def list_price(self, params: Mapping[str, Any]) -> Price | None:
        """The dated list price of a session with these parameters; None if unknown."""

    def effective_params(self, params: dict[str, Any], encoding: str, sample_rate_hz: int) -> dict[str, Any]:
        """The complete parameters as they will be sent, audio format included.

        Raises:
            ConfigError: If a parameter is unknown to the provider's SDK or has an impossible value.
        """

    def session(self, spec: SessionSpec) -> Session:
        """A session ready to be opened."""
