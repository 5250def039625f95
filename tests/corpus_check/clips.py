"""Clips for checks that need no audio."""

from typing import Any

from harness.corpus.model import Clip, Utterance


def clip(clip_id: str = "a", *spans: tuple[float, float, str], **fields: Any) -> Clip:
    """A clip of 10 s with the given reference utterances (start, end, text)."""
    utterances = tuple(Utterance(text, start_s, end_s) for start_s, end_s, text in spans)
    given = {
        "recording_id": clip_id,
        "call_id": clip_id,
        "audio_filepath": f"{clip_id}.wav",
        "channel": 0,
        "channels": 1,
        "duration_s": 10.0,
        "sample_rate_hz": 8000,
        "language": "en",
        "speaker": None,
        "tags": (),
        "text": " ".join(text for _, _, text in spans) if spans else None,
        "utterances": utterances,
        "time_source": "segments" if spans else "none",
        "audio_sha256": "",
    }
    return Clip(clip_id=clip_id, **(given | fields))
