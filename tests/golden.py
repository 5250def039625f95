"""A run of the demo corpus without audio or sockets: its references, and what two services made of them by a seeded draw."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from builders import frame, timeline, transcript, turn

from harness.config import Config
from harness.corpus.manifest import load_corpus
from harness.corpus.model import Clip, Utterance
from harness.rundir import SCHEMA, RunDir
from harness.timeline.events import SIDES, Frame, Side

DEMO = Path(__file__).parents[1] / "corpora" / "demo"
PROVIDERS: dict[Side, str] = {"baseline": "assemblyai", "candidate": "gladia"}
_ERROR_RATES = {"baseline": 0.08, "candidate": 0.12}


def golden_run(folder: Path, passes: int = 1, clips: int | None = None) -> RunDir:
    """Write the run, or one of its first `clips`; equal bytes each time."""
    return _write(folder, load_corpus(DEMO).clips[:clips], passes)


def _write(folder: Path, clips: Sequence[Clip], passes: int) -> RunDir:
    run = RunDir(folder)
    config = Config.model_validate({"replay": {"passes": passes}}).model_dump(mode="json")
    planned = dict.fromkeys(SIDES, len(clips) * passes)
    sessions = {"planned": planned, "recorded": planned}
    for side in SIDES:
        config[side] |= {"host": "embedded emulator", "params_as_sent": {"sample_rate": 16000}}
    run.write_run(
        {
            "schema": SCHEMA,
            "run_id": "golden",
            "endpoint": "emulated",
            "created_at": "2026-01-31T09:30:00+00:00",
            "sessions": sessions,
            "config": config,
            "identity": {
                "manifest": "0" * 64,
                "recordings": {clip.clip_id: clip.audio_sha256 for clip in clips},
                "audio": config["audio"],
                "passes": passes,
                "sdks": {side: f"{name} 1.0.0" for side, name in PROVIDERS.items()},
            },
            "emulators": [],
        }
    )
    run.write_clips(clips)
    for clip in clips:
        for side in SIDES:
            for number in range(1, passes + 1):
                frames = list(_frames(clip, side, random.Random(f"{clip.clip_id} {side} {number}")))
                session = timeline(
                    frames, provider=PROVIDERS[side], side=side, clip_id=clip.clip_id, duration_s=clip.duration_s + 3.0
                )
                run.write_session(session)
    return run


def _frames(clip: Clip, side: Side, draw: random.Random) -> Iterator[Frame]:
    """A partial and a final of each utterance, or of two together; baseline finals come twice, as with formatting."""
    for index, utterance in enumerate(clip.utterances):
        heard = _misheard(utterance, draw, _ERROR_RATES[side])
        if not heard:
            continue
        text = " ".join(word for word, _, _ in heard)
        early_s, final_s = utterance.start_s + 0.5, utterance.end_s + draw.uniform(0.2, 0.9)
        if side == "baseline":
            words = [(word, start_ms, end_ms, True) for word, start_ms, end_ms in heard]
            yield turn(early_s, words[0][0], order=index, words=[(*words[0][:3], False)])
            yield turn(final_s, text, order=index, final=True, words=words)
            yield turn(final_s + 0.1, f"{text.capitalize()}.", order=index, final=True, formatted=True, words=words)
        else:
            start_s, end_s = heard[0][1] / 1000, heard[-1][2] / 1000
            yield transcript(early_s, heard[0][0], key=f"{index}", start_s=start_s, end_s=start_s + 0.3)
            yield transcript(final_s, text, key=f"{index}", final=True, start_s=start_s, end_s=end_s)
    if side == "baseline":
        yield frame(clip.duration_s + 3.2, {"type": "Termination"})


def _misheard(utterance: Utterance, draw: random.Random, rate: float) -> list[tuple[str, int, int]]:
    """Words with times in ms: some left out, some replaced, some said twice."""
    texts = (utterance.text or "").split()
    share_ms = 1000 * (utterance.end_s - utterance.start_s) / max(1, len(texts))
    heard = []
    for index, text in enumerate(texts):
        start_ms = round(1000 * utterance.start_s + share_ms * index)
        end_ms = round(1000 * utterance.start_s + share_ms * (index + 1))
        fate = draw.random()
        if fate < rate / 3:
            continue
        word = draw.choice(["there", "a", "boston", "yes"]) if fate < 2 * rate / 3 else text
        if 2 * rate / 3 <= fate < rate:
            middle_ms = (start_ms + end_ms) // 2
            heard += [(word, start_ms, middle_ms), (word, middle_ms, end_ms)]
        else:
            heard.append((word, start_ms, end_ms))
    return heard
