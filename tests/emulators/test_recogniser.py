"""The real recogniser on the demo corpus. It needs the `recogniser` extra."""

import asyncio
import importlib.util
import json
import os
import signal
import threading
from pathlib import Path
from time import monotonic, sleep

import jiwer
import numpy as np
import pytest
import soundfile as sf
from patient import connect

from harness.emulators import embedded
from harness.emulators.assemblyai_parameters import parse_query
from harness.emulators.monitor import Monitor
from harness.emulators.moonshine import read_vocabulary
from harness.emulators.pool import DecodePool
from harness.emulators.recogniser import Priority, load_decoder, load_detector, recognise_offline
from harness.emulators.wordtools import plain
from harness.errors import ConfigError, InvalidRunError

DEMO = Path(__file__).parents[2] / "corpora" / "demo"
CLIPS = {clip["id"]: clip for clip in map(json.loads, (DEMO / "manifest.jsonl").read_text("utf-8").splitlines())}
SILENCE_S = 1.5


def pcm(clip_id):
    """16-bit samples with trailing silence in whole chunks of 100 ms, and their rate."""
    samples, rate_hz = sf.read(DEMO / CLIPS[clip_id]["audio_filepath"], dtype="int16")
    silence = int(SILENCE_S * rate_hz) + -len(samples) % (rate_hz // 10)
    return np.pad(samples, (0, silence)).tobytes(), rate_hz


def plainly(text):
    """Lower case, no punctuation, titles in full: enough to count the errors of these clips."""
    words = (plain(word) for word in text.replace("-", " ").split())
    return " ".join({"mr": "mister"}.get(word, word) for word in words if word)


def parameters(rate_hz):
    return parse_query({"sample_rate": str(rate_hz), "format_turns": "true"})


@pytest.fixture(scope="module")
def decoder():
    return load_decoder()


@pytest.mark.recogniser
def test_read_speech_is_understood(decoder):
    """Fewer than one word in eight is wrong over read and telephone clips."""
    wrong = words = 0
    for clip_id in ("ps_sns_0870", "ps_sns_0920", "ast_dir-intro"):
        data, rate_hz = pcm(clip_id)
        settings = parameters(rate_hz)
        finals = recognise_offline(data, settings.wire_format, settings.rules, decoder=decoder)
        result = jiwer.process_words(plainly(CLIPS[clip_id]["text"]), plainly(" ".join(final.text for final in finals)))
        wrong += result.substitutions + result.deletions + result.insertions
        words += result.hits + result.substitutions + result.deletions
    assert wrong / words < 0.125


@pytest.mark.recogniser
def test_streaming_and_offline_hear_the_same(decoder):
    """Streamed at real time to the emulator, a clip gives the finals it gives at once; word times stay in the audio."""
    data, rate_hz = pcm("ps_sns_0920")
    settings = parameters(rate_hz)
    expected = [final.text for final in recognise_offline(data, settings.wire_format, settings.rules, decoder=decoder)]
    turns = []
    with embedded.start() as emulators:
        url = f"{emulators.assemblyai}/v3/ws?sample_rate={rate_hz}&format_turns=true"
        with connect(url, additional_headers={"Authorization": "key"}) as client:
            reader = threading.Thread(target=lambda: turns.extend(map(json.loads, client)))
            reader.start()
            start, step = monotonic(), rate_hz // 10 * 2
            for index, position in enumerate(range(0, len(data), step)):
                sleep(max(0.0, start + (index + 1) * 0.1 - monotonic()))
                client.send(data[position : position + step])
            client.send('{"type": "Terminate"}')
            reader.join()
        metrics = emulators.metrics()
    assert [turn["transcript"] for turn in turns if turn.get("turn_is_formatted")] == expected
    assert metrics["lag_ms"]["final"]["n"] == len(expected)
    ends = [word["end"] for turn in turns for word in turn.get("words", [])]
    assert max(ends) <= 1000 * len(data) / 2 / rate_hz


@pytest.mark.recogniser
def test_chunks_do_not_change_what_is_heard(decoder):
    """8 kHz audio in odd pieces gives the finals of one piece, to the millisecond."""
    data, rate_hz = pcm("ast_dir-intro")
    settings = parameters(rate_hz)
    whole = recognise_offline(data, settings.wire_format, settings.rules, decoder=decoder)
    pieces = recognise_offline(data, settings.wire_format, settings.rules, decoder=decoder, chunk_bytes=1777)
    assert pieces == whole


@pytest.mark.recogniser
def test_a_dead_decoding_process_fails_its_decode_and_is_replaced():
    """The session that needed it fails openly, the next one works."""

    async def run():
        monitor = Monitor()
        pool = DecodePool(1, monitor)
        await pool.start()
        try:
            os.kill(monitor.worker_pids[0], signal.SIGKILL)
            with pytest.raises(InvalidRunError):
                await pool.decode(np.zeros(16000, np.float32), Priority.REQUIRED, None)
            decoded = await pool.decode(np.zeros(16000, np.float32), Priority.REQUIRED, None)
        finally:
            await asyncio.to_thread(pool.stop)
        return decoded

    assert asyncio.run(run()).decode_s > 0


def test_what_is_missing_is_said_with_the_command_that_installs_it(monkeypatch):
    """One clear error, whichever package is missing."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for load in (load_decoder, load_detector):
        with pytest.raises(ConfigError, match=r"cutover-harness\[recogniser\]"):
            load()


def test_tokens_of_128_bytes_and_more_have_a_second_length_byte():
    """The vocabulary file's format."""
    long = b"x" * 300
    assert read_vocabulary(b"\x02hi\x00" + bytes([300 % 128 + 128, 300 // 128]) + long) == [b"hi", b"", long]
