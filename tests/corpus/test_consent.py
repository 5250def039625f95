"""Whose audio may be in reports: from the manifest to the bytes of a run's folder."""

import base64
import gzip
import re
import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from small_corpus import write_manifest

from harness import pipeline
from harness.config import load_config, override
from harness.corpus.consent import as_allowed_now
from harness.corpus.manifest import load_corpus
from harness.emulators import embedded
from harness.planning import plan_run
from harness.report.clip_details import FORBIDDEN
from harness.report.packing import unpack

Run = tuple[pipeline.RunDir, Path]

_BLOCK = re.compile(r'<script type="application/json" id="data-\d+">"([^"]*)"</script>')
_WINDOW = 24  # bytes of noise that turn up nowhere by chance


@pytest.fixture(scope="module")
def run(emulators: embedded.Emulators, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of two passes: one recording that may be copied, and the two channels of one that may not."""
    corpus = tmp_path_factory.mktemp("consent") / "corpus"
    corpus.mkdir()
    noise = np.random.default_rng(5).integers(-8000, 8000, (4800, 3), np.int16)
    soundfile.write(corpus / "free.wav", noise[:, 0], 16000)
    soundfile.write(corpus / "kept.wav", noise[:, 1:], 16000)
    write_manifest(corpus, *_lines(free=True))
    values = {"corpus.path": str(corpus), "replay.passes": 2, "replay.pairs": 6, "audio.trailing_silence_s": 2.4}
    hosts = {"baseline.host": emulators.assemblyai, "candidate.host": emulators.gladia}
    planned = plan_run(override(load_config(folder=corpus), values | hosts))
    found, _ = pipeline.compare(planned, pipeline.RecordOptions(corpus.parent, "run"))
    return found, corpus


def _lines(*, free: bool) -> list[dict]:
    segments = [{"start": 0.0, "end": 0.3, "text": "hello", "channel": channel} for channel in (0, 1)]
    return [
        {"id": "free", "audio_filepath": "free.wav", "text": "hello"} | ({} if free else {"copy_audio": False}),
        {"id": "kept", "audio_filepath": "kept.wav", "segments": segments, "copy_audio": False},
    ]


def _details(run: pipeline.RunDir) -> dict[tuple[str, int], dict]:
    page = (run.path / "report.html").read_text(encoding="utf-8")
    return {(one["id"], one["pass"]): one for block in _BLOCK.findall(page) for one in unpack(block)}


def _contents(folder: Path) -> list[bytes]:
    """Every file as it is, and as what its wrappings hold: gzip, FLAC, base64 and deflated base64 inside a page."""
    found: list[bytes] = []
    for path in (path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        found.append(content)
        if path.suffix == ".gz":
            found.append(gzip.decompress(content))
        elif path.suffix == ".flac":
            found.append(soundfile.read(path, dtype="int16")[0].tobytes())
        elif path.suffix == ".html":
            packed = [
                base64.b64decode(run) for run in re.findall(rb"[A-Za-z0-9+/]{64,}={0,2}", content) if not len(run) % 4
            ]
            found += packed + [zlib.decompress(one) for one in packed if one[:1] == b"\x78"]
    return found


def _holds(contents: list[bytes], samples: np.ndarray) -> bool:
    windows = [samples[at : at + _WINDOW // 2].tobytes() for at in range(0, len(samples) - _WINDOW, 397)]
    assert windows
    return any(window in content for content in contents for window in windows)


def test_a_forbidden_recording_is_nowhere_in_the_run(run: Run):
    """Neither file, link, waveform nor a byte of it, of any channel or pass; the page says why."""
    found, corpus = run
    free, kept = (soundfile.read(corpus / name, dtype="int16")[0] for name in ("free.wav", "kept.wav"))
    contents, details = _contents(found.path), _details(found)

    assert ["free.flac"] == [path.name for path in (found.path / "audio").iterdir()]
    assert _holds(contents, free)  # the search finds what is there
    assert [False, False] == [_holds(contents, np.ascontiguousarray(kept[:, channel])) for channel in (0, 1)]
    assert 6 == len(details)
    for (clip_id, _), detail in details.items():
        assert (None, FORBIDDEN) == (detail["audio"], detail["no_audio"]) or clip_id == "free"
    assert details["free", 2]["audio"]["file"] == "audio/free.flac"


def test_consent_that_is_withdrawn_takes_the_audio_out_of_the_next_report(run: Run):
    """The copy of the earlier report goes as well; what is given back later isn't assumed for a run that had none."""
    source, corpus = run
    found = pipeline.RunDir(shutil.copytree(source.path, source.path.with_name("withdrawn")))
    assert [] != list((found.path / "audio").iterdir())
    before = (corpus / "manifest.jsonl").read_bytes()
    write_manifest(corpus, *_lines(free=False))
    pipeline.report(found)
    (corpus / "manifest.jsonl").write_bytes(before)
    details = _details(found)

    assert [] == list((found.path / "audio").iterdir())
    assert {FORBIDDEN} == {detail["no_audio"] for detail in details.values()}
    assert not _holds(_contents(found.path), soundfile.read(corpus / "free.wav", dtype="int16")[0])


def test_what_is_no_plain_yes_forbids(tmp_path: Path):
    """A manifest that was edited by hand since; other lines, broken ones too, change nothing."""
    clips = load_corpus(write_manifest(tmp_path, *({"id": name, "text": "a"} for name in "abc"))).clips
    write_manifest(tmp_path, {"id": "a", "copy_audio": "no"}, '{"copy_audio": ', {"id": "b", "copy_audio": True})

    assert [False, True, True] == [clip.copy_audio for clip in as_allowed_now(clips, tmp_path)]
    (tmp_path / "manifest.jsonl").unlink()
    assert clips == as_allowed_now(clips, tmp_path)
