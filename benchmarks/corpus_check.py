"""How long does `corpus check` take for a big manifest, and how much memory? Loads no audio, only headers.

    python benchmarks/corpus_check.py [LINES] [FILES]

LINES recordings (100,000 by default), spread over FILES audio files of their own (as many by default). Each has a text of its own, a
speaker, a tag and two segments; the files have the same size, so that their bytes must be compared. With FILES below LINES
every repeat is a finding. Linux only: it reads the peak of memory from the kernel.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic

import numpy as np
import soundfile

LIMIT_S = 20.0
LIMIT_MB = 300.0
WORDS = [
    "please",
    "call",
    "me",
    "back",
    "soon",
    "if",
    "you",
    "can",
    "today",
    "we",
    "have",
    "news",
    "for",
    "you",
    "about",
    "it",
]
PER_FOLDER = 1000


def write_corpus(folder: Path, lines: int, files: int) -> None:
    """Files of two seconds; one is made, the others differ from it in a few samples in the middle."""
    noise = (np.random.default_rng(1).standard_normal(8000) * 50).astype(np.int16)
    soundfile.write(folder / "first.wav", noise, 4000, subtype="PCM_U8")
    content = (folder / "first.wav").read_bytes()
    middle = len(content) // 2
    names = [f"{number // PER_FOLDER:03}/{number:06}.wav" for number in range(files)]
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content[:middle] + number.to_bytes(4, "big") + content[middle + 4 :])
    random.seed(1)
    with (folder / "manifest.jsonl").open("w", encoding="utf-8") as manifest:
        for number in range(lines):
            first, second = " ".join(random.choices(WORDS, k=4)), " ".join(random.choices(WORDS, k=4))
            segments = [
                {"start": 0.1, "end": 0.9, "text": first, "speaker": f"speaker-{number % 500}"},
                {"start": 1.0, "end": 1.9, "text": second, "speaker": f"speaker-{number % 500}"},
            ]
            line = {"id": f"r{number}", "audio_filepath": names[number % files], "text": f"{first} {second}"}
            line |= {"segments": segments}
            line |= {"speaker": f"speaker-{number % 500}", "language": "en", "tags": [f"part={number % 7}"]}
            manifest.write(json.dumps(line) + "\n")


def main(lines: int, files: int) -> int:
    """Make the corpus, check it in a process of its own, print one object; 1 if a limit is passed."""
    with tempfile.TemporaryDirectory() as name:
        write_corpus(Path(name), lines, files)
        started = monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "harness", "corpus", "check", name, "--json"], check=True, capture_output=True
        )
        elapsed_s = monotonic() - started
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = json.loads(done.stdout)
    result = {
        "lines": found["recordings"],
        "files": files,
        "errors": len(found["errors"]),
        "warnings": len(found["warnings"]),
        "elapsed_s": round(elapsed_s, 2),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": round(usage.ru_maxrss / 1024, 1),
        "limits": {"elapsed_s": LIMIT_S, "peak_mb": LIMIT_MB},
    }
    print(json.dumps(result))
    return int(elapsed_s > LIMIT_S or result["peak_mb"] > LIMIT_MB)


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    sys.exit(main(wanted, int(next(iter(sys.argv[2:]), wanted))))
