"""How much do the emulators add to scripted send times? 50 sessions of both services at real time, told by the ledger.

    python benchmarks/emulator_load.py [SESSIONS [SECONDS]]

A scripted message is due at the arrival of the audio instant it is about, plus the script's delay. What the ledger's send time
shows beyond that is what the server added. The clients run in another process, on the same processors.

Two cores that others used too (load 2.4), 50 sessions of 20 s, 3,000 transcripts: p50 0.27, p90 0.76, p99 1.87 ms.
"""

import asyncio
import json
import sys
import tempfile
from bisect import bisect_left
from pathlib import Path
from time import monotonic

import httpx
import numpy as np
from websockets.asyncio.client import connect

from harness.emulators import embedded
from harness.realtime import punctual_process

DELAY_MS = {"partial": 60.0, "final": 150.0}
CHUNK_MS = {"assemblyai": 50, "gladia": 100}
LIMITS_MS = (5.0, 25.0)  # of the median and of the 99th percentile
KEY = {"Authorization": "key", "x-gladia-key": "key"}
GOODBYES = {"assemblyai": '{"type": "Terminate"}', "gladia": '{"type": "stop_recording"}'}
SEGMENT = '[[session.segment]]\ntext = "Please call me back as soon as you can today."\nstart_s = {}\nend_s = {}\n'


def scenario(seconds: int) -> str:
    """An utterance of nine words every three seconds."""
    head = f"[[session]]\npartial_delay_ms = {DELAY_MS['partial']}\nfinal_delay_ms = {DELAY_MS['final']}\n"
    return head + "".join(SEGMENT.format(start + 0.31, start + 2.53) for start in range(0, seconds - 2, 3))


async def session(emulators: embedded.Emulators, number: int, seconds: int) -> None:
    """One client at real time, chunks on an absolute schedule."""
    provider = ("assemblyai", "gladia")[number % 2]
    await asyncio.sleep(number * 0.037)
    url = f"{emulators.assemblyai}/v3/ws?sample_rate=16000"
    if provider == "gladia":
        wishes = {"messages_config": {"receive_partial_transcripts": True}}
        async with httpx.AsyncClient(verify=False) as http:
            url = (await http.post(f"{emulators.gladia}/v2/live", json=wishes, headers=KEY)).json()["url"]
    async with connect(url, additional_headers=KEY, compression=None) as client:
        reader = asyncio.create_task(_read(client))
        start, chunk = monotonic(), bytes(32 * CHUNK_MS[provider])
        for index in range(seconds * 1000 // CHUNK_MS[provider]):
            await asyncio.sleep(max(0.0, start + (index + 1) * CHUNK_MS[provider] / 1000 - monotonic()))
            await client.send(chunk)
        await client.send(GOODBYES[provider])
        await reader


async def _read(client: object) -> None:
    async for _ in client:  # type: ignore[attr-defined]  # a connection
        pass


async def together(emulators: embedded.Emulators, sessions: int, seconds: int) -> None:
    """All clients at once."""
    await asyncio.gather(*(session(emulators, number, seconds) for number in range(sessions)))


def added_ms(account: dict, message: dict) -> float | None:
    """By how much a transcript was sent later than scripted; None for other messages."""
    kind = {"Turn": "partial", "transcript": "partial"}.get(message["type"])
    if kind is None or not message["audio_ms"]:
        return None
    ends_ms = np.cumsum([frame["bytes"] for frame in account["frames"]]) / 32
    index = bisect_left(ends_ms, message["audio_ms"])
    if index == len(ends_ms):
        return None
    final = abs(message["audio_ms"] % 3000 - 2530) < 1  # where the script's utterances end
    received_ns = account["frames"][index]["received_ns"]
    instant_ns = received_ns - (ends_ms[index] - message["audio_ms"]) * 1e6
    due_ns = instant_ns + DELAY_MS["final" if final else "partial"] * 1e6
    return (message["sent_ns"] - max(due_ns, received_ns)) / 1e6  # never before the audio that it is about is there


def main() -> int:
    """Print the distribution; returns 1 if the median reaches 5 ms or the 99th percentile 25 ms."""
    sessions, seconds = (int(text) for text in [*sys.argv[1:], *("50", "30")[len(sys.argv) - 1 :]])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "load.toml"
        path.write_text(scenario(seconds), encoding="utf-8")
        with embedded.start("script", path) as emulators, punctual_process():
            asyncio.run(together(emulators, sessions, seconds))
            accounts = [emulators.session(entry["session_id"]) for entry in emulators.ledger()]
            lag = emulators.metrics()["loop_lag_ms"]
    found = {
        provider: np.array(
            [
                value
                for account in accounts
                if account["provider"] == provider
                for message in account["messages"]
                if (value := added_ms(account, message)) is not None
            ]
        )
        for provider in CHUNK_MS
    }
    everything = np.concatenate(list(found.values()))
    for name, values in {**found, "all": everything}.items():
        p50, p90, p99 = np.quantile(values, [0.5, 0.9, 0.99])
        print(
            f"{name:<11} n {len(values):>6}   p50 {p50:6.2f}   p90 {p90:6.2f}   p99 {p99:6.2f}   max {values.max():6.2f} ms"
        )
    print("event loop lag", json.dumps(lag))
    return int(bool(np.any(np.quantile(everything, [0.5, 0.99]) >= LIMITS_MS)))


if __name__ == "__main__":
    sys.exit(main())
