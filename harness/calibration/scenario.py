"""The scenario file of the scripted emulators, and the corpus that is streamed to them."""

import json
import wave
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from harness.atomic import write_text_atomically
from harness.calibration.material import Material, SidePlan
from harness.calibration.performance import PlayedSegment, perform
from harness.timeline.events import SIDES

SAMPLE_RATE_HZ = 16_000
TRAILING_SILENCE_S = 3.0
FAILURE_AFTER_S = 0.5
"""How far behind the end of all other clips the service closes the longer one."""
_NOISE = 12  # of 32767: nobody listens
_FAILURE_CODE = 4500  # an SDK that comes back after it would be a failure of another kind
_EARLIER_S = 0.0005  # so that a fault's time in binary fractions is not behind the message it is meant for


def write_scenario(path: Path, material: Material) -> None:
    """Write what both services shall say, as JSON."""
    document: dict[str, Any] = {"seed": 1, "session": [_session(material.sides[side], material) for side in SIDES]}
    for side in SIDES:
        plan = material.sides[side]
        if plan.formatting_delay_ms is not None:
            document[plan.provider] = {"formatting_delay_s": plan.formatting_delay_ms / 1000}
    write_text_atomically(path, json.dumps(document, indent=1))


def write_corpus(folder: Path, material: Material) -> None:
    """Write a manifest with every word's times, and quiet noise for it to be about."""
    settings = material.settings
    longer_s = settings.seconds + settings.chunk_ms / 1000 + 2 * FAILURE_AFTER_S
    folder.mkdir(parents=True, exist_ok=True)
    _write_noise(folder / "clip.wav", settings.seconds)
    if material.longer_clip is not None:
        _write_noise(folder / "longer.wav", longer_s)
    lines = []
    for clip_id in material.clip_ids:
        audio = "longer.wav" if clip_id == material.longer_clip else "clip.wav"
        lines.append(json.dumps({"id": clip_id, "audio_filepath": audio, "language": "en", **_reference(material)}))
    write_text_atomically(folder / "manifest.jsonl", "".join(f"{line}\n" for line in lines))


def _reference(material: Material) -> dict[str, Any]:
    return {
        "segments": [
            {
                "start": utterance.start_ms / 1000,
                "end": utterance.end_ms / 1000,
                "text": _sentence([word.text for word in utterance.words]),
            }
            for utterance in material.utterances
        ],
        "words": [
            {"word": word.text, "start": word.start_ms / 1000, "end": word.end_ms / 1000}
            for utterance in material.utterances
            for word in utterance.words
        ],
    }


def _write_noise(path: Path, seconds: float) -> None:
    samples = np.random.default_rng(1).integers(-_NOISE, _NOISE, round(seconds * SAMPLE_RATE_HZ), dtype=np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(samples.astype("<i2").tobytes())


def _session(plan: SidePlan, material: Material) -> dict[str, Any]:
    segments = perform(material.utterances, plan)
    return {
        "match": {"provider": plan.provider},
        "partial_delay_ms": plan.partial_delay_ms,
        "final_delay_ms": plan.final_delay_ms,
        "segment": [
            {
                "text": _sentence(segment.words),
                "start_s": segment.start_ms / 1000,
                "end_s": segment.end_ms / 1000,
                "partials": [
                    {"at_s": partial.at_ms / 1000, "text": _capital(" ".join(partial.words))}
                    for partial in segment.partials
                ],
            }
            for segment in segments
        ],
        "fault": [*_corrections(plan, segments), *_failure(plan, material)],
    }


def _corrections(plan: SidePlan, segments: Sequence[PlayedSegment]) -> list[dict[str, Any]]:
    """A second final in place of the last partial of the segment behind: nobody misses that one."""
    tell = {"assemblyai": _assemblyai_final, "gladia": _gladia_final}[plan.provider]
    faults = []
    for number, (segment, _) in enumerate(pairwise(segments)):
        if not segment.correction:
            continue
        # Of the utterance behind, not of the segment: its early part, if it is cut off, has few partials.
        behind = [later for later in segments if later.utterance == segment.utterance + 1][-1]
        at_s = behind.partials[-1].at_ms / 1000 - _EARLIER_S
        text = json.dumps(tell(number, segment))
        faults.append({"kind": "malformed", "on": "partial", "at_s": at_s, "times": 1, "text": text})
    return faults


def _failure(plan: SidePlan, material: Material) -> list[dict[str, Any]]:
    if not plan.fails:
        return []
    settings = material.settings
    at_s = settings.seconds + TRAILING_SILENCE_S + settings.chunk_ms / 1000 + FAILURE_AFTER_S
    return [{"kind": "close", "at_s": at_s, "code": _FAILURE_CODE, "reason": "calibration"}]


def _assemblyai_final(number: int, segment: PlayedSegment) -> dict[str, Any]:
    words = _sentence(segment.correction).split()
    return {
        "type": "Turn",
        "turn_order": number,
        "turn_is_formatted": True,
        "end_of_turn": True,
        "transcript": " ".join(words),
        "end_of_turn_confidence": 1.0,
        "words": [
            {"text": text, "start": start_ms, "end": end_ms, "confidence": 1.0, "word_is_final": True}
            for text, start_ms, end_ms in _timed(words, segment)
        ],
        "utterance": "",
    }


def _gladia_final(number: int, segment: PlayedSegment) -> dict[str, Any]:
    words = _sentence(segment.correction).split()
    utterance = {
        "start": segment.start_ms / 1000,
        "end": segment.end_ms / 1000,
        "confidence": 1.0,
        "channel": 0,
        "words": [
            {"word": f" {text}", "start": start_ms / 1000, "end": end_ms / 1000, "confidence": 1.0}
            for text, start_ms, end_ms in _timed(words, segment)
        ],
        "text": " ".join(words),
        "language": "en",
    }
    return {
        "type": "transcript",
        "session_id": "calibration",
        "created_at": "2026-01-01T00:00:00.000Z",
        "data": {"id": f"00-{number:08d}", "is_final": True, "utterance": utterance},
    }


def _timed(words: Sequence[str], segment: PlayedSegment) -> list[tuple[str, int, int]]:
    """Words spread evenly over a segment: services' own times, which no metric uses."""
    step_ms = (segment.end_ms - segment.start_ms) // len(words)
    return [
        (text, segment.start_ms + place * step_ms, segment.start_ms + (place + 1) * step_ms)
        for place, text in enumerate(words)
    ]


def _sentence(words: Sequence[str]) -> str:
    return f"{_capital(' '.join(words))}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
