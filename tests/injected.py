"""Services that are better or worse by known amounts, and the recordings they are held against.

Both services play a script, whatever they hear: five utterances of three words that mean nothing. A `Voice` is what one of them makes
of those; by what two voices differ is what a comparison has to find. Every eighth recording is longer, its reference has the word
that others get wrong, and two of its utterances are one turn: calls differ, as calls do, and in a known way.
"""

import json
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.calibration.timings import SENT, samples_of
from harness.calibration.vocabulary import right_word, wrong_word
from harness.timeline.events import Frame, Timeline
from harness.timeline.fold import fold

CALLS = 24
"""So many that 20 are left, which the gate asks for, when the three longer ones fail."""

UTTERANCES = 5
"""So many a call that medians have the 100 values which the gate asks for."""

_WORD_MS = 100
_LEAD_MS = 100
_PERIOD_MS = 600
_CHUNK_MS = 200  # each word that a delay is counted from ends with a chunk: what is injected is not rounded up
_CLIP_S = {"plain.wav": 3.0, "longer.wav": 3.4, "short.wav": 0.2}
_TAIL_S = 2.0  # the least there is, which AssemblyAI's silences have to be set for
_RATE_HZ = 16_000


@dataclass(frozen=True, slots=True)
class Voice:
    """What a service makes of every recording; utterances are counted from 0.

    Attributes:
        partial_ms: From the end of an utterance's first word to its only partial, which shows that word.
        final_ms: From the end of an utterance to its final.
        wrong: Utterances whose second word it gets wrong.
        cuts: Utterances that it ends after their first word; the others follow as a segment of their own.
        drops_longer: It closes the session of a longer recording, after everything is said.
    """

    partial_ms: int = 120
    final_ms: int = 150
    wrong: frozenset[int] = frozenset({0})
    cuts: frozenset[int] = frozenset({1})
    drops_longer: bool = False

    @property
    def first_partial_ms(self) -> int:
        """From the onset of an utterance."""
        return _WORD_MS + self.partial_ms

    def segments(self) -> Iterator[dict[str, Any]]:
        """Its segments, as a scenario has them."""
        for utterance in range(UTTERANCES):
            words, start_ms = _words(utterance, wrong=utterance in self.wrong), _start_ms(utterance)
            second_ms = start_ms + _WORD_MS
            partials = [{"at_s": second_ms / 1000, "text": words[0].capitalize()}]
            if utterance in self.cuts:
                yield _segment(words[:1], start_ms, partials)
                yield _segment(words[1:], second_ms, [])
            else:
                yield _segment(words, start_ms, partials)


def write_corpus(folder: Path) -> Path:
    """Noise that nobody listens to, with the times of every word."""
    is_longer = [number % 8 == 0 for number in range(CALLS)]
    return _write_corpus(
        folder,
        [
            {"audio_filepath": "longer.wav" if longer else "plain.wav", **_reference(longer=longer)}
            for longer in is_longer
        ],
    )


def write_unreferenced(folder: Path) -> Path:
    """As many recordings without any reference, and shorter: nothing that is said is held against anything."""
    return _write_corpus(folder, [{"audio_filepath": "short.wav"}] * CALLS)


def _write_corpus(folder: Path, recordings: list[dict[str, Any]]) -> Path:
    folder.mkdir()
    for name in {recording["audio_filepath"] for recording in recordings}:
        _write_noise(folder / name, _CLIP_S[name])
    lines = [
        json.dumps({"id": f"call-{number:02d}", "language": "en", **each}) for number, each in enumerate(recordings)
    ]
    (folder / "manifest.jsonl").write_text("\n".join(lines))
    return folder


def write_scenario(path: Path, baseline: Voice, candidate: Voice) -> Path:
    """What both services say."""
    close = {"kind": "close", "at_s": _CLIP_S["plain.wav"] + _TAIL_S + _CHUNK_MS / 2000, "code": 4500}
    sessions = [
        {
            "match": {"provider": provider},
            "partial_delay_ms": voice.partial_ms,
            "final_delay_ms": voice.final_ms,
            "segment": list(voice.segments()),
            "fault": [close] if voice.drops_longer else [],
        }
        for provider, voice in (("assemblyai", baseline), ("gladia", candidate))
    ]
    path.write_text(json.dumps({"seed": 1, "session": sessions}))
    return path


def write_config(path: Path, corpus: Path, baseline_host: str, candidate_host: str) -> Path:
    """A configuration in which p95 only warns: those rules ask for 300 values, three times as much audio as there is here."""
    path.write_text(
        f'[corpus]\npath = "{corpus}"\n[audio]\nchunk_ms = {_CHUNK_MS}\ntrailing_silence_s = {_TAIL_S}\n'
        f'[baseline]\nprovider = "assemblyai"\nhost = "{baseline_host}"\n'
        "params = {format_turns = true, max_turn_silence = 1000}\n"
        f'[candidate]\nprovider = "gladia"\nparams = {{}}\nhost = "{candidate_host}"\n'
        '[gate.levels]\nfirst_partial_p95 = "warn"\nfinal_p95 = "warn"\n'
    )
    return path


def most_late_ms(timeline: Timeline, voice: Voice) -> float:
    """By how much a latency of this session may come out above what was injected: what calibration allows.

    That is how late the chunks, the service's messages and their stamps were at most, by the service's own send times.
    """
    samples = samples_of(timeline)
    return 1.0 + max(samples.lateness) + max(samples.wire_error) + max(_sent_late_ms(timeline, voice))


def _sent_late_ms(timeline: Timeline, voice: Voice) -> Iterator[float]:
    """By how much each partial and final left the service later than its script says."""
    t0_ns = timeline.header.extra["t0_monotonic_ns"]
    sent_ms = {
        event.wire_ns: (sent_ns - t0_ns) / 1e6
        for event in timeline.events
        if isinstance(event, Frame) and (sent_ns := json.loads(event.raw).get(SENT)) is not None
    }
    for found, scripted in zip(fold(timeline).segments, voice.segments(), strict=True):
        firsts = {update.kind == "partial": update for update in reversed(found.updates)}
        yield sent_ms[firsts[False].wire_ns] - scripted["end_s"] * 1000 - voice.final_ms
        for partial in scripted["partials"]:
            yield sent_ms[firsts[True].wire_ns] - partial["at_s"] * 1000 - voice.partial_ms


def _start_ms(utterance: int) -> int:
    return _LEAD_MS + utterance * _PERIOD_MS


def _words(utterance: int, *, wrong: bool) -> list[str]:
    words = [right_word(3 * utterance + place) for place in range(3)]
    return [words[0], wrong_word(utterance), words[2]] if wrong else words


def _segment(words: list[str], start_ms: int, partials: list[dict[str, Any]]) -> dict[str, Any]:
    end_ms = start_ms + _WORD_MS * len(words)
    text = f"{' '.join(words).capitalize()}."
    return {"text": text, "start_s": start_ms / 1000, "end_s": end_ms / 1000, "partials": partials}


def _reference(*, longer: bool) -> dict[str, Any]:
    words, segments = [], []
    for utterance in range(UTTERANCES):
        own = _words(utterance, wrong=longer and utterance == 4)
        for place, word in enumerate(own):
            start_ms = _start_ms(utterance) + place * _WORD_MS
            words.append({"word": word, "start": start_ms / 1000, "end": (start_ms + _WORD_MS) / 1000})
        span = {"start": words[-3]["start"], "end": words[-1]["end"]}
        turn = 3 if longer and utterance == 4 else utterance
        segments.append({**span, "text": " ".join(own), "turn_id": turn})
    return {"segments": segments, "words": words}


def _write_noise(path: Path, seconds: float) -> None:
    samples = np.random.default_rng(1).integers(-12, 12, round(seconds * _RATE_HZ), dtype=np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE_HZ)
        file.writeframes(samples.astype("<i2").tobytes())
