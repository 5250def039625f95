"""AssemblyAI's Python SDK over TLS: a temporary token, then a session with it; every event as a line of JSON."""

import json
import sys
import time
from pathlib import Path

from assemblyai.streaming.v3 import RealTimeEvents, RealTimeParameters, RealTimeTranscriber, RealTimeTranscriberOptions

CHUNK_BYTES = 3200
CHUNK_INTERVAL_S = 0.025  # four times real time


def main(host: str, api_key: str, audio: str) -> None:
    """Stream the recording and disconnect."""
    issuer = RealTimeTranscriber(RealTimeTranscriberOptions(api_host=host, api_key=api_key))
    issuer._client._http_client.timeout = 60  # httpx's own 5 s are too short for a busy machine
    token = issuer.create_temporary_token(expires_in_seconds=60)
    client = RealTimeTranscriber(
        RealTimeTranscriberOptions(api_host=host, token=token, connect_timeout=60, terminate_timeout=60)
    )
    for kind in RealTimeEvents:
        client.on(kind, lambda _, event: print(event.model_dump_json(), flush=True))
    client.connect(RealTimeParameters(sample_rate=16000, speech_model="u3-rt-pro"))
    recording = Path(audio).read_bytes()
    for start in range(0, len(recording), CHUNK_BYTES):
        client.stream(recording[start : start + CHUNK_BYTES])
        time.sleep(CHUNK_INTERVAL_S)
    client.disconnect(terminate=True)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
