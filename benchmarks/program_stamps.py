"""How late the lines of programs are stamped (decision 33): every line says when it was written, on the clock of this machine.

    python benchmarks/program_stamps.py [PAIRS]

First two programs beside each other, then a program beside Gladia's SDK, which parses 40 words a message in the same process.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from harness.config import config_from_table
from harness.emulators import embedded
from harness.planning import plan_run
from harness.recording import Recording
from harness.rundir import RunDir
from harness.timeline.events import Audio, Frame
from harness.timeline.files import read_timeline

PROGRAM = """
import json, sys, time
def say(type, **more):
    print(json.dumps({"type": type, **more, "said_ns": time.monotonic_ns()}), flush=True)
say("hello", protocol=1)
say("ready")
text = " ".join(["word"] * 40)
while sys.stdin.buffer.read(1600):
    say("partial", id=0, text=text)
say("final", id=0, text=text)
say("closed")
"""
SEGMENT = '[[session.segment]]\ntext = "{text}"\nstart_s = 0.0\nend_s = 3.9\n'


def main(pairs: int) -> None:
    """Print one line for each kind of pair."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "app.py").write_text(PROGRAM)
        (here / "scenario.toml").write_text("[[session]]\n" + SEGMENT.format(text=" ".join(["word"] * 40)))
        program = {"provider": "command", "params": {"command": [sys.executable, "-I", "-S", str(here / "app.py")]}}
        with embedded.start("script", here / "scenario.toml") as emulators:
            program["host"] = emulators.gladia
            sdk = {"provider": "gladia", "host": emulators.gladia}
            for name, baseline in (("two programs", program), ("a program and an SDK", sdk)):
                run = record(here / name, baseline, program, pairs)
                late_ms, sent_ms = stamps(run)
                print(
                    f"{pairs} pairs, {name}: a line is stamped {np.median(late_ms):.2f} ms after it was written (median), "
                    f"{np.quantile(late_ms, 0.99):.2f} (p99), {max(late_ms):.2f} (max), n {len(late_ms)}; "
                    f"a chunk leaves {np.quantile(sent_ms, 0.99):.2f} ms late (p99)"
                )


def record(where: Path, baseline: dict, candidate: dict, pairs: int) -> RunDir:
    """As many repetitions at once as there are pairs."""
    corpus = Path(__file__).parents[1] / "corpora" / "demo"
    table = {
        "corpus": {"path": str(corpus)},
        "baseline": baseline,
        "candidate": candidate,
        "replay": {"pairs": pairs, "passes": pairs},
    }
    return Recording(plan_run(config_from_table(table), select="id=ps_cards_001"), RunDir(where)).record()


def stamps(run: RunDir) -> tuple[list[float], list[float]]:
    """Of all candidates: by how much lines were stamped, and chunks sent, too late."""
    late_ms, sent_ms = [], []
    for path in sorted((run.path / "sessions").rglob("candidate.*.gz")):
        timeline = read_timeline(path)
        t0_ns = timeline.header.extra["t0_monotonic_ns"]
        for event in timeline.events:
            if isinstance(event, Frame):
                late_ms.append((event.wire_ns + t0_ns - json.loads(event.raw)["said_ns"]) / 1e6)
            elif isinstance(event, Audio):
                sent_ms.append((event.sent_ns - event.due_ns) / 1e6)
    return late_ms, sent_ms


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
