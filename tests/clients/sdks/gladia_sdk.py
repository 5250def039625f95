"""Gladia's Python SDK over TLS; every message as a line of JSON."""

import json
import sys
import threading
import time
from pathlib import Path

from gladiaio_sdk import GladiaClient

CHUNK_BYTES = 3200
CHUNK_INTERVAL_S = 0.025  # four times real time


def main(url: str, api_key: str, audio: str) -> None:
    """Stream the recording, stop, and wait for the end."""
    done = threading.Event()
    gladia = GladiaClient(api_key=api_key, api_url=url, http_timeout=60, ws_timeout=60)
    session = gladia.live_v2().start_session({"sample_rate": 16000})
    session.on("message", lambda message: print(message.to_json(), flush=True))
    session.on("ended", lambda end: (print(json.dumps({"type": "ended", "code": end.code}), flush=True), done.set()))
    session.wait_until_ready(60)
    recording = Path(audio).read_bytes()
    for start in range(0, len(recording), CHUNK_BYTES):
        session.send_audio(recording[start : start + CHUNK_BYTES])
        time.sleep(CHUNK_INTERVAL_S)
    session.stop_recording()
    done.wait(60)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
