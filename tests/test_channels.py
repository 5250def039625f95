"""Recordings of two channels: a session a channel on one side, one session for both on the other."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from leniency import let_it_be_late

from harness.config import load_config, override
from harness.emulators import embedded
from harness.errors import ConfigError
from harness.joblist import missing_jobs
from harness.pipeline import score
from harness.planning import plan_run
from harness.recording import Recording
from harness.replay import engine
from harness.rundir import RunDir
from harness.timeline.fold import fold

SCENARIO = """
[[session]]
match = {provider = "gladia"}
[[session.segment]]
text = "hello there"
start_s = 0.2
end_s = 0.6
channel = 0
[[session.segment]]
text = "good morning"
start_s = 0.8
end_s = 1.2
channel = 1
[[session]]
match = {provider = "assemblyai", ordinal = 1}
[[session.segment]]
text = "hello there"
start_s = 0.2
end_s = 0.6
[[session]]
match = {provider = "assemblyai", ordinal = 2}
[[session.segment]]
text = "hello there"
start_s = 0.2
end_s = 0.6
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """One call of 1.5 s whose channels differ."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    noise = np.random.default_rng(1).integers(-300, 300, (24000, 2)).astype(np.int16)
    soundfile.write(folder / "call.wav", noise, 16000)
    segments = [
        {"start": 0.2, "end": 0.6, "text": "hello there", "channel": 0},
        {"start": 0.8, "end": 1.2, "text": "good morning", "channel": 1},
    ]
    (folder / "manifest.jsonl").write_text(
        json.dumps({"id": "call", "audio_filepath": "call.wav", "segments": segments})
    )
    return folder


def planned(corpus: Path, emulators: embedded.Emulators | None = None, **changes):
    hosts = {"baseline.host": emulators.assemblyai, "candidate.host": emulators.gladia} if emulators else {}
    loaded = override(load_config(folder=corpus), {"corpus.path": str(corpus), **hosts, **changes})
    return plan_run(loaded)


def test_channels_together_are_one_session_and_scored_apart(corpus: Path, tmp_path: Path, monkeypatch):
    """Gladia gets one session of two channels, AssemblyAI two of one; each clip is scored on its own channel's words."""
    let_it_be_late(monkeypatch)
    scenario = tmp_path / "two.toml"
    scenario.write_text(SCENARIO)
    with embedded.start("script", scenario) as emulators:
        plan = planned(corpus, emulators, **{"candidate.channels": "together"})
        folder = Recording(plan, RunDir(tmp_path / "run")).record()
        ledger = emulators.ledger()

    assert sorted(entry["provider"] for entry in ledger) == ["assemblyai", "assemblyai", "gladia"]
    sessions = {
        (clip_id, side): fold(folder.read_session(clip_id, side, 1))
        for clip_id in ("call.ch0", "call.ch1")
        for side in ("baseline", "candidate")
    }
    texts = {key: [segment.updates[-1].text for segment in session.segments] for key, session in sessions.items()}
    assert texts["call.ch0", "candidate"] == ["hello there"]
    assert texts["call.ch1", "candidate"] == ["good morning"]
    for clip_id in ("call.ch0", "call.ch1"):
        baseline, candidate = (sessions[clip_id, side].header for side in ("baseline", "candidate"))
        assert (candidate.audio.channels, baseline.audio.channels) == (2, 1)
        assert candidate.audio_sha256 == baseline.audio_sha256
        assert candidate.params["channels"] == 2
        assert candidate.extra["t0_monotonic_ns"] == baseline.extra["t0_monotonic_ns"]

    summary = score(folder)
    assert summary["audio_identical"] is True
    assert [summary["sessions"]["candidate"][count] for count in ("planned", "completed", "failed")] == [2, 2, 0]
    assert summary["metrics"]["wer"]["candidate"]["errors"] == 0


def test_channels_of_a_recording_share_a_start_only_if_a_side_needs_it(corpus: Path):
    """Separate sessions are pairs of their own, free to run whenever there is a lane."""
    apart = missing_jobs(planned(corpus), ("baseline", "candidate"), lambda *_: False)
    together = missing_jobs(
        planned(corpus, **{"candidate.channels": "together"}), ("baseline", "candidate"), lambda *_: False
    )

    assert [job.name for job in apart] == ["call.ch0", "call.ch1"]
    assert [(session.side, session.clip_ids) for session in together[0].sessions] == [
        ("baseline", ("call.ch0",)),
        ("baseline", ("call.ch1",)),
        ("candidate", ("call.ch0", "call.ch1")),
    ]


def test_a_service_of_one_channel_refuses_two(corpus: Path):
    """AssemblyAI's sessions are mono: said before anything is streamed, with the key and what to set."""
    with pytest.raises(
        ConfigError, match=r'baseline\.channels is "together", but assemblyai takes one channel a session'
    ):
        planned(corpus, **{"baseline.channels": "together"})


def test_mu_law_reaches_both_services_as_it_was_recorded(tmp_path: Path, monkeypatch):
    """The bytes that arrive are the file's own codes, all 256 of them, and silence: nothing was decoded on the way."""
    monkeypatch.setattr(engine, "harness_faults", lambda _sessions: ())
    codes = np.random.default_rng(7).permutation(np.arange(8000) % 256).astype(np.uint8)
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    soundfile.write(corpus / "call.wav", np.zeros(8000, np.int16), 8000, subtype="ULAW")
    content = (corpus / "call.wav").read_bytes()
    (corpus / "call.wav").write_bytes(content.replace(b"\xff" * 8000, codes.tobytes()))
    (corpus / "manifest.jsonl").write_text(json.dumps({"id": "call", "audio_filepath": "call.wav", "text": ""}))
    scenario = tmp_path / "two.toml"
    scenario.write_text(SCENARIO)
    with embedded.start("script", scenario) as emulators:
        plan = planned(corpus, emulators, **{"audio.encoding": "pcm_mulaw", "audio.sample_rate": 8000})
        Recording(plan, RunDir(tmp_path / "run")).record()
        received = {entry["provider"]: entry["audio_sha256"] for entry in emulators.ledger()}

    silence = b"\xff" * (plan.chunks["call"].chunks * 800 - 8000)
    sent = hashlib.sha256(codes.tobytes() + silence).hexdigest()
    assert received == {"assemblyai": sent, "gladia": sent}
