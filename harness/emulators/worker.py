"""A process that decodes speech: `python -m harness.emulators.worker`.

Reads requests from standard input (a little-endian uint32 count, then that many float32 samples), writes one line of JSON
for each to standard output, the first line when the model is loaded. Ends with its input, so it never outlives its server.
"""

import json
import os
import struct
import sys

import numpy as np

from harness.emulators.recogniser import load_decoder
from harness.errors import HarnessError
from harness.realtime import punctual_process

NICENESS = 5


def main() -> int:
    """Serve until standard input ends, behind the clocks of server and client."""
    with punctual_process(NICENESS):
        return _serve()


def _serve() -> int:
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not get between the replies
    requests = sys.stdin.buffer
    try:
        decoder = load_decoder()
        decoder.decode(np.zeros(16_000, np.float32))
    except HarnessError as error:
        print(json.dumps({"error": str(error)}), file=replies, flush=True)
        return 2
    print(json.dumps({"ready": True}), file=replies, flush=True)
    while len(header := requests.read(4)) == 4:  # noqa: PLR2004 - the size of the count
        (count,) = struct.unpack("<I", header)
        data = requests.read(4 * count)
        if len(data) < 4 * count:
            break
        decoded = decoder.decode(np.frombuffer(data, np.float32))
        reply = {"text": decoded.text, "confidence": decoded.confidence, "decode_s": decoded.decode_s}
        print(json.dumps(reply), file=replies, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
