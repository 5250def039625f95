"""What comes over a recording from outside: signals, a computer that sleeps, a wall clock that is set."""

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from fault_run import SCENARIO, planned, write_corpus

from harness.emulators import embedded
from harness.metrics.validity import provider_failure
from harness.planning import RunPlan
from harness.recording import Recording
from harness.replay import engine
from harness.rundir import RunDir
from harness.timeline.account import account
from harness.timeline.events import SIDES, Audio, Frame
from harness.timeline.files import read_timeline
from harness.timeline.fold import fold
from harness.timeline.validity import harness_faults

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory):
    """Both, and both are well."""
    scenario = tmp_path_factory.mktemp("scenario") / "plain.toml"
    scenario.write_text(SCENARIO)
    with embedded.start("script", scenario) as running:
        yield running


@pytest.fixture
def plan(services: embedded.Emulators, tmp_path: Path) -> RunPlan:
    """A run of one short call."""
    write_corpus(tmp_path / "corpus", ["call"])
    return planned(tmp_path / "corpus", services)


def workers_of(pid: int) -> list[psutil.Process]:
    """The processes that replay, of a process and its children."""
    return [child for child in psutil.Process(pid).children(recursive=True) if "replay.worker" in str(child.cmdline())]


def test_a_signal_ends_a_recording_in_order(services: embedded.Emulators, tmp_path: Path):
    """SIGTERM or SIGHUP in the midst of the second of three calls: 130, the first is kept, no process is left, the rest follows."""
    write_corpus(tmp_path / "corpus", ["one", "two", "three"])
    (tmp_path / "harness.toml").write_text(
        f'[corpus]\npath = "corpus"\n[audio]\nchunk_ms = 200\ntrailing_silence_s = 6.0\n'
        f'[baseline]\nprovider = "assemblyai"\nhost = "{services.assemblyai}"\n'
        "params = {format_turns = true, max_turn_silence = 1000}\n"
        f'[candidate]\nprovider = "gladia"\nhost = "{services.gladia}"\n'
    )
    command = [sys.executable, "-m", "harness", "record", "--config", "harness.toml", "--pairs", "1"]
    signals = (signal.SIGTERM, signal.SIGHUP)
    begun, left = {}, []
    for number in signals:
        process = begun[number] = subprocess.Popen(
            [*command, "--run-id", number.name],
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        assert any("1/3 pairs" in line for line in process.stderr)
        left += workers_of(process.pid)
        process.send_signal(number)
    said = {number: process.communicate(timeout=60)[1] for number, process in begun.items()}

    assert dict.fromkeys(signals, 130) == {number: process.returncode for number, process in begun.items()}
    assert left
    assert [] == [worker for worker in left if worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE]
    runs = {number: RunDir(tmp_path / "reports" / number.name) for number in signals}
    for number, run in runs.items():
        assert ("interrupted", 1, 1) == (run.read_run()["state"], run.tally()["baseline"], run.tally()["candidate"])
        assert f"--resume --run-id {number.name}" in said[number]
    resumed = [*command, "-q", "--run-id", "SIGHUP", "--resume"]
    assert 0 == subprocess.run(resumed, cwd=tmp_path, stdout=subprocess.DEVNULL, check=False).returncode
    assert {"baseline": 3, "candidate": 3} == {side: runs[signal.SIGHUP].tally()[side] for side in SIDES}


def test_a_computer_that_sleeps_in_the_midst_is_no_services_failure(
    plan: RunPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The processes that replay stand still for a second: the pair is spoilt by the harness, and played again."""
    heard = engine._Coordinator._heard
    asleep: list[psutil.Process] = []

    def sleep_once(self: engine._Coordinator, hand, told, **more):
        if isinstance(told, engine.Rows) and not asleep:
            asleep.extend(workers_of(os.getpid()))
            for worker in asleep:
                worker.suspend()
            threading.Timer(1.0, lambda: [worker.resume() for worker in asleep]).start()
        return heard(self, hand, told, **more)

    monkeypatch.setattr(engine._Coordinator, "_heard", sleep_once)
    run = Recording(plan, RunDir(tmp_path / "run")).record()

    first = {side: read_timeline(run.session_path("call", side, 1, rejected=True)) for side in SIDES}
    faults = harness_faults({side: account(each.header, each.events) for side, each in first.items()})
    assert asleep
    assert any("lag of the 10 ms probe reached" in fault or "send lateness reached" in fault for fault in faults)
    for side in SIDES:
        assert None is provider_failure(fold(run.read_session("call", side, 1)), expects_text=True)
    assert {"baseline": 1, "candidate": 1, "reruns": 1} == run.tally()


STEPPING = """
import datetime, itertools, time
steps_s = itertools.cycle([0, 3600, -3600])
true_time, true_time_ns, true_datetime = time.time, time.time_ns, datetime.datetime
time.time = lambda: true_time() + next(steps_s)
time.time_ns = lambda: true_time_ns() + next(steps_s) * 10**9

class Stepping(true_datetime):
    @classmethod
    def now(cls, tz=None):
        return true_datetime.now(tz) + datetime.timedelta(seconds=3600)

datetime.datetime = Stepping
"""


def test_a_wall_clock_that_is_set_moves_no_instant(plan: RunPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An hour ahead and back at every look at it, in the processes that replay: no time of a session comes from there."""
    (tmp_path / "stepping").mkdir()
    (tmp_path / "stepping" / "sitecustomize.py").write_text(STEPPING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "stepping"))
    monkeypatch.setattr(engine, "harness_faults", lambda _sessions: ())  # a busy machine would have it run again
    run = Recording(plan, RunDir(tmp_path / "run")).record()

    for side in SIDES:
        timeline = run.read_session("call", side, 1)
        audio = [event for event in timeline.events if isinstance(event, Audio)]
        frames = [event for event in timeline.events if isinstance(event, Frame)]
        session = fold(timeline)
        assert None is provider_failure(session, expects_text=True)
        assert [event.due_ns for event in audio] == [(index + 1) * 200_000_000 for index in range(len(audio))]
        assert all(0 <= event.sent_ns - event.due_ns < 60 * 10**9 for event in audio)
        assert all(abs(frame.wire_ns) < 60 * 10**9 for frame in frames)
        assert all(frame.wire_ns <= frame.handler_ns for frame in frames if frame.handler_ns is not None)
        ahead = datetime.fromisoformat(timeline.header.wall_anchor) - datetime.now(UTC)
        assert ahead > timedelta(minutes=30)  # else the clock was not set
