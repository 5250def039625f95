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
        invalid_parameter_code: Close code for a query parameter that is missing or impossible.
        unknown_update: An `UpdateConfiguration` with an unknown field is accepted and recorded, or closed with 3006.
        format_turns_as: What `format_turns` does on Universal English: a second, formatted final, or one formatted final.
        error_frame_before_close: Announce an abnormal close by an `Error` message.
        rate_tolerance_s: How far audio may run ahead of the wall clock before 3007; None for any.
        strict_tail: False lets a last message under 50 ms pass if `Terminate` follows; LiveKit and pipecat send such.
        begin_delay_s: Wall time between upgrade and `Begin`.
        formatting_delay_s: Wall time between a turn's unformatted and its formatted final.
        termination_delay_s: Wall time between the last turn and `Termination`.
        heartbeat_s: Period of `Heartbeat`.
        session_limit_s: Longest session.
        new_sessions_per_minute: Plan limit at the start; it grows while used. None for any number.
        excess_code: Close code of a session beyond that limit; the vendor's pages name both.
        inactivity_code: Close code of `inactivity_timeout`.
        speaker_revision: After `Terminate`, the last `SpeakerRevision` comes before or after the turns still in flight.
        ping_interval_s: Period of WebSocket pings from the server; None for none.
        ping_timeout_s: How late a pong may be before the server closes 1011.
        min_latency_silences_ms: Defaults of `min_turn_silence` and `max_turn_silence` under `mode=min_latency`, which the vendor
            doesn't tell; these are those of `balanced`.
        max_accuracy_silences_ms: The same under `mode=max_accuracy`.
        callback_hosts: Whom webhooks are sent to; nobody outside of this machine unless wished.
        webhook_attempts: How often a webhook is tried that gets no 2xx within 10 s; a 4xx ends that at once.
        webhook_pause_s: Wall time between two attempts.
    """

    reject_with: Literal["http", "close"] = "close"
    invalid_parameter_code: int = 3006
    unknown_update: Literal["accept", "reject"] = "accept"
    format_turns_as: Literal["two_step", "built_in"] = "two_step"
    error_frame_before_close: bool = True
    rate_tolerance_s: float | None = 10.0
    strict_tail: bool = True
    begin_delay_s: float = 0.0
    formatting_delay_s: float = 0.0
    termination_delay_s: float = 0.0
    heartbeat_s: float = 1.0
    session_limit_s: float = 3 * 3600.0
    new_sessions_per_minute: int | None = None
    excess_code: Literal[1008, 3009] = 1008
    inactivity_code: int = 3005
    speaker_revision: Literal["before_last_turns", "after_last_turns"] = "after_last_turns"
    ping_interval_s: float | None = None
    ping_timeout_s: float = 20.0
    min_latency_silences_ms: tuple[int, int] = (100, 1000)
    max_accuracy_silences_ms: tuple[int, int] = (100, 1000)
    callback_hosts: Literal["loopback", "any"] = "loopback"
    webhook_attempts: int = 10
    webhook_pause_s: float = 1.0


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
        created_status: HTTP status of a successful POST.
        public_url: Base of the socket's URL (`wss://host`); None means the host and port that the client used.
        unknown_fields: Request fields that the service doesn't document are accepted and recorded, or a validation error.
        cap_range_s: Values that `maximum_duration_without_endpointing` may have.
        malformed: A message that can't be understood is answered by `error`, by a refused acknowledgement, or by a close with
            `malformed_code`.
        malformed_code: That code.
        speech_end_first: `speech_end` precedes the final; False for the other order.
        end_recording: When `end_recording` is sent: once everything is transcribed, or directly after the ack of the stop.
        catch_up_speed: How many times faster than real time audio is processed; None for as fast as possible.
        huge_final_bytes: Size of padding in `post_final_transcript`; above 1 MiB clients can't receive it.
        idle_timeout_s: Audio, even an empty chunk, must come as often as this; None for no such rule.
        idle_code: Close code of a session that was idle.
        longest_session_s: Longest session since its first socket; None for any.
        longest_session_code: Close code of a session that was too long.
        lifecycle_callbacks: Default of `callback_config.receive_lifecycle_events`.
        callback_hosts: Whom callbacks are sent to; nobody outside of this machine unless wished.
        keep_audio_bytes: Audio kept for `GET /v2/live/{id}/file`, all sessions together; the oldest recording goes first.
    """

    validation_status: Literal[400, 422] = 422
    unknown_token: Literal["http", "close"] = "http"  # noqa: S105 - the name of a behaviour
    second_socket: Literal["replace", "refuse"] = "replace"
    concurrent_sessions: int | None = None
    ack_every: int = 1
    leading_space: bool = True
    resume_s: float = 120.0
    created_status: Literal[200, 201] = 201
    public_url: str | None = None
    unknown_fields: Literal["accept", "reject"] = "accept"
    cap_range_s: tuple[float, float] = (0.0, 3600.0)
    malformed: Literal["error", "nack", "close"] = "error"
    malformed_code: int = 4400
    speech_end_first: bool = True
    end_recording: Literal["when_transcribed", "at_stop"] = "when_transcribed"
    catch_up_speed: float | None = None
    huge_final_bytes: int = 0
    idle_timeout_s: float | None = None
    idle_code: int = 4408
    longest_session_s: float | None = None
    longest_session_code: int = 4413
    lifecycle_callbacks: bool = True
    callback_hosts: Literal["loopback", "any"] = "loopback"
    keep_audio_bytes: int = 32 << 20


@dataclass(frozen=True, slots=True)
class EmulatorOptions:
    """What `serve` needs to know.

    Attributes:
        port: AssemblyAI's port, Gladia's is the next; 0 takes two free ones.
        bind: Address to listen on; any but loopback's lets other machines in.
        engine: `recogniser` understands what it hears, `script` plays the scenario.
        scenario: Scenario file; its faults and switches apply to either engine.
        settings: Switches as `gladia.ack_every=3`, which go before those of the scenario.
        tls: Offer both services by TLS too, on two more ports, with an authority made at start.
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
    bind: str = "127.0.0.1"
    engine: EngineName = "recogniser"
    scenario: Path | None = None
    settings: tuple[str, ...] = ()
    tls: bool = False
    workers: int = 2
    reject_keys: frozenset[str] = frozenset()
    stamp: bool = False
    compress: bool = False
    exit_with_stdin: bool = False
    keep_sessions: int = 512
    assemblyai: AssemblyAIOptions = field(default_factory=AssemblyAIOptions)
    gladia: GladiaOptions = field(default_factory=GladiaOptions)
