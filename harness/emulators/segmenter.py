"""Cuts one channel into segments and has them decoded: a function of the audio and the rules, on the audio clock.

Nothing here looks at the time or at the size of the pieces the audio came in. Where a decision needs a decode, `push` waits
for it at that audio position and later audio waits behind it. Only hypotheses are opportunistic: they are decoded beside the
stream, newest first, and one that comes after its segment's end is dropped.
"""

import asyncio
from dataclasses import dataclass, field

import numpy as np

from harness.emulators.recogniser import FRAME_MS, FRAME_SAMPLES, Decode, Detector, Priority
from harness.emulators.recognition import (
    ClosedBy,
    Emit,
    EndpointRules,
    Final,
    Hypothesis,
    SpeechEnd,
    SpeechStart,
    TimedWord,
    completeness,
    in_frames,
    join,
)
from harness.emulators.wire_audio import SAMPLE_RATE_HZ, Samples
from harness.emulators.wordtools import spread

_ONSET_FRAMES = 3  # speech must last 80 ms to count
_LEAD_FRAMES = 8  # decoded before the onset: soft beginnings
_TAIL_FRAMES = 8  # decoded after the last voiced frame: soft endings
_HYSTERESIS = 0.15  # how far below its threshold speech that began may fall
_CUT_AT_PAUSE_FRAMES = 8_000 // FRAME_MS  # from here a part of a long segment ends at the next pause ...
_PAUSE_FRAMES = 5  # ... of this length ...
_CUT_ANYWHERE_FRAMES = 15_000 // FRAME_MS  # ... and here at its least voiced moment: longer input decodes badly
_SEARCH_FRAMES = 3_000 // FRAME_MS
_DECODES_PER_HYPOTHESIS = 5  # a hypothesis may take a fifth of the time; more starves the other streams
_FRAMES_PER_TURN_OF_LOOP = 16  # a burst of audio must not hold up the server
_PADDING = np.zeros(SAMPLE_RATE_HZ // 10, np.float32)


@dataclass(slots=True)
class _Part:
    """A stretch of a segment short enough to be decoded at once: frames `first` to the next part's."""

    first: int
    voiced: list[int] = field(default_factory=list)
    probabilities: list[float] = field(default_factory=list)


@dataclass(slots=True)
class _Segment:
    number: int
    onset: int
    part: _Part
    last_voiced: int
    earlier: list["asyncio.Task[tuple[TimedWord, ...]]"] = field(default_factory=list)
    asked_at: int = -1  # the last voiced frame for which completeness was decided
    decoded: tuple[int, tuple[TimedWord, ...]] | None = None  # of the part: up to which frame, what
    shown_at: int = 0  # frame of the last hypothesis asked for
    shown: bool = False  # one had words


class Segmenter:
    """One channel's segmentation. `push`, `configure`, `force_endpoint` and `finish` are called by one task, in order."""

    def __init__(
        self,
        channel: int,
        detector: Detector,
        decode: Decode,
        rules: EndpointRules,
        emit: Emit,
        *,
        partials: bool = True,
    ) -> None:
        self._channel = channel
        self._detector = detector
        self._decode = decode
        self._rules = rules
        self._emit = emit
        self._partials = partials
        self._rest = np.zeros(0, np.float32)
        self._audio: list[Samples] = []  # frames from `_audio_start` on
        self._audio_start = 0
        self._next = 0  # index of the next frame
        self._voiced_run = 0
        self._segment: _Segment | None = None
        self._segments = 0
        self._received_ms = 0
        self._showing: set[asyncio.Task[None]] = set()
        self._newest_shown = -1
        self._last_decode_s = 0.0

    def configure(self, rules: EndpointRules) -> None:
        """Use other rules from the next frame on."""
        self._rules = rules

    async def push(self, samples: Samples) -> None:
        """Take more 16 kHz samples."""
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) // FRAME_SAMPLES
        self._rest = samples[whole * FRAME_SAMPLES :]
        for index in range(whole):
            await self._step(samples[index * FRAME_SAMPLES : (index + 1) * FRAME_SAMPLES])
            if index % _FRAMES_PER_TURN_OF_LOOP == _FRAMES_PER_TURN_OF_LOOP - 1:
                await asyncio.sleep(0)

    async def force_endpoint(self) -> None:
        """End the open segment here; nothing happens if there is none."""
        if self._segment:
            await self._close(self._segment, "forced")

    async def finish(self) -> None:
        """End of audio: close what is open."""
        if len(self._rest):
            await self._step(np.pad(self._rest, (0, FRAME_SAMPLES - len(self._rest))), len(self._rest))
            self._rest = self._rest[:0]
        if self._segment:
            await self._close(self._segment, "flush")
        self.abandon()

    def abandon(self) -> None:
        """Forget everything that is still being decoded."""
        tasks = [*self._showing, *(self._segment.earlier if self._segment else [])]
        self._segment = None
        for task in tasks:
            task.cancel()

    async def _step(self, frame: Samples, samples: int = FRAME_SAMPLES) -> None:
        probability = self._detector.probability(frame)
        index = self._next
        self._next += 1
        self._received_ms += round(samples * 1000 / SAMPLE_RATE_HZ)
        self._audio.append(frame)
        if self._segment:
            await self._continue(self._segment, index, probability)
        else:
            self._wait_for_onset(index, probability)

    def _wait_for_onset(self, index: int, probability: float) -> None:
        self._voiced_run = self._voiced_run + 1 if probability >= self._rules.vad_threshold else 0
        onset = index - _ONSET_FRAMES + 1
        if self._voiced_run < _ONSET_FRAMES:
            self._forget_before(onset - _LEAD_FRAMES)
            return
        part = _Part(max(onset - _LEAD_FRAMES, self._audio_start))
        part.voiced.extend(range(onset, index + 1))
        part.probabilities.extend([0.0] * (onset - part.first) + [probability] * _ONSET_FRAMES)
        self._segment = _Segment(self._segments, onset, part, index, shown_at=onset)
        self._segments += 1
        self._voiced_run = 0
        self._emit(SpeechStart(self._channel, self._segment.number, onset * FRAME_MS, self._received_ms, probability))

    async def _continue(self, segment: _Segment, index: int, probability: float) -> None:
        segment.part.probabilities.append(probability)
        if probability >= self._rules.vad_threshold - _HYSTERESIS:
            segment.part.voiced.append(index)
            segment.last_voiced = index
            if (index + 1 - segment.onset) * FRAME_MS >= self._rules.max_segment_ms:
                await self._close(segment, "split")
                return
        elif await self._ends(segment, (index - segment.last_voiced) * FRAME_MS):
            return
        self._cut(segment, index)
        self._show(segment, index)

    async def _ends(self, segment: _Segment, silence_ms: int) -> bool:
        """Close the segment if this much silence ends it."""
        rules = self._rules
        if silence_ms >= rules.sure_silence_ms:
            await self._close(
                segment,
                "semantic" if rules.confidence_threshold <= 0.0 < rules.max_silence_ms - silence_ms else "silence",
            )
            return True
        if not rules.asks or silence_ms < rules.min_silence_ms or segment.asked_at == segment.last_voiced:
            return False
        segment.asked_at = segment.last_voiced
        words = await self._words(segment)
        if words and completeness(join(words)) > rules.confidence_threshold:
            await self._close(segment, "semantic")
            return True
        if words:
            self._emit(Hypothesis(self._channel, segment.number, words, self._received_ms, at_pause=True))
        return False

    async def _close(self, segment: _Segment, closed_by: ClosedBy) -> None:
        end = segment.last_voiced + 1
        at_ms = self._received_ms
        self._emit(SpeechEnd(self._channel, segment.number, min(end * FRAME_MS, at_ms), at_ms))
        words = await self._words(segment)
        self._segment = None
        self._voiced_run = 0
        self._forget_before(max(end, self._next - _LEAD_FRAMES))  # the next segment must not hear this one
        if words:
            start_ms, end_ms = segment.onset * FRAME_MS, min(end * FRAME_MS, at_ms)
            self._emit(Final(self._channel, segment.number, words, start_ms, end_ms, closed_by, at_ms))

    async def _words(self, segment: _Segment) -> tuple[TimedWord, ...]:
        """The whole segment as understood now; what was decoded already is not decoded again."""
        last_voiced = segment.last_voiced
        if segment.decoded is None or segment.decoded[0] != last_voiced:
            samples = self._samples(segment.part.first, last_voiced)
            segment.decoded = last_voiced, await self._required(samples, segment.part.voiced)
        earlier = [word for task in segment.earlier for word in await task]
        return (*earlier, *segment.decoded[1])

    async def _required(self, samples: Samples, voiced: list[int]) -> tuple[TimedWord, ...]:
        decoded = await self._decode(samples, Priority.REQUIRED, None)
        assert decoded is not None  # noqa: S101 - only hypotheses are dropped
        words = decoded.text.split() if voiced else []
        return in_frames(spread(words, voiced, FRAME_MS, round(decoded.confidence, 3)), self._received_ms)

    def _cut(self, segment: _Segment, index: int) -> None:
        """Start another part of a long segment at a pause, or where it is least voiced if there is none."""
        part = segment.part
        length = index + 1 - part.first
        silence = index - segment.last_voiced
        if length >= _CUT_AT_PAUSE_FRAMES and silence >= _PAUSE_FRAMES and part.voiced:
            boundary = index + 1
        elif length >= _CUT_ANYWHERE_FRAMES:
            recent = part.probabilities[-_SEARCH_FRAMES:-1]
            boundary = index - len(recent) + min(range(len(recent)), key=recent.__getitem__)
        else:
            return
        following = _Part(
            boundary, [frame for frame in part.voiced if frame >= boundary], part.probabilities[boundary - part.first :]
        )
        voiced = [frame for frame in part.voiced if frame < boundary]
        samples = self._samples(part.first, boundary - 1, tail=0)
        segment.earlier.append(asyncio.create_task(self._required(samples, voiced)))
        segment.part = following
        segment.decoded = None
        self._forget_before(boundary)

    def _show(self, segment: _Segment, index: int) -> None:
        """Ask for a hypothesis if one is due."""
        rules = self._rules
        if not (self._partials and rules.partials) or index != segment.last_voiced:
            return
        first = segment.shown_at == segment.onset
        wait_ms = rules.partial_every_ms if segment.shown else rules.first_partial_ms  # again, if it had no words
        if wait_ms is None:
            return
        wait_ms = max(wait_ms, 0.0 if first else 1000 * _DECODES_PER_HYPOTHESIS * self._last_decode_s)
        if (index - segment.shown_at) * FRAME_MS < wait_ms:
            return
        segment.shown_at = index
        samples = self._samples(segment.part.first, index, tail=0)
        task = asyncio.create_task(self._hypothesis(segment, samples, list(segment.part.voiced), self._received_ms))
        self._showing.add(task)
        task.add_done_callback(self._showing.discard)

    async def _hypothesis(self, segment: _Segment, samples: Samples, voiced: list[int], at_ms: int) -> None:
        earlier = list(segment.earlier)
        decoded = await self._decode(samples, Priority.PARTIAL, self)
        if decoded is None:
            return
        self._last_decode_s = decoded.decode_s
        words = [word for task in earlier for word in await task]
        words.extend(spread(decoded.text.split(), voiced, FRAME_MS, round(decoded.confidence, 3)) if voiced else [])
        if words and self._segment is segment and at_ms > self._newest_shown:
            self._newest_shown = at_ms
            segment.shown = True
            self._emit(Hypothesis(self._channel, segment.number, in_frames(words, at_ms), at_ms))

    def _samples(self, first: int, last: int, tail: int = _TAIL_FRAMES) -> Samples:
        frames = self._audio[first - self._audio_start : last + 1 + tail - self._audio_start]
        return np.concatenate([_PADDING, *frames, _PADDING])

    def _forget_before(self, frame: int) -> None:
        drop = min(frame - self._audio_start, len(self._audio))
        if drop > 0:
            del self._audio[:drop]
            self._audio_start += drop
