"""The engine that listens to nothing and plays a script against the audio clock: exact truth about what was said and when.

An audio instant counts as having happened before the arrival of the message that contained it by as much as the message
went on after it, as it would at a microphone; delays are counted from there.
"""

import asyncio
import random
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from time import monotonic_ns

from harness.emulators.recognition import (
    ClosedBy,
    Emit,
    EndpointRules,
    EngineFailure,
    Final,
    Hypothesis,
    RecognitionEvent,
    SpeechEnd,
    SpeechStart,
    StreamRequest,
    TimedWord,
    join,
)
from harness.emulators.scenario import Scenario, ScriptedPartial, ScriptedSegment, SessionScript
from harness.emulators.ticks import HALF_A_TICK_NS


@dataclass(frozen=True, slots=True)
class Cue:
    """An event to emit `delay_ms` after audio instant `at_ms`."""

    at_ms: float
    delay_ms: float
    segment: int
    event: RecognitionEvent


def plan(script: SessionScript, seed: str, silence_ms: float = 0.0) -> list[Cue]:
    """All cues of a session in audio order; same script and seed, same cues.

    Args:
        script: What is said.
        seed: Of jitter.
        silence_ms: What ends a segment; it only counts where the script says `endpointing`.
    """
    if script.endpointing:
        delayed_ms = script.final_delay_ms + silence_ms
        script = replace(script, segment=tuple(_joined(script.segment, silence_ms)), final_delay_ms=delayed_ms)
    jitter = random.Random(seed)  # noqa: S311 - reproducible on purpose
    cues: list[Cue] = []
    counts: dict[int, int] = {}
    for index, segment in enumerate(sorted(script.segment, key=lambda each: (each.start_s, each.channel))):
        number = counts.get(segment.channel, 0)
        counts[segment.channel] = number + 1
        for event in _events(segment, number):
            base_ms = {
                Hypothesis: script.partial_delay_ms,
                Final: script.final_delay_ms,
                SpeechEnd: script.final_delay_ms,
            }
            extra_ms = (
                jitter.uniform(0.0, script.jitter_ms)
                if script.jitter_ms and not isinstance(event, SpeechStart)
                else 0.0
            )
            at_ms = segment.end_s * 1000 if isinstance(event, (SpeechEnd, Final)) else _at_ms(event)
            cues.append(Cue(at_ms, base_ms.get(type(event), 0.0) + extra_ms, index, event))
    return sorted(cues, key=lambda cue: cue.at_ms)  # stable: the order within an instant stays


class ScriptEngine:
    """Plays the scenario to every session."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario

    async def start(self) -> None:
        """Nothing to load."""

    async def stop(self) -> None:
        """Nothing to release."""

    def open(self, request: StreamRequest, emit: Emit) -> "ScriptStream":
        """Begin the script of this session."""
        script = self._scenario.script(request.provider, request.ordinal)
        seed = f"{self._scenario.seed}/{request.provider}/{request.ordinal}"
        return ScriptStream(request, plan(script, seed, request.rules.sure_silence_ms), emit)


class ScriptStream:
    """One session's script."""

    def __init__(self, request: StreamRequest, cues: list[Cue], emit: Emit) -> None:
        self._format = request.format
        self._cues = cues
        self._emit = emit
        self._received_bytes = 0
        self._next = 0
        self._due: deque[tuple[int, Cue]] = deque()  # reached on the audio clock, to be played at an instant
        self._timer: asyncio.TimerHandle | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._done: set[int] = set()  # segments whose final was emitted

    @property
    def _position_ms(self) -> float:
        return self._format.duration_ms(self._received_bytes)

    def push(self, data: bytes, received_ns: int) -> None:
        """Let the audio clock run; the content does not matter."""
        self._received_bytes += len(data)
        position_ms = self._position_ms
        while self._next < len(self._cues) and self._cues[self._next].at_ms <= position_ms:
            cue = self._cues[self._next]
            due_ns = received_ns + int((cue.delay_ms - (position_ms - cue.at_ms)) * 1e6)
            self._due.append((due_ns, cue))  # played in this order: jitter must not put a partial after its final
            self._next += 1
        self._play()

    def configure(self, rules: EndpointRules) -> None:
        """A script follows no rules, or with `endpointing` those that the session began with."""

    def force_endpoint(self) -> None:
        """Emit the open segment's final now."""
        self._end_open("forced")

    async def finish(self) -> None:
        """Emit what is due, and at once the finals of what had begun."""
        await self._idle.wait()
        self._end_open("flush")

    def close(self) -> None:
        """Forget the script."""
        self._due.clear()
        self._play()

    def _play(self) -> None:
        """Emit what is due, in order, and come back for the rest."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        while self._due and self._due[0][0] - HALF_A_TICK_NS <= monotonic_ns():
            _, cue = self._due.popleft()
            if cue.segment in self._done:
                continue
            if isinstance(cue.event, Final):
                self._done.add(cue.segment)
            self._emit(cue.event)
        if not self._due:
            self._idle.set()
            return
        self._idle.clear()
        wait_s = (self._due[0][0] - HALF_A_TICK_NS - monotonic_ns()) / 1e9
        self._timer = asyncio.get_running_loop().call_later(max(0.0, wait_s), self._play)

    def _end_open(self, closed_by: ClosedBy) -> None:
        begun = {cue.segment for cue in self._cues[: self._next]} - self._done
        at_ms = int(self._position_ms)
        for cue in self._cues:
            if cue.segment not in begun or not isinstance(cue.event, (SpeechEnd, Final)):
                continue
            end_ms = min(cue.event.end_ms, at_ms)
            if isinstance(cue.event, SpeechEnd):
                self._emit(replace(cue.event, end_ms=end_ms, at_ms=at_ms))
                continue
            words = tuple(
                replace(word, start_ms=min(word.start_ms, at_ms), end_ms=min(word.end_ms, at_ms))
                for word in cue.event.words
            )
            self._emit(replace(cue.event, words=words, end_ms=end_ms, closed_by=closed_by, at_ms=at_ms))
            self._done.add(cue.segment)


def hallucination(text: str, start_s: float, end_s: float, number: int) -> list[RecognitionEvent]:
    """All events of a segment that nobody said, known at its end."""
    events = _events(ScriptedSegment(text, start_s, end_s), number)
    return [replace(event, at_ms=round(end_s * 1000)) for event in events if not isinstance(event, EngineFailure)]


def _events(segment: ScriptedSegment, number: int) -> list[RecognitionEvent]:
    start_ms, end_ms = round(segment.start_s * 1000), round(segment.end_s * 1000)
    words = _evenly(segment.text, start_ms, end_ms)
    told = {"language": segment.language, "speaker": segment.speaker}
    events: list[RecognitionEvent] = [SpeechStart(segment.channel, number, start_ms, start_ms)]
    if segment.partials is None:
        events.extend(
            Hypothesis(segment.channel, number, words[:count], words[count - 1].end_ms, at_pause=False, **told)
            for count in range(1, len(words))
        )
    else:
        for partial in sorted(segment.partials, key=lambda each: each.at_s):
            at_ms = round(partial.at_s * 1000)
            shown = _evenly(partial.text, start_ms, min(at_ms, end_ms))
            events.append(Hypothesis(segment.channel, number, shown, at_ms, at_pause=partial.pause, **told))
    events.append(SpeechEnd(segment.channel, number, end_ms, end_ms))
    events.append(Final(segment.channel, number, words, start_ms, end_ms, "semantic", end_ms, **told))
    return events


def _joined(stretches: Iterable[ScriptedSegment], silence_ms: float) -> Iterator[ScriptedSegment]:
    """Stretches of speech as segments, a channel at a time: a silence shorter than `silence_ms` ends none."""
    current: ScriptedSegment | None = None
    for stretch in sorted(stretches, key=lambda each: (each.channel, each.start_s)):
        if current is None or not _goes_on(current, stretch, silence_ms):
            if current is not None:
                yield current
            current = stretch
            continue
        shown = (*_partials(current), ScriptedPartial(current.end_s, current.text))
        further = (replace(each, text=f"{current.text} {each.text}") for each in _partials(stretch))
        text = f"{current.text} {stretch.text}"
        current = replace(current, text=text, end_s=stretch.end_s, partials=(*shown, *further))
    if current is not None:
        yield current


def _goes_on(current: ScriptedSegment, stretch: ScriptedSegment, silence_ms: float) -> bool:
    return current.channel == stretch.channel and round((stretch.start_s - current.end_s) * 1000) < silence_ms


def _partials(segment: ScriptedSegment) -> tuple[ScriptedPartial, ...]:
    """The segment's own, or those of one more word at each word's end."""
    if segment.partials is not None:
        return segment.partials
    words = _evenly(segment.text, round(segment.start_s * 1000), round(segment.end_s * 1000))
    shown = (join(words[:count]) for count in range(1, len(words)))
    return tuple(ScriptedPartial(word.end_ms / 1000, text) for word, text in zip(words, shown, strict=False))


def _evenly(text: str, start_ms: int, end_ms: int) -> tuple[TimedWord, ...]:
    texts = text.split()
    step_ms = max(0, end_ms - start_ms) / max(1, len(texts))
    return tuple(
        TimedWord(word, int(start_ms + index * step_ms), int(start_ms + (index + 1) * step_ms), 1.0)
        for index, word in enumerate(texts)
    )


def _at_ms(event: RecognitionEvent) -> float:
    return float(event.at_ms) if isinstance(event, (SpeechStart, Hypothesis)) else 0.0
