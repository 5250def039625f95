"""The application of examples/migration, before and after its migration, in both languages, through `provider = "command"`."""

import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted import DEMO, SPEECH

from harness import pipeline
from harness.config import LoadedConfig, load_config, override
from harness.emulators import embedded
from harness.metrics import validity
from harness.planning import plan_run
from harness.recording import Recording
from harness.replay import engine
from harness.rundir import RunDir
from harness.timeline.events import SIDES, Frame, Side, Timeline
from harness.timeline.fold import fold

EXAMPLES = Path(__file__).parents[2] / "examples" / "migration"
TYPESCRIPT = EXAMPLES / "typescript"
LANGUAGES = ("python", "typescript")
CLIPS = ("ps_cards_001", "ps_cards_002")
CHUNK_MS = 100
LATENCIES = ("first_partial_ms", "final_ms", "endpoint_ms")
Runs = dict[str, tuple[RunDir, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Emulators]:
    """Both services, by TLS too, which AssemblyAI's SDK for TypeScript insists on."""
    scenario = tmp_path_factory.mktemp("scenario") / "plain.toml"
    scenario.write_text(SPEECH.format(match=""))
    with embedded.start("script", scenario, "--tls") as running:
        yield running


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two short clips of the demo."""
    folder = tmp_path_factory.mktemp("corpus")
    lines = [line for line in (DEMO / "manifest.jsonl").read_text().splitlines() if json.loads(line)["id"] in CLIPS]
    (folder / "manifest.jsonl").write_text("\n".join(lines))
    (folder / "wav").symlink_to(DEMO / "wav")
    return folder


@pytest.fixture(scope="module")
def configured(serving: embedded.Emulators, built: Callable, corpus: Path) -> dict[str, LoadedConfig]:
    """The configurations as they lie there, but for the corpus, and for where Python and the emulators are."""
    built(TYPESCRIPT)
    hosts = {"baseline": {"python": serving.assemblyai, "typescript": serving.assemblyai_tls}}
    hosts["candidate"] = dict.fromkeys(LANGUAGES, serving.gladia)
    found = {}
    for language in LANGUAGES:
        loaded = load_config(EXAMPLES / language / "harness.toml")
        changes: dict[str, Any] = {"corpus.path": str(corpus), "audio.trailing_silence_s": 2.3}
        for side in SIDES:
            params = getattr(loaded.config, side).params
            command = [sys.executable if part == "python" else part for part in params["command"]]
            env = {"NODE_EXTRA_CA_CERTS": serving.ca_file}
            changes |= {
                f"{side}.params": {**params, "command": command, "env": env},
                f"{side}.host": hosts[side][language],
            }
        found[language] = override(loaded, changes)
    return found


@pytest.fixture(scope="module")
def runs(
    configured: dict[str, LoadedConfig], serving: embedded.Emulators, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs]:
    """A recorded and scored run of each language, with the emulators' account of each of its sessions."""
    found: Runs = {}
    with pytest.MonkeyPatch.context() as patch:  # a busy machine spoils pairs; how is tested elsewhere
        patch.setattr(engine, "harness_faults", lambda _sessions: ())
        patch.setattr(validity, "harness_faults", lambda _sessions: ())
        for language in LANGUAGES:
            before = len(serving.ledger())
            run = Recording(plan_run(configured[language]), RunDir(tmp_path_factory.mktemp("runs") / language)).record()
            pipeline.score(run)
            found[language] = run, [serving.session(each["session_id"]) for each in serving.ledger()[before:]]
        yield found


def summary(run: RunDir) -> dict[str, Any]:
    return json.loads((run.path / "summary.json").read_text())


def sessions(runs: Runs, language: str) -> Iterator[tuple[Timeline, dict[str, Any]]]:
    """The timelines of a run, each with what the emulator says of the same session."""
    run, accounts = runs[language]
    for side, provider in zip(SIDES, ("assemblyai", "gladia"), strict=True):
        for clip in CLIPS:
            timeline = run.read_session(clip, side, 1)
            [own] = [
                each
                for each in accounts
                if (each["provider"], each["audio_sha256"]) == (provider, timeline.header.audio_sha256)
            ]
            yield timeline, own


@pytest.mark.slow
def test_no_session_fails_and_every_byte_and_text_passes_the_application(runs: Runs):
    """All four applications hand on the audio as it is and everything their SDK tells them."""
    for language in LANGUAGES:
        told = summary(runs[language][0])
        assert [(2, 0)] * 2 == [
            (told["sessions"][side]["completed"], told["sessions"][side]["failed"]) for side in SIDES
        ]
        for timeline, account in sessions(runs, language):
            assert (timeline.header.audio.chunks, len(texts_sent(account))) == (
                len(account["frames"]),
                len(texts(timeline)),
            )


@pytest.mark.slow
def test_both_languages_give_the_same_words(runs: Runs):
    """To the last counter: partials, finals, errors, and what was taken back."""
    python, typescript = (summary(runs[language][0])["metrics"] for language in LANGUAGES)
    counted = ("wer", "false_cutoff_rate", "normalized_erasure", "session_failure_rate", "post_final_mutation_count")
    for side in SIDES:
        assert [python[name][side] for name in counted] == [typescript[name][side] for name in counted]
        assert python["wer"][side]["reference_words"] > 0
    said = {
        language: [
            [update.text for segment in fold(timeline).segments for update in segment.updates]
            for timeline, _ in sessions(runs, language)
        ]
        for language in LANGUAGES
    }
    assert said["python"] == said["typescript"]


@pytest.mark.slow
def test_both_languages_give_the_same_latencies_within_what_was_measured_on_the_way(runs: Runs):
    """By no more than chunks left late, audio and texts were on their way, and the service wavered, by its own account."""
    allowed_ms = {side: most_apart_ms(runs, side) for side in SIDES}
    python, typescript = (summary(runs[language][0])["metrics"] for language in LANGUAGES)
    for name in LATENCIES:
        for side in SIDES:
            assert python[name][side]["missing"] == typescript[name][side]["missing"] == 0
            apart_ms = [abs(python[name][side][q] - typescript[name][side][q]) for q in ("p50", "p95")]
            assert max(apart_ms) <= allowed_ms[side], (name, side, apart_ms, allowed_ms)


def texts(timeline: Timeline) -> list[int]:
    """When the application's texts were read, from T0."""
    frames = [event for event in timeline.events if isinstance(event, Frame)]
    return [frame.wire_ns for frame in frames if json.loads(frame.raw)["type"] in {"partial", "final"}]


def texts_sent(account: dict[str, Any]) -> list[dict[str, Any]]:
    return [message for message in account["messages"] if message["type"] in {"Turn", "transcript"}]


def most_apart_ms(runs: Runs, side: Side) -> float:
    """What latencies of a side hold that is neither speech nor script, at most, and both languages together."""
    ways_ns, served_ns = {language: [] for language in LANGUAGES}, []
    for language in LANGUAGES:
        for timeline, account in sessions(runs, language):
            if timeline.header.side == side:
                ways_ns[language] += on_the_way_ns(timeline, account)
                served_ns.append([sent["sent_ns"] - heard(account, sent)[1] for sent in texts_sent(account)])
    for ways in ways_ns.values():  # neither language keeps a piece of audio to itself: that would delay every text
        assert min(ways) < CHUNK_MS * 1_000_000
    wavers_ns = max(max(took) - min(took) for took in zip(*served_ns, strict=True))  # all of them play one script
    return 1.0 + (sum(max(ways) for ways in ways_ns.values()) + wavers_ns) / 1e6


def on_the_way_ns(timeline: Timeline, account: dict[str, Any]) -> Iterator[int]:
    """Of each text: from the instant its audio was due to its arrival at the service, and from there to our stamp."""
    t0_ns = timeline.header.extra["t0_monotonic_ns"]
    for read_ns, sent in zip(texts(timeline), texts_sent(account), strict=True):
        chunk, arrived_ns = heard(account, sent)
        to_service_ns = arrived_ns - t0_ns - (chunk + 1) * CHUNK_MS * 1_000_000
        to_us_ns = read_ns + t0_ns - sent["sent_ns"]
        assert min(to_service_ns, to_us_ns) >= 0
        yield to_service_ns + to_us_ns


def heard(account: dict[str, Any], message: dict[str, Any]) -> tuple[int, int]:
    """Which chunk completed the audio that a message is about, and when the service had it."""
    chunk = max(0, math.ceil(message["audio_ms"] / CHUNK_MS) - 1)
    return chunk, account["frames"][chunk]["received_ns"]
