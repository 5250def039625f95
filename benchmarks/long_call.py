"""Does memory stay flat while a long call is streamed? One pair of scripted sessions at real time, memory once a minute.

    python benchmarks/long_call.py [MINUTES]

Linux only: it reads memory from /proc. The recording processes' anonymous memory is what could grow; the mapped audio is the
file system's.

An hour on two cores that others used too: 194.3 MB after 10 minutes, 195.4 after 32, 195.7 after 63; 210 while the timelines
are written.
"""

import json
import os
import sys
import tempfile
import threading
from pathlib import Path
from time import monotonic

import numpy as np
import soundfile

from harness.config import load_config, override
from harness.emulators import embedded
from harness.planning import plan_run
from harness.recording import Recording
from harness.replay import engine
from harness.rundir import RunDir

RATE_HZ = 16000
SEGMENT = '[[session.segment]]\ntext = "{}"\nstart_s = {}\nend_s = {}\n'
TEXT = "please call me back as soon as you can today or tomorrow"
MOST_GROWTH_MB = 8.0  # of all recording processes, in the second half


def write_corpus(folder: Path, minutes: float) -> None:
    """One recording of quiet noise."""
    folder.mkdir()
    noise = (np.random.default_rng(1).standard_normal(RATE_HZ * 60) * 50).astype(np.int16)
    with soundfile.SoundFile(folder / "call.wav", "w", RATE_HZ, 1, "PCM_16") as sound:
        for _ in range(round(minutes)):
            sound.write(noise)
    line = {"id": "call", "audio_filepath": "call.wav", "text": TEXT}
    (folder / "manifest.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")


def anonymous_mb(pid: int) -> float:
    """Memory of a process that no file stands behind."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return 0.0


def recorders() -> list[int]:
    """This process and its worker, without the emulators."""
    me = os.getpid()
    found = [me]
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command, status = (entry / "cmdline").read_bytes(), (entry / "status").read_text(encoding="utf-8")
        except OSError:
            continue
        if b"harness.replay.worker" in command and f"PPid:\t{me}\n" in status:
            found.append(int(entry.name))
    return found


def watch(rows: list[float], over: threading.Event) -> None:
    """A line a minute."""
    began = monotonic()
    while not over.wait(60.0):
        rows.append(sum(anonymous_mb(pid) for pid in recorders()))
        print(f"{(monotonic() - began) / 60:5.1f} min   {rows[-1]:7.1f} MB", flush=True)


def main() -> int:
    """Print memory on the way; returns 1 if it grew in the second half."""
    engine._ATTEMPTS = 1  # noqa: SLF001 - a busy machine may spoil the pair; it need not be played for another hour
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    rows: list[float] = []
    over = threading.Event()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_corpus(folder / "corpus", minutes)
        script = "[[session]]\npartial_delay_ms = 60\nfinal_delay_ms = 200\n"
        script += "".join(SEGMENT.format(TEXT, start, start + 4.0) for start in range(1, round(minutes * 60) - 5, 5))
        (folder / "call.toml").write_text(script, encoding="utf-8")
        with embedded.start("script", folder / "call.toml") as emulators:
            loaded = override(
                load_config(folder=folder),
                {
                    "corpus.path": str(folder / "corpus"),
                    "baseline.host": emulators.assemblyai,
                    "candidate.host": emulators.gladia,
                    "replay.pairs": 1,
                },
            )
            watching = threading.Thread(target=watch, args=(rows, over), daemon=True)
            watching.start()
            run = Recording(plan_run(loaded), RunDir(folder / "run")).record()
            over.set()
        sizes = {path.name: path.stat().st_size for path in run.path.glob("sessions/call/*")}
        print("timelines", sizes, "accounting", run.read_run()["accounting"])
    half = rows[len(rows) // 2 :]
    growth_mb = half[-1] - half[0] if half else 0.0
    print(f"second half: {growth_mb:+.1f} MB")
    return int(growth_mb > MOST_GROWTH_MB)


if __name__ == "__main__":
    sys.exit(main())
