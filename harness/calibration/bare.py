"""The SDKs alone: the same audio at the same pace to the same services, handlers that do nothing, and nobody who watches.

    python -m harness.calibration.bare JOB.json

What this costs is what the SDKs cost; what recording costs more is the engine's. It uses the SDKs directly and none of the
harness's providers, so that there is no tap. Prints one line of JSON: `cpu_s` and `audio_s`.
"""

import json
import logging
import resource
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assemblyai.streaming.v3 import client as assemblyai
from assemblyai.streaming.v3.models import RealTimeEvents, RealTimeParameters, RealTimeTranscriberOptions
from gladiaio_sdk import GladiaClient
from gladiaio_sdk.client_options import HttpRetryOptions, WebSocketRetryOptions

_CONNECT_S = 10.0
_LEAD_S = 0.2
_CLOSE_S = 10.0


@dataclass(frozen=True, slots=True)
class Job:
    """What to play. `clips` are files of raw audio as it is sent, one pair each; `params` are those of each provider."""

    hosts: dict[str, str]
    params: dict[str, dict[str, Any]]
    key: str
    chunk_bytes: int
    chunk_s: float
    clips: tuple[str, ...]


def play(job: Job) -> float:
    """Play every clip to both services, all at once; returns the seconds of audio, both sides together."""
    calls = [(session, Path(clip).read_bytes()) for clip in job.clips for session in (_assemblyai, _gladia)]
    with ThreadPoolExecutor(len(calls)) as pool:
        for done in [pool.submit(session, job, audio) for session, audio in calls]:
            done.result()
    return sum(len(audio) for _, audio in calls) / job.chunk_bytes * job.chunk_s


def _assemblyai(job: Job, audio: bytes) -> None:
    client = assemblyai.RealTimeTranscriber(
        RealTimeTranscriberOptions(
            api_key=job.key,
            api_host=job.hosts["assemblyai"],
            connect_timeout=_CONNECT_S,
            max_connection_retries=0,
            terminate_timeout=_CLOSE_S,
        )
    )
    begun = threading.Event()
    client.on(RealTimeEvents.Begin, lambda _client, _event: begun.set())
    for event in (RealTimeEvents.Turn, RealTimeEvents.Termination, RealTimeEvents.Error):
        client.on(event, _nothing)
    client.connect(RealTimeParameters.model_validate(job.params["assemblyai"]))
    if begun.wait(_CONNECT_S):
        _send(job, audio, client.stream, threading.Event())
    client.disconnect(terminate=True)


def _gladia(job: Job, audio: bytes) -> None:
    live: Any = GladiaClient(
        api_key=job.key,
        api_url=job.hosts["gladia"],
        http_timeout=_CONNECT_S,
        http_retry=HttpRetryOptions(max_attempts=1),
        ws_timeout=_CONNECT_S,
        ws_retry=WebSocketRetryOptions(max_attempts_per_connection=1, max_connections=2),
    ).live_v2()
    ended = threading.Event()
    session = live.start_session(job.params["gladia"])
    session.on("message", _nothing)
    session.on("error", _nothing)
    session.on("ended", lambda _message: ended.set())
    session.wait_until_ready(_CONNECT_S)
    _send(job, audio, session.send_audio, ended)
    if not ended.is_set():
        session.stop_recording()
        ended.wait(_CLOSE_S)


def _send(job: Job, audio: bytes, send: Any, ended: threading.Event) -> None:
    """Every chunk when it is due, on an absolute schedule, until the service has ended the session."""
    start_s = time.monotonic() + _LEAD_S
    for index in range(len(audio) // job.chunk_bytes):
        time.sleep(max(0.0, start_s + (index + 1) * job.chunk_s - time.monotonic()))
        if ended.is_set():
            return
        send(audio[index * job.chunk_bytes : (index + 1) * job.chunk_bytes])


def _nothing(*_: Any) -> None:
    pass


def main() -> int:
    """Play the job named on the command line."""
    logging.getLogger(assemblyai.__name__).addHandler(logging.NullHandler())
    document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    job = Job(**{**document, "clips": tuple(document["clips"])})
    before = resource.getrusage(resource.RUSAGE_SELF)
    audio_s = play(job)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    sys.stdout.write(json.dumps({"cpu_s": cpu_s, "audio_s": audio_s}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
