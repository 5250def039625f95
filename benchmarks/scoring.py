"""How fast is a run scored, and in how much memory? Makes the timelines of a run that nobody recorded, then scores it.

    python benchmarks/scoring.py [SESSIONS]... [--seconds S] [--calls N] [--keep FOLDER]

Sessions of S seconds (default 30) with a word-cadence AssemblyAI side and a Gladia side: some 400 events each. Every clip has its
own words; edits, cuts and delays are drawn at random. Making the timelines is not measured. Linux only.

On two idle cores: 1000 sessions in 15.9 s and 340 MB, 3000 in 41.6 s and 507 MB, 10,000 in 153.9 s and 1036 MB. In seconds of CPU, on
a busy machine: 83.5 for 3000, 286.2 for 10,000, 871.2 for 30,000 (2247 MB); of 10 s each 85.0 for 10,000 and 1068.4 for 100,000 (3505 MB).
"""

import argparse
import gzip
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from harness.config import Config
from harness.corpus.model import Clip, ReferenceWord, Utterance
from harness.rundir import SCHEMA, RunDir
from harness.timeline.events import SCHEMA as TIMELINE_SCHEMA
from harness.timeline.events import SIDES, AudioFormat, Header, Side

RATE_HZ, CHUNK_MS, TAIL_S = 16_000, 100, 3.0
VOCABULARY = [f"{one}{other}" for one in ("ba", "de", "fi", "ko", "lu", "ma", "ne", "so", "ta", "vi") for other in
              ("bar", "del", "fin", "kor", "lum", "man", "net", "son", "tal", "vik", "ran", "pel")]  # fmt: skip
WORD_S, PAUSE_S, WORDS = 0.32, 1.0, 12
CUT, MISHEARD, TAKEN_BACK = 0.1, 0.05, 0.2  # shares of utterances, words and partials
MEASURED = """
import os, resource, sys
from pathlib import Path
from harness.pipeline import score
from harness.rundir import RunDir
score(RunDir(Path(sys.argv[1])))
own, child = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(own + child * len(os.sched_getaffinity(0)))
"""


def clip_of(number: int, seconds: float, calls: int) -> Clip:
    """A clip of utterances of twelve words with a pause inside and one behind."""
    draw = random.Random(number)
    utterances = []
    at_s = 0.5
    while at_s + WORDS * WORD_S + 2 * PAUSE_S < seconds:
        words = []
        for place in range(WORDS):
            words.append(ReferenceWord(draw.choice(VOCABULARY), round(at_s, 3), round(at_s + WORD_S, 3)))
            at_s += WORD_S + (PAUSE_S / 2 if place == WORDS // 2 else 0)
        text = " ".join(word.text for word in words)
        utterances.append(Utterance(text, words[0].start_s, words[-1].end_s, words=tuple(words)))
        at_s += PAUSE_S
    clip_id = f"clip-{number:06d}"
    return Clip(
        clip_id, clip_id, f"call-{number % calls:06d}", f"{clip_id}.wav", 0, 1, seconds, RATE_HZ, "en", f"speaker-{number % 50}",
        (f"noise={('clean', 'cafe', 'street')[number % 3]}",), " ".join(u.text or "" for u in utterances), tuple(utterances),
        "words", "0" * 64,
    )  # fmt: skip


def frames(clip: Clip, side: Side, draw: random.Random) -> list[tuple[float, dict[str, object]]]:
    """What a side says, by second."""
    found: list[tuple[float, dict[str, object]]] = []
    order = 0
    for utterance in clip.utterances:
        cut = WORDS // 2 + 1 if draw.random() < CUT else None  # an early cut at the pause
        for part in (utterance.words[:cut], utterance.words[cut:] if cut else ()):
            if part:
                heard = [draw.choice(VOCABULARY) if draw.random() < MISHEARD else word.text for word in part]
                found += _segment(side, order, part, heard, draw)
                order += 1
    return found


def _segment(
    side: Side, order: int, words: tuple[ReferenceWord, ...], heard: list[str], draw: random.Random
) -> list[tuple[float, dict[str, object]]]:
    found = []
    step = 1 if side == "baseline" else 2
    for shown in range(1, len(heard), step):
        texts = heard[:shown]
        if draw.random() < TAKEN_BACK:
            texts = [*texts[:-1], draw.choice(VOCABULARY)]  # taken back by the next one
        found.append((words[shown - 1].end_s + draw.uniform(0.2, 0.5), _message(side, order, words, texts, "partial")))
    final_s = words[-1].end_s + draw.uniform(0.5, 0.9)
    if side == "baseline":
        found.append((final_s, _message(side, order, words, heard, "unformatted")))
        final_s += 0.06
    text = [heard[0].capitalize(), *heard[1:-1], heard[-1] + "."]
    found.append((final_s, _message(side, order, words, text, "formatted")))
    return found


def _message(
    side: Side, order: int, words: tuple[ReferenceWord, ...], texts: list[str], form: str
) -> dict[str, object]:
    text, spans = " ".join(texts), list(zip(texts, words, strict=False))
    if side == "baseline":
        listed = [
            {"text": t, "start": round(w.start_s * 1000), "end": round(w.end_s * 1000), "confidence": 0.9,
             "word_is_final": form != "partial" or place < len(texts) - 1}
            for place, (t, w) in enumerate(spans)
        ]  # fmt: skip
        final = form != "partial"
        return {"type": "Turn", "turn_order": order, "turn_is_formatted": form == "formatted", "end_of_turn": final,
                "transcript": text, "end_of_turn_confidence": 0.5, "words": listed}  # fmt: skip
    utterance = {
        "start": words[0].start_s, "end": spans[-1][1].end_s, "confidence": 0.9, "channel": 0, "text": text, "language": "en",
        "words": [{"word": f" {t}", "start": w.start_s, "end": w.end_s, "confidence": 0.9} for t, w in spans],
    }  # fmt: skip
    return {"type": "transcript", "session_id": "s", "created_at": "2026-01-01T00:00:00.000Z",
            "data": {"id": f"00-{order:08d}", "is_final": form != "partial", "utterance": utterance}}  # fmt: skip


def write_session(path: Path, clip: Clip, side: Side) -> None:
    """One timeline, as the recorder writes it."""
    draw = random.Random(f"{clip.clip_id}/{side}")
    samples = round(clip.duration_s * RATE_HZ)
    chunk = RATE_HZ * CHUNK_MS // 1000
    chunks = -(-(samples + round(TAIL_S * RATE_HZ)) // chunk)
    provider = "assemblyai" if side == "baseline" else "gladia"
    header = asdict(
        Header(
            clip.clip_id, side, provider, 1, AudioFormat("pcm_s16le", RATE_HZ, CHUNK_MS, chunk, chunks, samples),
            audio_sha256="0" * 64, params={"format_turns": True} if side == "baseline" else {},
            loop_lag_ms={"p50": 0.1, "p99": 1.0, "max": 3.0, "n": 3000},
        )
    )  # fmt: skip
    header["pass"] = header.pop("pass_number")
    events: list[tuple[int, dict[str, object]]] = [(-500_000_000, {"kind": "connect_started"}),
        (-200_000_000, {"kind": "connected", "http_post_ms": None, "ws_open_ms": 120.0})]  # fmt: skip
    for index in range(chunks):
        due_ns = (index + 1) * CHUNK_MS * 1_000_000
        sent_ns = due_ns + draw.randrange(100_000, 3_000_000)
        events.append(
            (sent_ns, {"kind": "audio", "index": index, "bytes": chunk * 2, "due_ns": due_ns, "sent_ns": sent_ns})
        )
    end_ns = chunks * CHUNK_MS * 1_000_000 + 4_000_000
    for at_s, message in frames(clip, side, draw):
        wire_ns = round(at_s * 1e9)
        handler_ns = wire_ns + draw.randrange(200_000, 2_000_000)
        raw = json.dumps(message, separators=(",", ":"))
        events.append(
            (wire_ns, {"kind": "frame", "wire_ns": wire_ns, "handler_ns": handler_ns, "raw": raw, "queued": 0})
        )
    events += [(end_ns, {"kind": "finish_sent"}), (end_ns + 90_000_000, {"kind": "closed", "code": 1000, "reason": ""})]
    events.sort(key=lambda event: event[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        file.write(json.dumps({"kind": "header", "schema": TIMELINE_SCHEMA, "t_ns": 0, **header}) + "\n")
        file.writelines(json.dumps({"t_ns": at_ns, **event}) + "\n" for at_ns, event in events)


def _write_clip(job: tuple[Path, Clip]) -> None:
    for side in SIDES:
        write_session(RunDir(job[0]).session_path(job[1].clip_id, side, 1), job[1], side)


def make_run(folder: Path, sessions: int, seconds: float, calls: int) -> None:
    """A run directory that was recorded, as far as scoring can tell."""
    run = RunDir(folder)
    clips = [clip_of(number, seconds, calls) for number in range(sessions // 2)]
    folder.mkdir(parents=True)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(_write_clip, [(folder, clip) for clip in clips], chunksize=16))
    run.write_clips(clips)
    planned = dict.fromkeys(SIDES, len(clips))
    run.write_run(
        {"schema": SCHEMA, "run_id": folder.name, "endpoint": "emulated", "config": Config().model_dump(mode="json"),
         "sessions": {"planned": planned, "recorded": planned}, "emulators": []}
    )  # fmt: skip


def measure(folder: Path) -> tuple[float, float, float]:
    """Seconds, seconds of CPU and peak megabytes of scoring in a process of its own; its children count as if all peaked at once."""
    began, cpu_s = time.perf_counter(), _cpu_of_children_s()
    done = subprocess.run([sys.executable, "-c", MEASURED, str(folder)], check=True, stdout=subprocess.PIPE, text=True)
    return time.perf_counter() - began, _cpu_of_children_s() - cpu_s, int(done.stdout) / 1024


def _cpu_of_children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print a line a size, and what 100,000 sessions would take if the two largest sizes lie on a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sessions", nargs="*", type=int, default=[1000])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--calls", type=int, help="statistical clusters; default: every clip is one")
    parser.add_argument("--keep", type=Path, help="where to leave the runs, and find those of an earlier time")
    options = parser.parse_args()
    found: list[tuple[int, float]] = []
    with tempfile.TemporaryDirectory() as temporary:
        base = options.keep or Path(temporary)
        for sessions in options.sessions:
            folder = base / f"run-{sessions}-{options.seconds:g}s-{options.calls or 'all'}"
            if not folder.exists():
                make_run(folder, sessions, options.seconds, options.calls or sessions)
            seconds, cpu_s, peak_mb = measure(folder)
            took = f"{seconds:6.1f} s ({cpu_s:.1f} s of CPU), {peak_mb:5.0f} MB"
            print(f"{sessions:7d} sessions of {options.seconds:g} s: {took}", flush=True)
            found.append((sessions, seconds))
    if len(found) > 1:
        (one, first_s), (other, last_s) = sorted(found)[-2:]
        slope = (last_s - first_s) / (other - one)
        print(f"100,000 sessions on that line: {last_s + slope * (100_000 - other):.0f} s")


if __name__ == "__main__":
    main()
