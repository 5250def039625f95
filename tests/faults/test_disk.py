"""A disk that is full, or may not be written: one message, and whatever stood there still stands there, whole."""

import contextlib
import io
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_run import SCENARIO, write_corpus
from golden import golden_run

from harness import cli, pipeline
from harness.emulators import embedded
from harness.rundir import RunDir

OWN_MOUNTS = ["unshare", "--mount", "sh", "-ec"]
MAY_MOUNT = (
    os.geteuid() == 0
    and shutil.which("unshare") is not None
    and subprocess.run([*OWN_MOUNTS, "mount -t tmpfs none /mnt"], check=False, capture_output=True).returncode == 0
)
needs_mounts = pytest.mark.skipif(not MAY_MOUNT, reason="only root may mount a small disk, or one that is read only")


@contextlib.contextmanager
def full_beyond(size: int) -> Iterator[None]:
    """No file of this process grows beyond a size: what a full disk does, at a byte that is known."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    """A small run, scored."""
    run = golden_run(tmp_path / "reports" / "run", clips=2)
    pipeline.score(run)
    return run


def harness(*arguments: object) -> tuple[int, str]:
    """The command line in this process: its exit code, and what it complained of."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run([str(argument) for argument in arguments])
    return code, err.getvalue()


def test_a_verdict_and_its_texts_are_of_one_judgement(run: RunDir):
    """Whichever of the three files doesn't fit any more, all are as they were before."""
    names = ("junit.xml", "summary.md", "verdict.json")
    pipeline.judge(run)
    sizes = {name: (run.path / name).stat().st_size for name in names}
    for name in names:
        (run.path / name).write_text("of the judgement before")
    for size in sorted(sizes.values()):
        with full_beyond(size - 1):
            code, said = harness("gate", run.path)

        assert (3, 1, True) == (code, said.count("\n"), "Make room" in said)
        assert {"of the judgement before"} == {(run.path / name).read_text() for name in names}
        assert [] == list(run.path.rglob("*.tmp"))


def test_half_a_scoring_is_not_judged(run: RunDir):
    """Tables of two scorings stood side by side; now nothing reads them before they are whole again."""
    with full_beyond((run.path / "scores" / "sessions.csv").stat().st_size - 1):
        code, said = harness("score", run.path)
    assert (3, 1) == (code, said.count("\n"))

    code, said = harness("gate", run.path)
    assert (2, True) == (code, "Run `harness score`" in said)

    assert 0 == harness("score", run.path)[0]
    assert 2 != harness("gate", run.path)[0]


RECORD = '"$PYTHON" -m harness record --config harness.toml --pairs 1 --out "$DISK" --run-id run -q'
FILLED = f"""
mount -t tmpfs -o size=$PAGES none "$DISK"
set +e
{RECORD}; echo full $?
ls "$DISK/run/sessions" | wc -l
mount -o remount,size=16m "$DISK"
{RECORD} --resume; echo roomy $?
cp -r "$DISK/run" "$KEPT"
"""


@needs_mounts
@pytest.mark.slow
def test_a_recording_goes_on_when_there_is_room_again(tmp_path: Path):
    """Exit code 3 and one message; what was recorded is kept, and `--resume` plays what is left."""
    names = ["one", "two"]
    write_corpus(tmp_path / "corpus", names)
    (tmp_path / "disk").mkdir()
    (tmp_path / "scenario.toml").write_text(SCENARIO)
    with embedded.start("script", tmp_path / "scenario.toml") as emulators:
        (tmp_path / "harness.toml").write_text(
            f'[corpus]\npath = "corpus"\n[audio]\nchunk_ms = 200\ntrailing_silence_s = 2.0\n'
            f'[baseline]\nprovider = "assemblyai"\nhost = "{emulators.assemblyai}"\n'
            f"params = {{format_turns = true, max_turn_silence = 1000}}\n"
            f'[candidate]\nprovider = "gladia"\nhost = "{emulators.gladia}"\n'
        )
        done = subprocess.run(
            [*OWN_MOUNTS, FILLED],
            env={
                **os.environ,
                "PYTHON": sys.executable,
                "DISK": str(tmp_path / "disk"),
                "KEPT": str(tmp_path / "kept"),
                "PAGES": "20k",
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    assert ["full 3", "roomy 0"] == [line for line in done.stdout.splitlines() if line[:4] in {"full", "room"}]
    complaints = [line for line in done.stderr.splitlines() if line.startswith("harness: ")]
    assert any("No space left on device" in line and "Make room" in line for line in complaints), done.stderr
    assert "Traceback" not in done.stderr
    kept = RunDir(tmp_path / "kept")
    assert {"baseline": 2, "candidate": 2} == {side: kept.tally()[side] for side in ("baseline", "candidate")}
    assert "recorded" == kept.read_run()["state"]
    assert [] == list(kept.path.rglob("*.tmp"))


@needs_mounts
@pytest.mark.parametrize("command", ["score", "gate"])
def test_a_run_that_may_not_be_written_is_one_message(run: RunDir, command: str):
    """A run in an archive, say: exit code 3, and nothing is half done."""
    script = 'mount --bind "$0" "$0"; mount -o remount,ro,bind "$0"; exec "$1" -m harness "$2" "$0"'
    done = subprocess.run(
        [*OWN_MOUNTS, script, run.path, sys.executable, command], check=False, capture_output=True, text=True
    )

    assert (3, "Traceback" in done.stderr) == (done.returncode, False)
    [said] = done.stderr.splitlines()
    assert "Read-only file system" in said
    assert "Make it writable" in said
