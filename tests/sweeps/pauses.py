"""Calls with a known pause inside every turn and a known silence behind it: which endpointing is best follows from both.

The candidate's service hears stretches of speech and ends a turn after as much silence as its client asked for. Too little ends turns in
the pause inside them; too much brings every final later than the baseline's by more than the margin. What lies between does neither.
"""

import json
import wave
from pathlib import Path

import numpy as np

from harness.calibration.vocabulary import right_word, wrong_word
from harness.emulators.embedded import Emulators

CALLS = 20
"""So many that the gate decides."""

TURNS = 5
"""So many a call that medians have the 100 values which the gate asks for."""

WORD_MS = 100
PAUSE_MS = 100
TOO_SHORT_S, RIGHT_S, TOO_LONG_S = 0.05, 0.15, 0.45
MARGIN_MS = 160
BASELINE_FINAL_MS = 150
LAG_MS = 20
"""Of the candidate's service, beyond the silence."""

_LEAD_MS = 100
_PERIOD_MS = 800
_CHUNK_MS = 200  # first words and turns end with a chunk: what is injected is not rounded up
_TAIL_S = 2.0
_PAIRS = 30  # as many as Gladia lets a customer have
_RATE_HZ = 16_000


def write_corpus(folder: Path, calls: int = CALLS) -> Path:
    """Noise that nobody listens to, with the times of both words of every turn."""
    folder.mkdir()
    samples = np.random.default_rng(1).integers(-12, 12, _RATE_HZ * TURNS * _PERIOD_MS // 1000, dtype=np.int16)
    with wave.open(str(folder / "call.wav"), "wb") as file:
        file.setparams((1, 2, _RATE_HZ, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    words, segments = [], []
    for turn in range(TURNS):
        own = [
            {"word": text, "start": start_ms / 1000, "end": (start_ms + WORD_MS) / 1000}
            for text, start_ms in _words(turn)
        ]
        words += own
        text = " ".join(word["word"] for word in own)
        segments.append({"start": own[0]["start"], "end": own[-1]["end"], "text": text})
    lines = [
        {"id": f"call-{call:02}", "audio_filepath": "call.wav", "language": "en", "words": words, "segments": segments}
        for call in range(calls)
    ]
    (folder / "manifest.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return folder


def write_scenario(path: Path) -> Path:
    """The baseline ends every turn where it ends; the candidate's service says each word and waits for silence."""
    turns = [_words(turn, misheard=turn == 0) for turn in range(TURNS)]  # by both: a relative margin needs errors
    whole = [_segment(" ".join(text for text, _ in words), words[0][1], words[-1][1] + WORD_MS) for words in turns]
    stretches = [_segment(text, start_ms, start_ms + WORD_MS) for words in turns for text, start_ms in words]
    sessions = [
        {"match": {"provider": "assemblyai"}, "final_delay_ms": BASELINE_FINAL_MS, "segment": whole},
        {"match": {"provider": "gladia"}, "final_delay_ms": LAG_MS, "endpointing": True, "segment": stretches},
    ]
    path.write_text(json.dumps({"seed": 1, "session": sessions}))
    return path


def write_config(path: Path, corpus: Path, emulators: Emulators) -> Path:
    """A configuration in which rules for which there is too little audio only warn."""
    path.write_text(
        f'[corpus]\npath = "{corpus}"\n[audio]\nchunk_ms = {_CHUNK_MS}\ntrailing_silence_s = {_TAIL_S}\n[replay]\npairs = {_PAIRS}\n'
        f'[baseline]\nprovider = "assemblyai"\nhost = "{emulators.assemblyai}"\n'
        "params = {format_turns = true, max_turn_silence = 1000}\n"
        f'[candidate]\nprovider = "gladia"\nhost = "{emulators.gladia}"\n'
        f"[gate.margins]\nfinal_p50 = {MARGIN_MS}\nfalse_cutoff = 0.05\n"
        '[gate.levels]\nfirst_partial_p50 = "off"\nfirst_partial_p95 = "off"\nfinal_p95 = "warn"\n'
    )
    return path


def _words(turn: int, *, misheard: bool = False) -> list[tuple[str, int]]:
    """Both words of a turn and when each begins."""
    start_ms = _LEAD_MS + turn * _PERIOD_MS
    second = wrong_word(turn) if misheard else right_word(2 * turn + 1)
    return [(right_word(2 * turn), start_ms), (second, start_ms + WORD_MS + PAUSE_MS)]


def _segment(text: str, start_ms: int, end_ms: int) -> dict[str, object]:
    return {"text": text, "start_s": start_ms / 1000, "end_s": end_ms / 1000}
