"""How much memory does `corpus check --listen` take for a long recording, and how long?

    python benchmarks/corpus_listen.py [MINUTES ...]

For each length (10 and 180 minutes by default) a 16-bit mono file of 16 kHz is made of the demo corpus's recordings, one after the
other, over and over. A process of its own checks it twice: the second time the speech comes from the cache. Linux only: the
peak of memory is the kernel's. Exits 1 if the longest file took more than LIMIT_MB beyond the shortest.
"""

import json
import os
import subprocess
import sys
import tempfile
from itertools import cycle
from pathlib import Path
from time import monotonic

import soundfile

LIMIT_MB = 20.0
RATE_HZ = 16000
DEMO = Path(__file__).parents[1] / "corpora" / "demo" / "wav"


def write_corpus(folder: Path, minutes: float) -> None:
    """One recording of about so many minutes, with one segment at its beginning."""
    parts = cycle([path for path in sorted(DEMO.rglob("*.wav")) if soundfile.info(path).samplerate == RATE_HZ])
    with soundfile.SoundFile(folder / "long.wav", "w", RATE_HZ, 1, "PCM_16") as long:
        while long.tell() < minutes * 60 * RATE_HZ:
            long.write(soundfile.read(next(parts), dtype="int16", always_2d=True)[0][:, 0])
    line = {"id": "long", "audio_filepath": "long.wav", "segments": [{"start": 0.1, "end": 2, "text": "first words"}]}
    (folder / "manifest.jsonl").write_text(json.dumps(line) + "\n")


def check(folder: Path) -> dict[str, float]:
    """Wall and processor time, and the peak of memory, of one `corpus check --listen`."""
    started = monotonic()
    command = [sys.executable, "-m", "harness", "corpus", "check", str(folder), "--listen", "--json"]
    environment = os.environ | {"XDG_CACHE_HOME": str(folder / "cache")}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the check failed with status {process.returncode}")
    return {
        "elapsed_s": round(monotonic() - started, 2),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": round(usage.ru_maxrss / 1024, 1),
    }


def main(lengths_min: list[float]) -> int:
    """Check a file of each length, print one object a length."""
    peaks_mb = []
    for minutes in sorted(lengths_min):
        with tempfile.TemporaryDirectory() as name:
            write_corpus(Path(name), minutes)
            first, again = check(Path(name)), check(Path(name))
        print(json.dumps({"minutes": minutes, "first": first, "again": again}), flush=True)
        peaks_mb.append(first["peak_mb"])
    return int(peaks_mb[-1] - peaks_mb[0] > LIMIT_MB)


if __name__ == "__main__":
    sys.exit(main([float(argument) for argument in sys.argv[1:]] or [10.0, 180.0]))
