"""A run that is killed over and over: nothing is lost, nothing is doubled, nothing is left half-written."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from scripted import config_file, plan

from harness.emulators import embedded
from harness.rundir import RunDir
from harness.timeline.events import Audio, Closed

KILLS = 20
PASSES = 6


@pytest.mark.slow
def test_a_run_killed_at_twenty_moments_ends_with_one_result_a_session(emulators: embedded.Emulators, tmp_path: Path):
    """Killed with SIGKILL at random moments and resumed each time: every session once, whole, and never written again."""
    config = config_file(tmp_path, emulators)
    command = [sys.executable, "-m", "harness", "record", "--config", str(config), "--select", "id=ps_cards_001"]
    command += ["--passes", str(PASSES), "--pairs", "3", "--out", str(tmp_path), "--run-id", "run", "-q"]
    folder = RunDir(tmp_path / "run")
    moments = random.Random(20)
    written: dict[Path, int] = {}
    (folder.path / "sessions" / "ps_cards_001").mkdir(parents=True)
    (folder.path / "sessions" / "ps_cards_001" / ".baseline.1.jsonl.gz.x.tmp").write_bytes(
        b"half of it, from a kill in the midst"
    )
    for _ in range(KILLS):
        status = play(command, folder, kill_after_s=moments.uniform(0.3, 6.0))
        if status is not None:
            break
        now = {
            path: path.stat().st_mtime_ns
            for path in folder.path.glob("sessions/*/*.gz")
            if ".rejected." not in path.name
        }
        assert {path: now.get(path) for path in written} == written
        written = now
    assert play(command, folder) == 0

    planned = plan(emulators)
    chunks = planned.chunks["ps_cards_001"].chunks
    assert {side: folder.tally()[side] for side in ("baseline", "candidate")} == {
        "baseline": PASSES,
        "candidate": PASSES,
    }
    assert list(folder.path.rglob("*.tmp")) == []
    for number in range(1, PASSES + 1):
        for side in ("baseline", "candidate"):
            timeline = folder.read_session("ps_cards_001", side, number)
            assert sum(isinstance(event, Audio) for event in timeline.events) == chunks
            assert [event.code for event in timeline.events if isinstance(event, Closed)] == [1000]
    assert folder.read_run()["state"] == "recorded"


def play(command: list[str], folder: RunDir, kill_after_s: float | None = None) -> int | None:
    """Record, or go on recording; None if it was killed."""
    resume = ["--resume"] if folder.exists else []
    process = subprocess.Popen([*command, *resume], stdout=subprocess.DEVNULL, env={**os.environ, "NO_COLOR": "1"})
    try:
        return process.wait(kill_after_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return None
