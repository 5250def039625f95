"""Small corpora for tests: real files, made in a temporary folder."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

RATE_HZ = 8000


def write_wav(path: Path, *, seconds: float = 2.0, channels: int = 1) -> None:
    """Quiet noise: audio in which no voice activity detector hears speech."""
    noise = np.random.default_rng(0).normal(0, 0.01, (round(seconds * RATE_HZ), channels))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, noise, RATE_HZ)


def write_manifest(folder: Path, *lines: dict[str, Any] | str) -> Path:
    """A corpus of the given lines; each line that is an object gets `audio_filepath` `a.wav`, 2 s, unless it names one."""
    folder.mkdir(exist_ok=True)
    if not (folder / "a.wav").exists():
        write_wav(folder / "a.wav")
    texts = [line if isinstance(line, str) else json.dumps({"audio_filepath": "a.wav"} | line) for line in lines]
    (folder / "manifest.jsonl").write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return folder
