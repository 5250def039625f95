"""What became of a session, without its words: enough to say who failed, in one pass and in little memory."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from harness.timeline.events import Audio, Closed, Connected, ErrorRaised, Event, FinishSent, Frame, Header
from harness.timeline.readers import BUILT_IN, reader_of

CLOSE_TIMEOUT, DEADLINE = "close_timeout", "deadline"
"""Types of the errors of sessions that did not end in time after the stop, and of those that did not end in time at all."""

_GIVEN_UP = frozenset({CLOSE_TIMEOUT, DEADLINE})

# Of an `Error`, an `error`, a refused acknowledgement: all else of the known providers need not be parsed.
_SIGN_OF_END = re.compile(r'"type"\s*:\s*"(Termination|end_session)"')
_SIGNS_OF_ERROR = re.compile(r'"type"\s*:\s*"[Ee]rror"|"acknowledged"\s*:\s*false')


class Accountable(Protocol):
    """What can be held against the harness or a service; a `SessionAccount`, and a `FoldedSession` likewise."""

    @property
    def header(self) -> Header:
        """The timeline's header."""

    @property
    def ready_ns(self) -> int | None:
        """Ready, ns from T0; None if never."""

    @property
    def dropped_ns(self) -> int | None:
        """Socket lost for the first time: before the stop command, or behind it without a goodbye; None if it was not."""

    @property
    def reconnects(self) -> int:
        """Times the session became ready again."""

    @property
    def errors(self) -> tuple[tuple[str, str], ...]:
        """`(type, message)`."""

    @property
    def sent_ns(self) -> tuple[int, ...]:
        """Per chunk, the instant its write returned."""

    @property
    def due_ns(self) -> tuple[int, ...]:
        """Per chunk sent, its due instant."""


@dataclass(frozen=True, slots=True)
class SessionAccount:
    """See `Accountable`."""

    header: Header
    ready_ns: int | None
    dropped_ns: int | None
    reconnects: int
    errors: tuple[tuple[str, str], ...]
    sent_ns: tuple[int, ...]
    due_ns: tuple[int, ...]


def account(header: Header, events: Iterable[Event]) -> SessionAccount:
    """Go through a session's events, in the order of their instants, once.

    Raises:
        RunError: The provider named in the header is unknown, so its frames can't be read.
    """
    reader = reader_of(header)
    is_known = header.provider in BUILT_IN
    may_err = _SIGNS_OF_ERROR.search if is_known else lambda _raw: True
    ready_ns: list[int] = []
    dropped_ns: int | None = None
    stopped = False
    ended = not is_known  # how others take their leave is theirs
    errors: list[tuple[str, str]] = []
    chunks: list[tuple[int, int, int]] = []
    for event in events:
        match event:
            case Audio():
                chunks.append((event.index, event.sent_ns, event.due_ns))
            case Frame():
                ended = ended or _SIGN_OF_END.search(event.raw) is not None
                if may_err(event.raw):
                    errors.extend(reader.read([event]).errors)
            case Connected():
                ready_ns.append(event.t_ns)
            case FinishSent():
                stopped = True
            case Closed():
                ended = ended or event.code is not None or any(kind in _GIVEN_UP for kind, _ in errors)
                is_lost = not (stopped and ended)
                if ready_ns and is_lost and dropped_ns is None:
                    dropped_ns = event.t_ns
            case ErrorRaised():
                errors.append((event.type, event.message))
            case _:
                pass
    chunks.sort()
    return SessionAccount(
        header=header,
        ready_ns=ready_ns[0] if ready_ns else None,
        dropped_ns=dropped_ns,
        reconnects=max(0, len(ready_ns) - 1),
        errors=tuple(errors),
        sent_ns=tuple(sent_ns for _, sent_ns, _ in chunks),
        due_ns=tuple(due_ns for _, _, due_ns in chunks),
    )
