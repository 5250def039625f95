"""Every switch of the emulators, as values. What the vendors leave open or describe in two ways is a switch here."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

EngineName = Literal["recogniser", "script"]


@dataclass(frozen=True, slots=True)
class AssemblyAIOptions:
    """Behaviour of the AssemblyAI emulator.

    Attributes:
        reject_with: A bad key fails the upgrade with HTTP 401, or is accepted and closed with 1008.
        error_frame_before_close: Announce an abnormal close by an `Error` message.
        rate_tolerance_s: How far audio may run ahead of the wall clock before 3007; None for any.
        strict_tail: False lets a last message under 50 ms pass if `Terminate` follows.
        begin_delay_s: Wall time between upgrade and `Begin`.
        formatting_delay_s: Wall time between a turn's unformatted and its formatted final.
        termination_delay_s: Wall time between the last turn and `Termination`.
        heartbeat_s: Period of `Heartbeat`.
        session_limit_s: Longest session.
        inactivity_code: Close code of `inactivity_timeout`.
    """

    reject_with: Literal["http", "close"] = "close"
    error_frame_before_close: bool = True
    rate_tolerance_s: float | None = 10.0
    strict_tail: bool = True
    begin_delay_s: float = 0.0
    formatting_delay_s: float = 0.0
    termination_delay_s: float = 0.0
    heartbeat_s: float = 1.0
    session_limit_s: float = 3 * 3600.0
    inactivity_code: int = 3005


@dataclass(frozen=True, slots=True)
class GladiaOptions:
    """Behaviour of the Gladia emulator.

    Attributes:
        validation_status: HTTP status of a validation error.
        unknown_token: An unknown token fails the upgrade with HTTP 403, or is accepted and closed with 4401.
        second_socket: What a second socket on a session does.
        concurrent_sessions: Plan limit, beyond which a POST gets 429; None for any number.
        ack_every: Audio messages per acknowledgement.
        leading_space: Final texts begin with a space.
        resume_s: How long a session without a socket waits for its client to come back.
    """

    validation_status: Literal[400, 422] = 422
    unknown_token: Literal["http", "close"] = "http"  # noqa: S105 - the name of a behaviour
    second_socket: Literal["replace", "refuse"] = "replace"
    concurrent_sessions: int | None = None
    ack_every: int = 1
    leading_space: bool = True
    resume_s: float = 120.0


@dataclass(frozen=True, slots=True)
class EmulatorOptions:
    """What `serve` needs to know.

    Attributes:
        port: AssemblyAI's port, Gladia's is the next; 0 takes two free ones.
        engine: `recogniser` understands what it hears, `script` plays the scenario.
        scenario: Scenario file; its faults apply to either engine.
        workers: Processes that decode speech.
        reject_keys: API keys that are refused; any other is accepted.
        stamp: Add `_sent_ns` (CLOCK_MONOTONIC at the socket write) to every message.
        compress: Negotiate permessage-deflate if the client offers it.
        exit_with_stdin: Stop when standard input ends: the parent is gone.
        keep_sessions: How many sessions the ledger remembers.
        assemblyai: Behaviour of one service.
        gladia: Behaviour of the other.
    """

    port: int = 0
    engine: EngineName = "recogniser"
    scenario: Path | None = None
    workers: int = 2
    reject_keys: frozenset[str] = frozenset()
    stamp: bool = False
    compress: bool = False
    exit_with_stdin: bool = False
    keep_sessions: int = 512
    assemblyai: AssemblyAIOptions = field(default_factory=AssemblyAIOptions)
    gladia: GladiaOptions = field(default_factory=GladiaOptions)
