"""Do the emulators grow? 1,000 sessions in a row, half of them left without a goodbye; memory and open files on the way.

    python benchmarks/emulator_soak.py [SESSIONS]

Linux only: it counts the server's open files.

After 100, 500, 700 and 1,000 sessions: 177.6, 185.7, 188.6 and 188.7 MB (the ledger's 64 accounts and the pages of the heap fill
up first); 9 or 10 files throughout.
"""

import logging
import sys
import tempfile
from pathlib import Path
from time import sleep

import httpx
from websockets.sync.client import connect

from harness.emulators import embedded

SCENARIO = """
[gladia]
resume_s = 0.1
[assemblyai]
rate_tolerance_s = "none"
[[session]]
[[session.segment]]
text = "Call me back as soon as you can."
start_s = 0.2
end_s = 1.6
"""
CHUNK = bytes(3200)
MOST_MB, MOST_FILES = 2.0, 4  # of growth in the second half
GOODBYES = {"assemblyai": '{"type": "Terminate"}', "gladia": '{"type": "stop_recording"}'}
KEY = {"Authorization": "key", "x-gladia-key": "key"}


def session(emulators: embedded.Emulators, http: httpx.Client, number: int) -> None:
    """Two seconds of audio at once to one of the services; every second pair of sessions is torn down."""
    provider = ("assemblyai", "gladia")[number % 2]
    if provider == "gladia":
        url = http.post(f"{emulators.gladia}/v2/live", json={}, headers=KEY).json()["url"]
    else:
        url = f"{emulators.assemblyai}/v3/ws?sample_rate=16000"
    with connect(url, additional_headers=KEY) as client:
        for _ in range(20):
            client.send(CHUNK)
        if number // 2 % 2:
            client.socket.shutdown(2)
            return
        client.send(GOODBYES[provider])
        for _ in client:
            pass


def left_open(emulators: embedded.Emulators) -> dict:
    """The counts once no session is open any more; those that were torn down are waited for, a little."""
    for _ in range(50):
        sessions = emulators.metrics()["sessions"]
        if not any(count["open"] for count in sessions.values()):
            return sessions
        sleep(0.1)
    raise SystemExit(f"sessions stay open: {sessions}")


def main() -> int:
    """Print memory and files at ten points; returns 1 if they grew in the second half."""
    logging.getLogger("websockets").setLevel(logging.CRITICAL)  # it complains of sockets torn from under it
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "soak.toml"
        path.write_text(SCENARIO, encoding="utf-8")
        # few accounts are kept, so that what is measured is a server, not its memory of sessions
        with embedded.start("script", path, "--keep", "64") as emulators, httpx.Client() as http:
            for number in range(total):
                session(emulators, http, number)
                if (number + 1) % (total // 10) == 0:
                    metrics = emulators.metrics()
                    files = sum(1 for _ in Path(f"/proc/{emulators.pid}/fd").iterdir())
                    rows.append((number + 1, metrics["rss_mb"]["server"], files))
                    print(f"{number + 1:>6} sessions   {rows[-1][1]:>7.1f} MB   {files:>3} files", flush=True)
            print("sessions", left_open(emulators))
    half = rows[len(rows) // 2 :]
    growth_mb, growth_files = half[-1][1] - half[0][1], half[-1][2] - half[0][2]
    print(f"second half: {growth_mb:+.1f} MB, {growth_files:+d} files")
    return int(growth_mb > MOST_MB or growth_files > MOST_FILES)


if __name__ == "__main__":
    sys.exit(main())
