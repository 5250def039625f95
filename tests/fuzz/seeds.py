"""Valid inputs of every reader, to begin with: from the fixtures of other tests, from what the program writes, and by hand."""

import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import fuzz_documents
import numpy as np
import soundfile
from builders import timeline, transcript, turn
from bundles import bundle, scratch

from harness.timeline.files import write_timeline

TESTS = Path(__file__).parents[1]
IMPORTS = TESTS / "resources" / "import"
NASTY = TESTS / "resources" / "nasty_frames"
DOCUMENTED = TESTS.parent / "docs"

_SOURCES = {
    "nemo": {
        "nemo": {"calls/call1.wav": (4, 1), "calls/short.wav": (2, 1)},
        "nemo-toolkit": {"wavs/utt1.wav": (1, 1), "wavs/utt2.wav": (1, 1)},
        "nemo-diarisation": {"call1.wav": (3, 1)},
    },
    "huggingface": {
        "huggingface": {"a.wav": (1, 1), "sub/b.flac": (1, 1)},
        "huggingface-datasets/jsonl": {"a.wav": (1, 1), "sub/b.wav": (1, 1)},
    },
    "common-voice": {"common-voice": {f"clips/common_voice_en_{number}.mp3": (1, 1) for number in (1, 2)}},
    "kaldi": {"kaldi": {"audio/sw02001.sph": (4, 2), "audio/sw02005.wav": (2, 1)}},
    "librispeech": {"librispeech": {f"61/70968/61-70968-000{number}.flac": (2, 1) for number in (0, 1)}},
    "stm": {
        "stm": {"sph/meeting.sph": (4, 2)},
        "meeteval": {"meeting.wav": (3, 1)},
        "pyannote": {"filename1.wav": (1, 1), "filename2.wav": (2, 1)},
    },
    "lhotse": {
        "lhotse": {"audio/call1.wav": (4, 2), "audio/utt2.flac": (2, 1)},
        "lhotse-cuts": {"audio/call1.wav": (4, 2), "audio/utt2.flac": (2, 1)},
    },
    "label-studio": {"label-studio": {"call1.wav": (4, 2), "calls/short one.wav": (1, 1), "open.wav": (1, 1)}},
    "audacity": {"audacity": {"405_marron1_June_14_2016_69640887.wav": (30, 1)}},
}
"""By format, the folders of its fixtures and the audio beside them: seconds and channels."""

FORMATS = tuple(_SOURCES)


def importing(format_name: str) -> Iterator[bytes]:
    """The fixtures of a format."""
    for folder, audio in _SOURCES[format_name].items():
        found = sorted(path for path in (IMPORTS / folder).rglob("*") if path.is_file())
        files = {str(path.relative_to(IMPORTS / folder)): path.read_bytes() for path in found}
        yield bundle(**files, **{name: f"audio {channels} {seconds}" for name, (seconds, channels) in audio.items()})


def manifest() -> Iterator[bytes]:
    """All that a line can hold."""
    lines = [
        {"id": "a", "audio_filepath": "a.wav", "text": "Call me at nine.", "language": "en-US", "tags": ["noise=street", "x"]},
        {
            "id": "b", "audio_filepath": "b.wav", "call_id": "c", "segments": [
                {"start": 0.1, "end": 0.8, "text": "Hello Ann.", "speaker": "A", "turn_id": 1, "channel": 0},
                {"start": 0.9, "end": 1.7, "text": "Yes?", "speaker": "B", "turn_id": "2", "channel": 1},
            ], "entities": [{"segment": 0, "char_start": 6, "char_end": 9, "class": "name"}],
        },
        {
            "id": "c", "audio_filepath": "c.wav", "duration": 3.0, "text": "one two", "copy_audio": False, "source": "x\u2028y",
            "words": [{"word": "one", "start": 0.1, "end": 0.4}, {"word": "two", "start": 0.5, "end": 0.9}],
        },
    ]  # fmt: skip
    written = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    yield bundle(**{"a.wav": "audio 1 2", "b.wav": "audio 2 2", "c.wav": "audio 1 3", "manifest.jsonl": written})


def spans() -> Iterator[bytes]:
    """A corpus, and what is to go."""
    [whole] = manifest()
    corpus = whole.replace(b'"class": "name"', b'"class": "place"')
    yield corpus + bundle(**{"spans.csv": "id,start,end,channel,label,text\nc,0.1,0.4,0,name,two\n"})
    yield corpus + bundle(**{"spans.jsonl": '{"id": "c", "start": 0.1, "end": 0.4}\n', "words": "two\ntw?\n"})
    yield corpus + bundle(**{"spans.tsv": "id\tstart\tend\nc\t0.1\t0.4\n"})


def audio() -> Iterator[bytes]:
    """A tenth of a second in every format and encoding, in one channel and in two."""
    kinds = [
        *(("WAV", each) for each in ("PCM_U8", "PCM_16", "PCM_24", "FLOAT", "ULAW", "ALAW")), ("WAVEX", "PCM_16"), ("RF64", "PCM_16"),
        ("AIFF", "PCM_16"), ("AIFF", "ULAW"), ("AU", "PCM_16"), ("NIST", "PCM_16"), ("NIST", "ULAW"), ("FLAC", "PCM_16"),
        ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"),
    ]  # fmt: skip
    samples = np.random.default_rng(0).normal(0, 0.01, (800, 2))
    for container, encoding in kinds:
        written = io.BytesIO()
        soundfile.write(
            written, samples[:, : 1 if encoding in {"ALAW", "PCM_U8"} else 2], 8000, format=container, subtype=encoding
        )
        yield written.getvalue()


def options() -> Iterator[bytes]:
    """One line a kind."""
    yield b"select tag=noisy,lang=es,band=narrow\nwith noise:snr_db=10,kind=babble+telephone\nsweep endpointing=0.05,0.2,[1, 2],{a = 1}"
    yield b'sweep a.b="x,y",true,word,1e3\nwith hold:length_s=5,where=pause\nselect a, id=b'


def remembered() -> Iterator[bytes]:
    """A document of the right schema."""
    key = {"audio_sha256": "0", "channel": 0, "settings": {}}
    spans = [[0.1, 0.2]]
    digest = hashlib.sha256(json.dumps(spans).encode()).hexdigest()
    document = {"schema": "harness.activity/1", "key": key, "spans_s": spans, "spans_sha256": digest}
    yield json.dumps(document).encode()


def assemblyai_frames() -> Iterator[bytes]:
    """A session."""
    rest = [
        {"type": "Begin", "id": "1", "expires_at": 1}, {"type": "SpeechStarted", "timestamp": 200}, {"type": "Warning", "warning": "x"},
        {"type": "Error", "error_code": 3005, "error": "x"}, {"type": "Termination", "audio_duration_seconds": 3},
    ]  # fmt: skip
    turns = [
        turn(0.4, "call me"), turn(0.8, "call me back", final=True), turn(1.0, "Call me back.", final=True, formatted=True),
        turn(1.8, "at ten", order=1), turn(2.2, "at nine", order=1, final=True),
    ]  # fmt: skip
    yield "\n".join([json.dumps(rest[0]), *(each.raw for each in turns), *map(json.dumps, rest[1:])]).encode()


def gladia_frames() -> Iterator[bytes]:
    """A session."""
    rest = [
        {"type": "start_session", "session_id": "1"}, {"type": "speech_start", "data": {"time": 0.2, "channel": 0}},
        {"type": "audio_chunk", "acknowledged": True, "data": {"byte_range": [0, 3200], "time_range": [0, 0.1]}},
        {"type": "audio_chunk", "acknowledged": False, "error": {"message": "x"}}, {"type": "error", "message": "x"},
        {"type": "end_session"},
    ]  # fmt: skip
    said = [
        transcript(0.5, "call me", start_s=0.2), transcript(1.2, "Call me back.", start_s=0.2, final=True),
        transcript(2.0, "at nine", key="00-00000001", start_s=1.8, final=True), transcript(2.0, "x", key="00-00000002", start_s=1.8),
    ]  # fmt: skip
    yield "\n".join([*map(json.dumps, rest[:3]), *(each.raw for each in said), *map(json.dumps, rest[3:])]).encode()


def program() -> Iterator[bytes]:
    """What `docs/command.md` describes."""
    lines = [
        {"type": "hello", "protocol": 1}, {"type": "ready"}, {"type": "partial", "id": 0, "text": "call me", "channel": 0},
        {"type": "final", "id": 0, "text": "Call me.", "formatted": False, "start_ms": 1, "end_ms": 9,
         "words": [{"text": "Call", "start_ms": 200, "end_ms": 400, "confidence": 0.9}]},
        {"type": "endpoint", "end_ms": 700}, {"type": "error", "message": "x", "throttled": True}, {"type": "closed"},
    ]  # fmt: skip
    yield "\n".join(map(json.dumps, lines)).encode()


def packed() -> Iterator[bytes]:
    """Timelines as they are written."""
    for provider, frames in (
        ("assemblyai", [turn(0.4, "call me", final=True)]),
        ("gladia", [transcript(0.5, "call me", final=True)]),
    ):
        with scratch() as folder:
            write_timeline(folder / "t.jsonl.gz", timeline(frames, provider=provider, duration_s=0.5))
            yield (folder / "t.jsonl.gz").read_bytes()


def stored() -> Iterator[bytes]:
    """Their lines."""
    yield from map(gzip.decompress, packed())


def assemblyai_client() -> Iterator[bytes]:
    """A query, audio and commands."""
    settings = {
        "sample_rate": 16000, "encoding": "pcm_s16le", "format_turns": "true", "min_turn_silence": 400, "max_turn_silence": 1280,
        "keyterms_prompt": '["Acme"]', "vad_threshold": 0.4, "inactivity_timeout": 30, "session_heartbeat": "true",
    }  # fmt: skip
    u3 = {"sample_rate": 8000, "speech_model": "u3-rt-pro", "mode": "balanced", "speaker_labels": "true", "max_speakers": 2,
          "interruption_delay": 100, "webhook_url": "http://127.0.0.1/", "speaker_labels_revision_interval_ms": 200000}  # fmt: skip
    commands = [
        '{"type": "UpdateConfiguration", "min_turn_silence": 100, "keyterms_prompt": ["a"], "vad_threshold": 0.5}',
        '{"type": "ForceEndpoint"}', "a" * 80, '{"type": "KeepAlive"}', '{"type": "Terminate"}',
    ]  # fmt: skip
    for query in (settings, u3):
        yield "\n".join([urlencode(query), *commands]).encode()


def gladia_client() -> Iterator[bytes]:
    """A body, audio and commands."""
    body = {
        "encoding": "wav/pcm", "bit_depth": 16, "sample_rate": 16000, "channels": 1, "endpointing": 0.3, "model": "solaria-1",
        "maximum_duration_without_endpointing": 30, "language_config": {"languages": ["en", "fr"], "code_switching": True},
        "pre_processing": {"speech_threshold": 0.5}, "callback": True, "callback_config": {"url": "http://127.0.0.1/"},
        "realtime_processing": {
            "custom_vocabulary": True, "custom_vocabulary_config": {"vocabulary": ["Acme", {"value": "call", "pronunciations": ["Call"]}]},
            "custom_spelling": True, "custom_spelling_config": {"spelling_dictionary": {"Q": ["me"]}},
            "translation": True, "translation_config": {"target_languages": ["fr"]}, "named_entity_recognition": True, "sentiment_analysis": True,
        },
        "post_processing": {"summarization": True, "summarization_config": {"type": "bullet_points"}},
        "messages_config": {"receive_partial_transcripts": True, "receive_lifecycle_events": True}, "custom_metadata": {"a": 1},
    }  # fmt: skip
    commands = [
        '{"type": "audio_chunk", "data": {"chunk": "AAAAAAAA"}}',
        "RIFF....WAVEfmt ",
        '{"type": "stop_recording"}',
    ]
    yield "\n".join([json.dumps(body), *commands]).encode()


def wav_header() -> Iterator[bytes]:
    """WAV files, and the odd ones of the collection."""
    yield from (path.read_bytes()[:4096] for path in sorted(NASTY.glob("*.bin")))
    yield next(audio())[:200]


def scenario(suffix: str) -> Iterator[bytes]:
    """The documented one, and every kind of fault."""
    toml = (DOCUMENTED / "emulators.md").read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    faults = [
        {"kind": "close", "code": 1011, "reason": "x", "at_s": 1}, {"kind": "jitter", "jitter_ms": 5, "on": "partial", "times": 2},
        {"kind": "missing", "field": "utterance.language", "for_s": 2, "probability": 0.5}, {"kind": "truncate", "keep": 0.5},
        {"kind": "hallucinate", "text": "x", "at_s": 1}, {"kind": "late", "delay_ms": 1}, {"kind": "oversize", "size_bytes": 10},
    ]  # fmt: skip
    segments = [
        {"text": "Call me", "start_s": 0.5, "end_s": 1.7, "partials": [{"at_s": 1, "text": "Call", "pause": True}]}
    ]
    session = {"match": {"ordinal": 1}, "endpointing": True, "jitter_ms": 3, "segment": segments, "fault": faults}
    document = {
        "seed": 7,
        "session": [session],
        "gladia": {"ack_every": 3, "cap_range_s": [0, 9]},
        "assemblyai": {"ping_interval_s": None},
    }
    yield toml.encode() if suffix == ".toml" else json.dumps(document).encode()


def switches() -> Iterator[bytes]:
    """Of both services."""
    yield b"assemblyai.begin_delay_s=0.2\ngladia.ack_every=3\ngladia.public_url=wss://x\nassemblyai.min_latency_silences_ms=[1, 2]"


def order() -> Iterator[bytes]:
    """Faults of every group."""
    [scripted] = scenario(".json")
    faults = json.loads(scripted)["session"][0]["fault"]
    yield json.dumps(
        {"match": {"provider": "gladia"}, "fault": faults, "open": {"status": 503}, "session_id": "x"}
    ).encode()


def config(name: str) -> Iterator[bytes]:
    """The README's, with everything in it."""
    text = (TESTS.parent / "README.md").read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    full = (
        text.replace("# rewrites", "rewrites")
        .replace("# keywords", "keywords")
        .replace("# [prices", "[prices")
        .replace("# usd", "usd")
    )
    full = full.replace("# as_of", "as_of").replace("# source", "source")
    yield (full if name == "harness.toml" else full.replace("\n[", "\n[tool.harness.")).encode()


def params(name: str) -> Iterator[bytes]:
    """Of each type that a provider takes."""
    yield {
        "assemblyai": b'speech_model = "u3-rt-pro"\nformat_turns = true\nmin_turn_silence = 400\nmax_turn_silence = 1280\nvad_threshold = 0.4\n'
        b'keyterms_prompt = ["Acme"]\nlanguage_codes = ["en", "es"]\nspeaker_labels = true\nmode = "balanced"\n',
        "gladia": b'model = "solaria-1"\nendpointing = 0.3\nmaximum_duration_without_endpointing = 30\n'
        b'language_config = { languages = ["en"], code_switching = true }\npre_processing = { speech_threshold = 0.5 }\n'
        b'[realtime_processing]\ncustom_vocabulary = true\ncustom_vocabulary_config = { vocabulary = ["Acme", { value = "a" }] }\n',
        "command": b'command = ["python", "app.py", "--fast"]\nready_within_s = 5.0\nenv = { MODEL = "large" }\nkeys = ["OURS_API_KEY"]\n',
    }[name]


def approvals() -> Iterator[bytes]:
    """As `harness approve` writes it."""
    yield (
        b'[[approval]]\nname = "wer_abs"\noutcome = "fail"\nvalue = 0.02\nlow = 0.01\nhigh = 0.03\nmargin = 0.01\nunit = "ratio"\n'
        b'endpoint = "emulated"\nrun_id = "r"\nreason = "known"\nauthor = "Jo"\napproved = 2026-01-31\nuntil = 2099-01-01\n'
    )


def baseline() -> Iterator[bytes]:
    """As `harness approve --baseline` writes it."""
    run = fuzz_documents.RunDir(fuzz_documents.judged_run())
    with scratch() as folder:
        fuzz_documents.pipeline.approve_baseline(run, folder / "b.json", author="Jo", reason="known")
        yield (folder / "b.json").read_bytes()


def calibration() -> Iterator[bytes]:
    """One host."""
    host = {"cpu": "cpu", "cores": 2, "python": "3.11", "assemblyai": "1", "gladia": "2", "workers": None}
    yield json.dumps({"schema": "harness.calibration/1", "hosts": [{"host": host, "pairs": 3}]}).encode()


def clips() -> Iterator[bytes]:
    """Of a run."""
    yield (fuzz_documents.judged_run() / "clips.jsonl").read_bytes()


def tables() -> Iterator[bytes]:
    """Two lines of each table."""
    for name in ("sessions", "words", "segments", "pooled", "conduct", "entities"):
        lines = (fuzz_documents.judged_run() / "scores" / f"{name}.csv").read_bytes().splitlines(keepends=True)[:3]
        yield bundle(**{f"{name}.csv": b"".join(lines)})


def runs() -> Iterator[bytes]:
    """The documents of a run."""
    run = fuzz_documents.judged_run()
    yield bundle(**{f"a/{name}": (run / name).read_bytes() for name in ("run.json", "summary.json", "verdict.json")})


def in_run() -> Iterator[bytes]:
    """Values of every type, at places here and there."""
    for number, value in enumerate((b"null", b"[]", b'"x"', b"{}", b"-1", b"1e308", b"true", b'[{"a": 1}]')):
        yield bytes([number % 4, 37 * number % 256, number % 3, 0]) + value


def parameters(name: str) -> Iterator[bytes]:
    """The same in every form."""
    table = {
        "sample_rate": 16000,
        "formatTurns": True,
        "keyterms_prompt": ["Acme"],
        "max_turn_silence": 2400,
        "endpointing": 300,
        "model": "nova",
    }
    match Path(name).suffix:
        case ".json":
            yield json.dumps(table).encode()
            yield json.dumps({"baseline": {"params": table}, "audio": {"encoding": "pcm_mulaw"}}).encode()
        case ".toml":
            yield b'sample_rate = 16000\nformat_turns = true\nkeyterms_prompt = ["Acme"]\n'
            yield from config("harness.toml")
        case ".py":
            yield (
                b'RATE = 16000\nopts = {"format_turns": True}\nclient.connect(StreamingParameters(sample_rate=RATE, **opts, keyterms_prompt='
                b'["a", NAME], encoding=AudioEncoding.pcm_s16le, language=f"{x}"))\nUpdateConfiguration(max_turn_silence=3)\n'
            )
            yield (TESTS / "code_scan" / "app" / "live.py").read_bytes()
        case _:
            yield b"wss://streaming.assemblyai.com/v3/ws?sample_rate=16000&max_turn_silence=2400&keyterms_prompt=%5B%22a%22%5D"


def code(name: str) -> Iterator[bytes]:
    """The scanned applications of other tests."""
    python, script = ((TESTS / "code_scan" / "app" / f"live.{suffix}").read_bytes() for suffix in ("py", "ts"))
    match Path(name).suffix:
        case ".py":
            yield python
            yield from parameters("a.py")
            yield (TESTS / "clients" / "sdks" / "assemblyai_sdk.py").read_bytes()
        case ".ipynb":
            cells = [
                {"cell_type": "markdown", "source": "assemblyai"},
                {"cell_type": "code", "source": ["%pip install assemblyai\n", "import assemblyai as aai\n"]},
                {"cell_type": "code", "source": python.decode()},
            ]
            yield json.dumps({"cells": cells}, indent=1).encode()
        case _:
            yield script
            yield (TESTS / "clients" / "guide" / "assemblyai_corrected.mjs").read_bytes()


def words() -> Iterator[bytes]:
    """Numbers, times, titles, contractions, marks, in several scripts."""
    yield b"wi-fi->wifi\nThe wi-fi costs $1,234.50 at 3:05 pm, Mr. O'Neil; [inaudible] twenty-one first of 2nd colour 50%"
    yield "\nIt's twelve o'clock; she'd gone. Été — naïve. İstanbul 你好 ไทย ٣٤ ½ ² one hundred and two dollars and five cents".encode()
