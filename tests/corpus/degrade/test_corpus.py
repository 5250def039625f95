import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from small_corpus import write_manifest

from harness.audio.read import probe, read_channel
from harness.corpus.degrade.corpus import degrade_corpus
from harness.corpus.degrade.speech_level import active_level_dbov
from harness.corpus.manifest import load_corpus
from harness.errors import ConfigError, CorpusError

SPEECH = read_channel(Path(__file__).parents[2] / "resources" / "align" / "synthetic.flac")
RATE_HZ = 16000
SEGMENTS = [
    {"start": 0.5, "end": 1.0, "text": "one", "speaker": "ann", "turn_id": "t1", "channel": 0},
    {"start": 2.0, "end": 2.5, "text": "two", "speaker": "bob", "turn_id": "t2", "channel": 1},
]
WORDS = [
    {"word": "one", "start": 0.5, "end": 1.0, "channel": 0},
    {"word": "two", "start": 2.0, "end": 2.5, "channel": 1},
]
CALL = {"id": "call", "audio_filepath": "b.wav", "segments": SEGMENTS, "words": WORDS, "entities": [{"segment": 0, "char_start": 0, "char_end": 3, "class": "number"}],
        "copy_audio": False, "language": "en", "consent": "yes", "tags": ["band=wide"]}  # fmt: skip


@pytest.fixture
def source(tmp_path):
    """Two talkers, a call of two channels, and one channel of it that is a recording of its own."""
    folder = tmp_path / "source"
    folder.mkdir()
    for name, speech in (("a.wav", SPEECH), ("c.wav", SPEECH[::-1]), ("d.wav", SPEECH * 0.1)):
        soundfile.write(folder / name, speech, RATE_HZ)
    soundfile.write(folder / "b.wav", np.stack([SPEECH, np.roll(SPEECH, 9000)], axis=1)[: 3 * RATE_HZ], RATE_HZ)
    side = {
        "id": "side",
        "audio_filepath": "b.wav",
        "channel": 1,
        "call_id": "call",
        "segments": SEGMENTS[1:],
        "words": WORDS[1:],
    }
    lines = ({"id": "ann", "text": "hello", "speaker": "ann"}, {"id": "eve", "audio_filepath": "c.wav", "speaker": "eve"},
             {"id": "may", "audio_filepath": "d.wav"}, CALL, side)  # fmt: skip
    return write_manifest(folder, *lines)


def degraded(source: Path, *specs: str, **options) -> dict[str, dict]:
    """Lines of the new corpus by their ids, once the loader has taken it."""
    folder = source.parent / f"out{len(list(source.parent.iterdir()))}"
    degrade_corpus(source, folder, specs, **options)
    load_corpus(folder)
    lines = (json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines())
    return {line["id"]: line | {"folder": folder} for line in lines}


def audio_of(line: dict) -> np.ndarray:
    return soundfile.read(line["folder"] / line["audio_filepath"], always_2d=True)[0]


def spans(line: dict) -> list[tuple[float, float]]:
    assert [(one["start"], one["end"]) for one in line["words"]] == [
        (one["start"], one["end"]) for one in line["segments"]
    ]
    return [(one["start"], one["end"]) for one in line["segments"]]


def test_a_copy_is_the_same_call_and_says_how_it_was_made(source):
    """All else in the line stays: references, speakers, turns, entities, and what was consented to."""
    before = {path.name: path.read_bytes() for path in source.iterdir()}
    made = degraded(source, "telephone", select="id=call")
    copy = made["call.telephone"]
    same = ("segments", "words", "entities", "copy_audio", "language", "consent")
    assert {key: CALL[key] for key in same} == {key: copy[key] for key in same}
    assert ("call", ["band=wide", "degradation=telephone"]) == (copy["call_id"], copy["tags"])
    history = copy["degradation"]
    assert ("call", 0, 64) == (history["of"], history["seed"], len(history["source_sha256"]))
    assert {"name": "telephone", "codec": "mulaw"}.items() <= history["steps"][0].items()
    assert {"cutover-harness", "numpy", "scipy", "soxr", "libsndfile"} == set(history["made_with"])
    info = probe(copy["folder"] / copy["audio_filepath"])
    assert (8000, 2, "ULAW") == (info.sample_rate_hz, info.channels, info.subtype)
    assert before == {path.name: path.read_bytes() for path in source.iterdir()}
    assert ["degraded", "manifest.jsonl"] == sorted(path.name for path in copy["folder"].iterdir())


@pytest.mark.parametrize("kind", ["white", "pink", "babble"])
@pytest.mark.parametrize("snr_db", [0, 15])
def test_the_noise_lies_so_far_below_the_active_speech(source, kind, snr_db):
    """Within 0.1 dB, on every channel, measured on the files."""
    made = degraded(source, f"noise:snr_db={snr_db},kind={kind}", select="id=call", keep_originals=True)
    copy = next(line for line in made.values() if "degradation" in line)
    clean = audio_of(made["call"])
    noise = audio_of(copy) / copy["degradation"]["steps"][0].get("gain", 1.0) - clean
    speech_dbov = active_level_dbov([clean.astype(np.float32)], RATE_HZ)
    noise_dbov = 10 * np.log10(np.mean(noise**2, axis=0))
    assert pytest.approx([snr_db] * 2, abs=0.1) == (np.array(speech_dbov) - noise_dbov).tolist()
    crowds = copy["degradation"]["steps"][0].get("talkers", [])
    heard = {talker["id"] for crowd in crowds for talker in crowd}
    assert ({"eve", "may"} if kind == "babble" else set()) == heard  # ann speaks in this call


def test_the_same_seed_gives_the_same_bytes(source):
    """Another one doesn't; a chain begins as its first step alone, and no step hears which other variants there are."""
    specs = ("noise:snr_db=5,kind=babble", "loss:loss_pct=30,burst_packets=2", "reverb:rt60_s=0.3", "hold:length_s=1")
    first, again, other = (degraded(source, *specs, select="id=call", seed=seed) for seed in (1, 1, 2))
    alone = degraded(source, "noise:snr_db=5,kind=babble+speed:factor=2", select="id=call", seed=1)
    for name, line in first.items():
        assert np.array_equal(audio_of(line), audio_of(again[name]))
        assert line["degradation"] == again[name]["degradation"]
        assert not np.array_equal(audio_of(line), audio_of(other[name]))
    [chain] = alone.values()
    assert first["call.noise-5dB-babble"]["degradation"]["steps"][0] == chain["degradation"]["steps"][0]


@pytest.mark.parametrize(
    ("spec", "expected", "longer_s"),
    [
        ("speed:factor=1.25", [(0.4, 0.8), (1.6, 2.0)], -0.6),
        ("silence:lead_s=2.5", [(3.0, 3.5), (4.5, 5.0)], 2.5),
        ("hold:length_s=4", [(4.5, 5.0), (6.0, 6.5)], 4.0),
        ("hold:length_s=4,where=pause", [(0.5, 1.0), (6.0, 6.5)], 4.0),
        ("silence:lead_s=1+speed:factor=2+hold:length_s=1,where=pause", [(0.75, 1.0), (2.5, 2.75)], 0.0),
        ("reverb:rt60_s=0.25", [(0.5, 1.0), (2.0, 2.5)], 0.25),
        ("clipping:drive_db=6", [(0.5, 1.0), (2.0, 2.5)], 0.0),
        ("loss:loss_pct=10", [(0.5, 1.0), (2.0, 2.5)], 0.0),
    ],
)
def test_reference_times_move_with_the_audio(source, spec, expected, longer_s):
    """In segments and in words; the file is so much longer."""
    [copy] = degraded(source, spec, select="id=call").values()
    assert pytest.approx(np.array(expected), abs=1e-5) == np.array(spans(copy))
    assert pytest.approx(3 + longer_s, abs=0.001) == copy["duration"]
    assert pytest.approx(copy["duration"], abs=1e-6) == len(audio_of(copy)) / RATE_HZ


@pytest.mark.parametrize(
    "spec", ["speed:factor=0.8", "silence:lead_s=1", "hold:length_s=2,where=pause", "reverb:rt60_s=0.3", "telephone"]
)
def test_what_is_heard_at_a_reference_time_is_what_was_heard_there(tmp_path, spec):
    """A click at the onset of each segment is at its onset afterwards, to the millisecond."""
    clicks = np.zeros((3 * RATE_HZ, 1), np.float32)
    for segment in SEGMENTS:
        clicks[round(segment["start"] * RATE_HZ)] = 0.9
    (tmp_path / "source").mkdir()
    soundfile.write(tmp_path / "source" / "a.wav", clicks, RATE_HZ)
    plain = [{key: value for key, value in one.items() if key != "channel"} for one in SEGMENTS]
    source = write_manifest(tmp_path / "source", {"id": "a", "segments": plain})
    [copy] = degraded(source, spec).values()
    rate_hz = probe(copy["folder"] / copy["audio_filepath"]).sample_rate_hz
    for segment in copy["segments"]:
        around = round((segment["start"] - 0.1) * rate_hz)
        found = around + int(np.argmax(np.abs(audio_of(copy)[around : around + round(0.2 * rate_hz), 0])))
        assert pytest.approx(segment["start"], abs=0.001) == found / rate_hz


def test_one_channel_of_a_file_becomes_a_file_of_its_own(source):
    """Nobody hears the other side in it."""
    [copy] = degraded(source, "silence:lead_s=1", select="id=side").values()
    assert (1, 1, "call") == (audio_of(copy).shape[1], len(copy["segments"]), copy["call_id"])
    assert "channel" not in {*copy, *copy["segments"][0], *copy["words"][0]}


def test_originals_are_kept_if_asked(source):
    """With a tag to select them by; recordings of one file share it."""
    made = degraded(source, "telephone", keep_originals=True)
    assert 10 == len(made)
    assert {"degradation=none"} == {line["tags"][-1] for name, line in made.items() if "." not in name}
    assert (source / "b.wav").read_bytes() == (made["side"]["folder"] / "b.wav").read_bytes()


def test_what_must_not_be_copied_never_babbles(source):
    """Nor does anybody of the same call; too few others are refused, and nothing is left behind."""
    lines = [json.loads(line) for line in (source / "manifest.jsonl").read_text().splitlines()]
    lines[1]["copy_audio"] = False
    write_manifest(source, *lines)
    with pytest.raises(
        CorpusError, match=r"recording 'call': babble needs 2 recordings or more .*; this corpus has 1\. Take"
    ):
        degrade_corpus(source, source.parent / "out", ["noise:snr_db=5,kind=babble"], select="id=call")
    assert ["source"] == [path.name for path in source.parent.iterdir()]


def test_what_cannot_be_degraded_is_refused(source):
    """A copy, the same variant twice, none at all, a destination inside the source."""
    made = source.parent / "made"
    degrade_corpus(source, made, ["telephone"], select="id=side")
    with pytest.raises(
        CorpusError, match=r"manifest.jsonl:1: degradation: 'side.telephone' is a degraded copy already"
    ):
        degrade_corpus(made, source.parent / "out", ["telephone"])
    with pytest.raises(ConfigError, match="which makes telephone again"):
        degrade_corpus(source, source.parent / "out", ["telephone", "telephone:codec=mulaw"])
    with pytest.raises(ConfigError, match="name a degradation, as in --with telephone"):
        degrade_corpus(source, source.parent / "out", [])
    with pytest.raises(CorpusError, match="lies in the source"):
        degrade_corpus(source, source / "out", ["telephone"])
    with pytest.raises(CorpusError, match="exists already"):
        degrade_corpus(source, made, ["telephone"])
    assert {"made", "source"} == {path.name for path in source.parent.iterdir()}


def test_a_rate_that_no_line_has_is_refused(tmp_path):
    """What no telephone, room or codec is made for."""
    (tmp_path / "in").mkdir()
    soundfile.write(tmp_path / "in" / "a.wav", np.zeros(60), 200_000)
    with pytest.raises(CorpusError, match="has 200000 samples a second; copies are made of 4000 to 192000"):
        degrade_corpus(write_manifest(tmp_path / "in", {"id": "a"}), tmp_path / "out", ["telephone"])
