"""How soon are the emulators up, and how soon gone? From the start of `harness emulate` to its line of JSON; from SIGTERM to its end.

    python benchmarks/emulator_start.py [STARTS [SESSIONS]]

Each start ends with so many sessions open, of both services in turn.
"""

import json
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import httpx
import numpy as np
from websockets.sync.client import connect

SCENARIO = '[[session]]\n[[session.segment]]\ntext = "Call me back."\nstart_s = 0.2\nend_s = 0.8\n'
KEY = {"Authorization": "key", "x-gladia-key": "key"}
LIMIT_S = 2.0  # of both


def start_and_stop(scenario: Path, sessions: int) -> tuple[float, float]:
    """Seconds until the line of JSON, and from SIGTERM to the end of the process."""
    command = [sys.executable, "-m", "harness", "emulate", "--engine", "script", "--scenario", str(scenario)]
    begun_s = monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process, ExitStack() as stack:
        line = json.loads(process.stdout.readline())  # type: ignore[union-attr]  # it is a pipe
        up_s = monotonic() - begun_s
        for number in range(sessions):
            url = f"{line['assemblyai']}/v3/ws?sample_rate=16000"
            if number % 2:
                url = httpx.post(f"{line['gladia']}/v2/live", json={}, headers=KEY).json()["url"]
            client = stack.enter_context(connect(url, additional_headers=KEY))
            client.send(bytes(3200))
            client.recv()
        asked_s = monotonic()
        process.send_signal(signal.SIGTERM)
        if process.wait() != 0:
            raise SystemExit(f"it exited with {process.returncode}")
        return up_s, monotonic() - asked_s


def main() -> int:
    """Print both distributions; returns 1 if the median of either reaches two seconds."""
    starts, sessions = (int(text) for text in [*sys.argv[1:], *("10", "20")[len(sys.argv) - 1 :]])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "start.toml"
        path.write_text(SCENARIO, encoding="utf-8")
        taken_s = np.array([start_and_stop(path, sessions) for _ in range(starts)])
    for name, values in zip(("up", f"gone, {sessions} sessions open"), taken_s.T, strict=True):
        print(f"{name:<24} n {len(values)}   p50 {np.median(values):.2f}   max {values.max():.2f} s")
    return int(bool(np.any(np.median(taken_s, axis=0) >= LIMIT_S)))


if __name__ == "__main__":
    sys.exit(main())
