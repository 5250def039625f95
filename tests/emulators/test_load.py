"""Many sessions at once. Checklist A60, G60."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "emulator_load.py"
TRANSCRIPTS = {"assemblyai": 25 * 20, "gladia": 25 * 20}  # two utterances of ten words to each of its sessions


def measured():
    """By service: how many transcripts of 50 sessions were sent, and how much later than scripted, as a median."""
    done = subprocess.run([sys.executable, str(BENCHMARK), "50", "6"], capture_output=True, text=True, check=False)
    rows = re.findall(r"^(\w+) +n +(\d+) +p50 +(-?[\d.]+)", done.stdout, re.MULTILINE)
    assert {name: int(count) for name, count, _ in rows if name != "all"} == TRANSCRIPTS, done.stdout + done.stderr
    return {name: float(p50_ms) for name, _, p50_ms in rows if name != "all"}


@pytest.mark.slow
def test_a60_g60_fifty_sessions_are_served_on_time():
    """At real time, in chunks of 50 and 100 ms: each transcript comes, and half of them less than 5 ms later than scripted.

    In one of three attempts, for what else the machine does only adds to it.
    """
    attempts = []
    while len(attempts) < 3 and not (attempts and max(attempts[-1].values()) < 5.0):
        attempts.append(measured())
    assert min(max(each.values()) for each in attempts) < 5.0, attempts
