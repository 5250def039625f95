"""Corpora of other formats for tests: fixtures with audio made beside them, and what importing gives."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from harness.corpus.importers.convert import import_corpus
from harness.corpus.manifest import survey_corpus
from harness.errors import CorpusError

FIXTURES = Path(__file__).parents[1] / "resources" / "import"
RATE_HZ = 8000


def audio(path: Path, seconds: float = 2.0, *, channels: int = 1) -> Path:
    """Quiet noise in the format of the suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(0).normal(0, 0.01, (round(seconds * RATE_HZ), channels))
    kinds = {".sph": "NIST", ".mp3": "MP3", ".flac": "FLAC"}
    soundfile.write(path, noise, RATE_HZ, format=kinds.get(path.suffix, "WAV"))
    return path


def fixture(name: str, tmp_path: Path, **files: tuple[float, int]) -> Path:
    """A copy of a fixture, with audio: `path=(seconds, channels)`."""
    folder = tmp_path / name
    shutil.copytree(FIXTURES / name, folder)
    for path, (seconds, channels) in files.items():
        audio(folder / path, seconds, channels=channels)
    return folder


def imported(source: Path, **options) -> list[dict]:
    """The lines of the manifest that importing gives, without those keys that every line has."""
    destination = source.parent / "imported"
    shutil.rmtree(destination, ignore_errors=True)
    import_corpus(source, destination, **options)
    assert [] == [str(problem) for problem in survey_corpus(destination).problems if problem.severity == "error"]
    lines = [json.loads(line) for line in (destination / "manifest.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "duration"} for line in lines]


def refusal(source: Path, **options) -> str:
    """The message of an import that fails, relative to the source; nothing may be left behind."""
    before = set(source.parent.iterdir())
    with pytest.raises(CorpusError) as caught:
        import_corpus(source, source.parent / "refused", **options)
    assert before == set(source.parent.iterdir())
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{source}/", "").replace(str(source), source.name)


def edited(path: Path, old: str, new: str) -> None:
    """Damage a file."""
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
