"""Small builders of timelines, clips and sessions for tests: from lists of (time, text) to what a session would record.

Times are in seconds of the audio clock, T0 = 0, as in the worked examples of the methodology.
"""

import json
from collections.abc import Sequence
from typing import Any

from harness.corpus.model import Clip, ReferenceWord, Utterance
from harness.timeline.events import (
    Audio,
    AudioFormat,
    Closed,
    Connected,
    ConnectStarted,
    Event,
    FinishSent,
    Frame,
    Header,
    Side,
    Timeline,
)

RATE_HZ = 16000
CHUNK_MS = 100


def ns(seconds: float) -> int:
    """Seconds as integer nanoseconds."""
    return round(seconds * 1e9)


def timeline(
    frames: Sequence[Event],
    *,
    provider: str = "assemblyai",
    side: Side = "baseline",
    clip_id: str = "clip",
    duration_s: float = 6.0,
    lateness_s: float = 0.002,
    finish: bool = True,
    close_code: int | None = 1000,
    **header: Any,
) -> Timeline:
    """A session that became ready 0.2 s before T0, was sent `duration_s` of audio, and closed 0.1 s after the stop."""
    samples = round(duration_s * RATE_HZ)
    chunk_samples = RATE_HZ * CHUNK_MS // 1000
    chunks = -(-samples // chunk_samples)
    audio = AudioFormat("pcm_s16le", RATE_HZ, CHUNK_MS, chunk_samples, chunks, samples)
    events: list[Event] = [ConnectStarted(ns(-0.5)), Connected(ns(-0.2))]
    for index in range(chunks):
        due_ns = ns((index + 1) * CHUNK_MS / 1000)
        sent_ns = due_ns + ns(lateness_s)
        events.append(Audio(sent_ns, index, chunk_samples * 2, due_ns, sent_ns))
    end_s = chunks * CHUNK_MS / 1000 + lateness_s
    if finish:
        events.append(FinishSent(ns(end_s)))
    last_s = max([end_s, *(frame.t_ns / 1e9 for frame in frames)])
    events.append(Closed(ns(last_s + 0.1), close_code, ""))
    events.extend(frames)
    events.sort(key=lambda event: event.t_ns)
    params = header.pop("params", {"format_turns": True} if provider == "assemblyai" else {})
    return Timeline(
        Header(clip_id, side, provider, 1, audio, params=params, audio_sha256="0" * 64, **header), tuple(events)
    )


def frame(at_s: float, message: dict[str, Any] | str, handler_s: float | None = None) -> Frame:
    """A frame received at `at_s` and handled a millisecond later unless said otherwise."""
    raw = message if isinstance(message, str) else json.dumps(message)
    return Frame(ns(at_s), ns(at_s), ns(at_s + 0.001 if handler_s is None else handler_s), raw)


def turn(
    at_s: float,
    text: str,
    *,
    order: int = 0,
    final: bool = False,
    formatted: bool = False,
    words: Sequence[tuple[str, int, int, bool]] | None = None,
) -> Frame:
    """An AssemblyAI `Turn`; its words are those of the text, 100 ms each from 0, all final in a final.

    Args:
        at_s: Arrival.
        text: What it says; `transcript` and, unless given, `words`.
        order: `turn_order`.
        final: `end_of_turn`.
        formatted: `turn_is_formatted`.
        words: `(text, start_ms, end_ms, word_is_final)` instead of the default.
    """
    listed = words
    if listed is None:
        listed = [(word, 100 * index, 100 * index + 90, final) for index, word in enumerate(text.split())]
    message = {
        "type": "Turn",
        "turn_order": order,
        "turn_is_formatted": formatted,
        "end_of_turn": final,
        "transcript": text,
        "end_of_turn_confidence": 1.0 if final else 0.1,
        "utterance": "",
        "words": [
            {"text": word, "start": start, "end": end, "confidence": 0.9, "word_is_final": is_final}
            for word, start, end, is_final in listed
        ],
    }
    return frame(at_s, message)


def transcript(
    at_s: float,
    text: str,
    *,
    key: str = "00-00000000",
    final: bool = False,
    start_s: float = 0.0,
    end_s: float | None = None,
    channel: int = 0,
) -> Frame:
    """A Gladia `transcript`; words spread evenly over the utterance; a final's text begins with a space."""
    spoken = text.split()
    stop_s = start_s + 0.1 * max(1, len(spoken)) if end_s is None else end_s
    share_s = (stop_s - start_s) / max(1, len(spoken))
    words = [
        {
            "word": f" {word}",
            "start": start_s + share_s * index,
            "end": start_s + share_s * (index + 1),
            "confidence": 0.9,
        }
        for index, word in enumerate(spoken)
    ]
    utterance = {
        "start": start_s,
        "end": stop_s,
        "confidence": 0.9,
        "channel": channel,
        "words": words,
        "text": f" {text}" if final else text,
        "language": "en",
    }
    message = {
        "type": "transcript",
        "session_id": "session",
        "created_at": "2026-01-01T00:00:00.000Z",
        "data": {"id": key, "is_final": final, "utterance": utterance},
    }
    return frame(at_s, message)


def utterance(
    text: str | None,
    start_s: float,
    end_s: float,
    *,
    turn_id: str | None = None,
    words: Sequence[tuple[str, float, float]] = (),
) -> Utterance:
    """A reference utterance."""
    return Utterance(text, start_s, end_s, turn_id, None, tuple(ReferenceWord(*word) for word in words))


def clip(utterances: Sequence[Utterance], *, clip_id: str = "clip", duration_s: float = 6.0, **changes: Any) -> Clip:
    """A clip with these utterances; its text is theirs, None if none has one."""
    texts = [one.text for one in utterances if one.text is not None]
    values: dict[str, Any] = {
        "clip_id": clip_id,
        "recording_id": clip_id,
        "call_id": clip_id,
        "audio_filepath": f"{clip_id}.wav",
        "channel": 0,
        "channels": 1,
        "duration_s": duration_s,
        "sample_rate_hz": RATE_HZ,
        "language": "en",
        "speaker": None,
        "tags": (),
        "text": " ".join(texts) if texts or not utterances else None,
        "utterances": tuple(utterances),
        "time_source": "words" if any(one.words for one in utterances) else ("segments" if texts else "vad"),
        "audio_sha256": "0" * 64,
    }
    return Clip(**(values | changes))
