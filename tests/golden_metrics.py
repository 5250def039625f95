"""A small run in which every metric has a value, as a run directory; and its summary as a table of names and values."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from builders import clip, frame, timeline, transcript, turn, utterance
from examples import BOSTON, FRIDAY

from harness.config import Config
from harness.rundir import RunDir
from harness.timeline.events import SIDES, Event, Timeline
from harness.timeline.files import write_timeline

HI = [("hi", 0.40, 0.60), ("there", 0.70, 1.00)]
LONG = [(f"w{index}", 1.0 + 2 * index, 1.4 + 2 * index) for index in range(16)]


def _acks(duration_s: float) -> list[Event]:
    """One acknowledgement a chunk, 30 ms after it was due."""
    return [
        frame(
            0.1 * (index + 1) + 0.03,
            {"type": "audio_chunk", "acknowledged": True, "data": {"byte_range": [3200 * index, 3200 * (index + 1)]}},
        )
        for index in range(round(duration_s * 10))
    ]


def _flight() -> tuple[Any, list[Event], list[Event]]:
    of = clip(
        [
            utterance("i need a flight to boston", 0.5, 2.9, words=BOSTON),
            utterance("leaving on friday", 3.8, 4.7, words=FRIDAY),
        ]
    )
    a = [
        turn(1.30, "i need"),
        turn(2.60, "i need a fight to"),
        turn(3.35, "i need a flight to boston", final=True),
        turn(3.42, "I need a flight to Boston.", final=True, formatted=True),
        turn(4.40, "leaving", order=1),
        turn(5.20, "leaving on friday", order=1, final=True),
        turn(5.29, "Leaving on Friday.", order=1, final=True, formatted=True),
    ]
    b = [
        transcript(1.40, "i need a", key="a", start_s=0.5),
        transcript(1.95, "I need a flight.", key="a", final=True, start_s=0.5, end_s=1.6),
        transcript(4.50, "to boston leaving", key="b", start_s=2.1),
        transcript(5.05, "To Boston leaving on Friday.", key="b", final=True, start_s=2.1, end_s=4.7),
    ]
    return of, a, [*b, *_acks(1.0)]


def _hi_there() -> tuple[Any, list[Event], list[Event]]:
    of = clip([utterance("hi there", 0.40, 1.00, words=HI)])
    shown = [(0.10, "you"), (0.82, "hi"), (1.15, "high there"), (1.30, "hi there")]
    a = [turn(at_s, text) for at_s, text in shown]
    a += [turn(1.55, "hi there", final=True), turn(1.60, "Hi there.", final=True, formatted=True)]
    b = [transcript(1.20, "hi", key="a"), transcript(1.80, "Hi where.", key="a", final=True, end_s=1.0)]
    return of, a, b


def _broken() -> tuple[Any, list[Event], list[Event]]:
    """A tail left open and a final that never got its form; on the other side a mutation, noise, and a flush."""
    of = clip([utterance("see you", 0.5, 1.2, turn_id="t"), utterance("good bye now", 1.6, 2.6, turn_id="t")])
    a = [turn(1.6, "see you", final=True), turn(2.4, "good bye", order=1)]
    b = [
        transcript(1.5, "See you.", key="a", final=True, end_s=1.2),
        transcript(1.7, "See me.", key="a", final=True, end_s=1.2),
        transcript(3.5, "uh", key="b", final=True, start_s=3.0),
        transcript(4.0, "", key="d", final=True, start_s=3.8),
        transcript(7.3, "Good bye now.", key="c", final=True, start_s=1.6, end_s=2.6),
    ]
    return of, a, b


def _silence() -> tuple[Any, list[Event], list[Event]]:
    return clip([]), [turn(2.0, "thank you", final=True, formatted=True)], []


def _backlog() -> tuple[Any, list[Event], list[Event]]:
    """Half a minute in which one side falls behind by 10 ms a second."""
    of = replace(clip([utterance(" ".join(w for w, *_ in LONG), 1.0, 31.4, words=LONG)]), duration_s=34.0)
    shown = [" ".join(w for w, *_ in LONG[: index + 1]) for index in range(len(LONG))]
    a = [turn(end_s + 0.3, text) for text, (_, _, end_s) in zip(shown, LONG, strict=True)]
    b = [
        transcript(end_s + 0.4 + 0.01 * end_s, text, key="a", start_s=1.0)
        for text, (_, _, end_s) in zip(shown, LONG, strict=True)
    ]
    a.append(turn(32.1, shown[-1], final=True, formatted=True))
    b.append(transcript(32.4, shown[-1], key="a", final=True, start_s=1.0, end_s=31.4))
    return of, a, b


def _failed() -> tuple[Any, list[Event], list[Event]]:
    of = clip([utterance("hi there", 0.40, 1.00, words=HI)])
    a = [turn(1.55, "hi there", final=True, formatted=True)]
    return of, a, [frame(1.0, {"type": "error", "message": "boom"})]


CLIPS = {
    "backlog": _backlog, "broken": _broken, "failed": _failed, "flight": _flight, "hi-there": _hi_there, "silence": _silence,
}  # fmt: skip


def write_run(folder: Path) -> RunDir:
    """The run, recorded but not scored."""
    run = RunDir(folder)
    clips = []
    for name, make in CLIPS.items():
        of, *frames = make()
        of = replace(of, clip_id=name, call_id=name, recording_id=name)
        clips.append(of)
        for side, provider, events in zip(SIDES, ("assemblyai", "gladia"), frames, strict=True):
            write_timeline(run.session_path(name, side, 1), _timeline(name, side, provider, events, of.duration_s))
    run.write_clips(clips)
    planned = dict.fromkeys(SIDES, len(clips))
    run.write_run(
        {
            "schema": "harness.run/1", "run_id": "golden", "endpoint": "emulated", "config": Config().model_dump(mode="json"),
            "sessions": {"planned": planned, "recorded": planned}, "emulators": [],
        }
    )  # fmt: skip
    return run


def _timeline(name: str, side: Any, provider: str, events: list[Event], duration_s: float) -> Timeline:
    lag = {"p50": 0.1, "p99": 1.5, "max": 4.0, "n": 100}
    return timeline(
        events, provider=provider, side=side, clip_id=name, duration_s=max(6.0, duration_s + 1.0), loop_lag_ms=lag
    )


def table(summary: dict[str, Any]) -> dict[str, str]:
    """Values by name: `final_ms baseline p50` and the like, in the order of the summary; slices are left out."""
    found: dict[str, str] = {}
    parts = {**summary["metrics"], **{key: summary[key] for key in ("harness", "hold_sweep", "contract_violations")}}
    _flatten(parts, "", found)
    return found


def _flatten(value: Any, name: str, found: dict[str, str]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _flatten(item, f"{name} {key}".strip(), found)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _flatten(item, f"{name} {index}", found)
    else:
        found[name] = json.dumps(value)
