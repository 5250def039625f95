"""The AssemblyAI protocol of one session without sockets, clocks or engines: values in, values out.

Every method returns what to do next, in order: messages to send, a close, or a command for the engine.
"""

from dataclasses import dataclass
from typing import Any

from harness.emulators import assemblyai_messages as messages
from harness.emulators.assemblyai_messages import ShownWord
from harness.emulators.assemblyai_parameters import InvalidParameterError, Parameters, Profile, update
from harness.emulators.assemblyai_reports import Heartbeats, PartialCadence, SilenceReport, SpeakerLabels
from harness.emulators.connection import Close, Send
from harness.emulators.options import AssemblyAIOptions
from harness.emulators.recognition import (
    EndpointRules,
    EngineFailure,
    Final,
    Hypothesis,
    RecognitionEvent,
    SpeechEnd,
    SpeechStart,
    TimedWord,
    completeness,
    join,
)
from harness.emulators.wire_json import parse, shown
from harness.emulators.wordtools import agreed, in_order, keep_prefix, plain_words

_SHORTEST_MS, _LONGEST_MS = 50.0, 1000.0


@dataclass(frozen=True, slots=True)
class Feed:
    """Give audio to the engine."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Configure:
    """Give the engine new rules."""

    rules: EndpointRules


@dataclass(frozen=True, slots=True)
class Force:
    """End the open turn."""


@dataclass(frozen=True, slots=True)
class Finish:
    """Let the engine finish, then call `finished`."""


Output = Send | Close | Feed | Configure | Force | Finish


class AssemblyAISession:
    """State of one session; `now_s` is seconds since the upgrade."""

    def __init__(self, session_id: str, parameters: Parameters, options: AssemblyAIOptions) -> None:
        self.session_id = session_id
        self.parameters = parameters
        self.ended: str | None = None
        self.audio_ms = 0.0
        self.last_active_s = 0.0
        self._options = options
        self._turn_order = 0
        self._stable: tuple[TimedWord, ...] = ()  # words told as final in this turn
        self._previous: tuple[TimedWord, ...] = ()
        self._uttered = False
        self._short_tail_ms: float | None = None
        self._cadence = PartialCadence()
        self._silence = SilenceReport()
        self._heartbeats = Heartbeats(options.heartbeat_s)
        self._speakers = SpeakerLabels(parameters.revision_interval_ms)
        self._kept: list[dict[str, Any]] = []  # turns for the webhook

    def begin(self, expires_at: int) -> list[Output]:
        """The upgrade succeeded."""
        message = messages.begin(self.session_id, expires_at, self.parameters.speech_model, self.parameters.mode)
        return [Send(message, delay_s=self._options.begin_delay_s)]

    def audio(self, data: bytes, now_s: float) -> list[Output]:
        """A binary message arrived."""
        if self.ended:
            return []
        self.last_active_s = now_s
        duration_ms = self.parameters.wire_format.duration_ms(len(data))
        if self._short_tail_ms is not None:
            return self.fail(3007, messages.input_duration(self._short_tail_ms))
        if not _SHORTEST_MS <= duration_ms <= _LONGEST_MS:
            if self._options.strict_tail or duration_ms > _LONGEST_MS:
                return self.fail(3007, messages.input_duration(duration_ms))
            self._short_tail_ms = duration_ms
        listened_ms = self.audio_ms  # what the engine has had, this message excluded
        self.audio_ms += duration_ms
        tolerance_s = self._options.rate_tolerance_s
        if tolerance_s is not None and self.audio_ms / 1000 > now_s + tolerance_s:
            return self.fail(3007, messages.input_rate(self.audio_ms, now_s))
        return [
            *self._silence.reached(listened_ms, wanted=self._tells_silence),
            *self._speakers.reached(listened_ms),
            Feed(data),
        ]

    def text(self, text: str, now_s: float) -> list[Output]:
        """A text message arrived."""
        if self.ended:
            return []
        try:
            message = parse(text)
        except ValueError:
            return self.fail(3006, f"Invalid JSON: {shown(text)}")
        if not isinstance(message, dict):
            return self.fail(3006, "Invalid Message: expected a JSON object")
        return self._command(message, now_s)

    def _command(self, message: dict[str, Any], now_s: float) -> list[Output]:
        kind = message.get("type")
        if kind == "Terminate":
            self.ended = "terminated"
            return [*self._last_revision("before_last_turns"), Finish()]
        if kind == "ForceEndpoint":
            return [Force()]
        if kind == "KeepAlive":
            self.last_active_s = now_s
            return []
        if kind == "UpdateConfiguration":
            return self._configure(message)
        return self.fail(3006, f"Invalid Message Type: {shown(kind)}")

    def recognised(self, event: RecognitionEvent) -> list[Output]:
        """The engine has something to say."""
        if isinstance(event, EngineFailure):
            return self.fail(3005, "Session Cancelled: An error occurred")
        if isinstance(event, SpeechStart):
            return self._speech_started(event)
        if isinstance(event, SpeechEnd):
            self._speech_ended(event.end_ms)
        if isinstance(event, Hypothesis):
            return self._partial(event)
        if isinstance(event, Final):
            return self._final(event)
        return []

    def finished(self, now_s: float) -> list[Output]:
        """The engine has said everything after `Terminate`."""
        message = messages.termination(self.audio_ms, now_s)
        return [
            *self._last_revision("after_last_turns"),
            Send(message, delay_s=self._options.termination_delay_s),
            Close(1000),
        ]

    def tick(self, now_s: float) -> list[Output]:
        """Time passed: limits and heartbeats."""
        if self.ended:
            return []
        timeout_s = self.parameters.inactivity_timeout_s
        if timeout_s is not None and now_s - self.last_active_s >= timeout_s:
            return self.fail(self._options.inactivity_code, "Session Cancelled: inactivity timeout")
        if now_s >= self._options.session_limit_s:
            return self.fail(3008, "Session Expired: maximum session duration exceeded")
        return [*self._heartbeats.due(self.audio_ms, now_s, wanted=self.parameters.session_heartbeat)]

    def webhook(self) -> dict[str, Any]:
        """What the webhook tells once the session is over: of each turn the last final, and partials if they are wished for."""
        final = {turn["turn_order"]: turn for turn in self._kept if turn["end_of_turn"]}
        told = [turn for turn in self._kept if not turn["end_of_turn"] or turn is final[turn["turn_order"]]]
        return {"session_id": self.session_id, "messages": told}

    def fail(self, code: int, reason: str) -> list[Output]:
        """End abnormally."""
        self.ended = f"error {code}: {reason}"
        announcement = [Send(messages.error(code, reason))] if self._options.error_frame_before_close else []
        return [*announcement, Close(code, reason)]

    def _last_revision(self, moment: str) -> list[Send]:
        return self._speakers.revise() if self._options.speaker_revision == moment else []

    @property
    def _profile(self) -> Profile:
        return self.parameters.profile(self._options.format_turns_as)

    @property
    def _tells_silence(self) -> bool:
        return self.parameters.acknowledge_silence and self.parameters.family == "u3"

    def _configure(self, message: dict[str, Any]) -> list[Output]:
        try:
            self.parameters = update(self.parameters, message, unknown=self._options.unknown_update == "accept")
        except InvalidParameterError as refusal:
            return self.fail(3006, str(refusal))
        return [Configure(self.parameters.rules)]

    def _speech_started(self, event: SpeechStart) -> list[Output]:
        self._cadence.start(event.onset_ms)
        self._heartbeats.heard(event.probability)
        told = self._silence.speech_started(event.onset_ms, wanted=self._tells_silence)
        if self.parameters.family != "u3":
            return []
        return [*told, Send(messages.speech_started(event.onset_ms, event.probability), str(self._turn_order))]

    def _speech_ended(self, end_ms: int) -> None:
        self._heartbeats.heard(0.0)
        self._silence.speech_ended(end_ms)

    def _partial(self, event: Hypothesis) -> list[Output]:
        if self.parameters.family == "u3":
            if not self._cadence.due(event, self.parameters.rules):
                return []
            words = tuple((word, False) for word in event.words)
            return [self._turn(event, words, transcript=event.text, confidence=0.0)]
        built_in = self._profile == "built_in"
        current = event.words if built_in else plain_words(event.words)
        sure = current[: agreed(self._previous, current)]
        self._previous = current
        if len(sure) > len(self._stable):
            self._stable = in_order([*self._stable, *sure[len(self._stable) :]])
        following = current[len(self._stable) : len(self._stable) + 1]
        words = tuple(
            (word, index < len(self._stable)) for index, word in enumerate(in_order([*self._stable, *following]))
        )
        utterance = join(self._stable) if event.at_pause and len(self._stable) == len(current) else ""
        self._uttered = self._uttered or bool(utterance)
        confidence = completeness(event.text) if event.at_pause else 0.1
        return [
            self._turn(
                event,
                words,
                transcript=join(self._stable),
                confidence=confidence,
                formatted=built_in,
                utterance=utterance,
            )
        ]

    def _final(self, event: Final) -> list[Output]:
        self._speech_ended(event.end_ms)
        outputs = self._built_in_final(event) if self._profile == "built_in" else self._universal_finals(event)
        self._turn_order += 1
        self._stable, self._previous, self._uttered = (), (), False
        return [*outputs]

    def _built_in_final(self, event: Final) -> list[Send]:
        u3 = self.parameters.family == "u3"
        spoken = event.words if u3 else keep_prefix(self._stable, event.words)
        words = tuple((word, True) for word in spoken)
        transcript = join(spoken)
        confidence = 1.0 if u3 else completeness(event.text)
        utterance = "" if self._uttered else transcript
        return [
            self._turn(
                event,
                words,
                transcript=transcript,
                confidence=confidence,
                end=True,
                formatted=True,
                utterance=utterance,
            )
        ]

    def _universal_finals(self, event: Final) -> list[Send]:
        """The unformatted final, and the formatted one if there are two steps."""
        confidence = completeness(event.text)
        spoken = keep_prefix(self._stable, plain_words(event.words))
        transcript = join(spoken)
        words = tuple((word, True) for word in spoken)
        utterance = "" if self._uttered else transcript
        first = self._turn(event, words, transcript=transcript, confidence=confidence, end=True, utterance=utterance)
        if self._profile == "unformatted":
            return [first]
        words = tuple((word, True) for word in event.words)
        delay_s = self._options.formatting_delay_s
        second = self._turn(
            event, words, transcript=event.text, confidence=confidence, end=True, formatted=True, delay_s=delay_s
        )
        return [first, second]

    def _turn(
        self,
        event: Hypothesis | Final,
        words: tuple[tuple[TimedWord, bool], ...],
        *,
        transcript: str,
        confidence: float,
        end: bool = False,
        formatted: bool = False,
        utterance: str = "",
        delay_s: float = 0.0,
    ) -> Send:
        order = self._turn_order
        seen = tuple(ShownWord(word, final) for word, final in words)
        extras: dict[str, Any] = {}
        if self.parameters.language_detection and (utterance or end):
            extras = {"language_code": event.language or "en", "language_confidence": 0.99}
        if self.parameters.speaker_labels:
            label = self._speakers.label(order, seen, event.speaker or "A", end=end)
            seen = tuple(ShownWord(word, final, label) for word, final in words)
            extras["speaker_label"] = label
        message = messages.turn(order, seen, transcript, confidence, end=end, formatted=formatted, utterance=utterance)
        message |= extras
        if self.parameters.webhook and (end or self.parameters.webhook.partials):
            self._kept.append(message)
        return Send(message, str(order), delay_s)
