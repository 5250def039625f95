"""Runs one program of the guide's steps, with what the guide leaves to its reader, and says how it went as its last line."""

import json
import os
import sys
import threading
import time
from pathlib import Path

CHUNK_BYTES = 3200  # 100 ms
CHUNK_INTERVAL_S = 0.025  # four times real time
PATIENT = {  # on a busy machine, the SDKs' own limits are too short
    "StreamingClientOptions(": "StreamingClientOptions(connect_timeout=60, terminate_timeout=60, ",
    "GladiaClient(": "GladiaClient(http_timeout=60, ws_timeout=60, ",
}
GLADIA_CONFIG = {  # the guide's example
    "encoding": "wav/pcm",
    "bit_depth": 16,
    "sample_rate": 16000,
    "channels": 1,
    "language_config": {"languages": ["en"], "code_switching": False},
    "messages_config": {"receive_partial_transcripts": True, "receive_final_transcripts": True},
    "endpointing": 0.8,
    "maximum_duration_without_endpointing": 30,
}


def main(program: str, host: str, audio: str, pieces: int | None) -> None:
    """Run it to its last line, and tell what it raised and which threads keep it from ending."""
    recording = Path(audio).read_bytes()[: pieces and pieces * CHUNK_BYTES]

    def chunks():
        for start in range(0, len(recording), CHUNK_BYTES):
            yield recording[start : start + CHUNK_BYTES]
            time.sleep(CHUNK_INTERVAL_S)
        sys.stdin.read()  # until whoever started this has seen that some of it was heard

    given = {
        "__name__": "__main__",
        "chunks": chunks,
        "audio_chunk": recording[:CHUNK_BYTES],
        "gladia_config": GLADIA_CONFIG,
    }
    raised = None
    source = Path(program).read_text(encoding="utf-8").replace("streaming.assemblyai.com", host)
    for call, patient in PATIENT.items():
        source = source.replace(call, patient)
    try:
        exec(compile(source, program, "exec"), given)  # noqa: S102 - this is what it is for
    except Exception as error:  # noqa: BLE001 - told, whatever it is
        raised = f"{type(error).__name__}: {error}"
    others = [each for each in threading.enumerate() if each is not threading.main_thread() and not each.daemon]
    status = getattr(given.get("gladia_session"), "status", None)
    print(json.dumps({"raised": raised, "keeps_running": bool(others), "status": status}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
