"""Between harness and our transcriber: audio in, one JSON line an event out (docs/command.md).

python adapter.py before|after
"""

import importlib
import json
import os
import sys
import threading

PIECE_MS = 100
BYTES_PER_SAMPLE = 2

_writing = threading.Lock()  # the SDKs call back from threads of their own


def say(kind: str, **more: object) -> None:
    """One line, at once."""
    line = json.dumps({"type": kind, **more}) + "\n"
    with _writing:
        sys.stdout.write(line)
        sys.stdout.flush()


def main(version: str) -> int:
    """One session."""
    module = importlib.import_module(f"{version}.transcriber")
    sample_rate = int(os.environ["HARNESS_SAMPLE_RATE_HZ"])
    transcriber = module.Transcriber(
        on_text=lambda shown: say(
            "final" if shown.is_final else "partial",
            id=shown.id,
            text=shown.text,
            formatted=shown.is_formatted,
            words=[{"text": text, "start_ms": start_ms, "end_ms": end_ms} for text, start_ms, end_ms in shown.words],
        ),
        on_error=lambda message: say("error", message=message),
        host=os.environ.get("HARNESS_HOST"),
    )
    say("hello", protocol=1)
    if not transcriber.start(sample_rate):
        say("error", message="the session was not ready in time")
        return 1
    say("ready")
    piece_bytes = sample_rate * PIECE_MS // 1000 * BYTES_PER_SAMPLE
    while piece := sys.stdin.buffer.read(piece_bytes):
        transcriber.send(piece.ljust(piece_bytes, b"\0"))  # AssemblyAI takes none under 50 ms
    transcriber.stop()
    say("closed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
