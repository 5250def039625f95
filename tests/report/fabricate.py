"""A run that never happened: every kind of clip the report must show, with texts that try to break out of it."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein

from harness.corpus.model import Clip, ReferenceWord, Utterance
from harness.metrics.conduct_totals import ConductTotals
from harness.metrics.scores import (
    ConductScore,
    EntityScore,
    FindingScore,
    Scores,
    SegmentScore,
    SessionScore,
    TurnScore,
    UtteranceScore,
    WordScore,
)
from harness.metrics.word_counts import WordCounts
from harness.report.inputs import ClipAudio, ReportInput
from harness.timeline.conduct import conduct_of, note_message
from harness.timeline.events import SIDES, AudioFormat, Frame, Header, Side, Timeline
from harness.timeline.segments import FoldedSession, Segment, Update, Violation
from harness.verdict.judge import judge, verdict_json
from harness.verdict.rules import GateSettings
from harness.verdict.summary import summarise

RATE_HZ = 16_000
INFINITY = float("inf")
HOSTILE = "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=2>"
HOSTILE_NAME = "a\"b<i>'&amp; ../../étude %2e#clip=x"
VOCABULARY = [
    "i",
    "need",
    "to",
    "change",
    "the",
    "flight",
    "to",
    "boston",
    "on",
    "friday",
    "because",
    "my",
    "meeting",
    "was",
    "moved",
    "and",
    "the",
    "hotel",
    "is",
    "already",
    "paid",
    "for",
    "could",
    "you",
    "tell",
    "me",
    "what",
    "it",
    "costs",
    "to",
    "take",
    "the",
    "early",
    "one",
    "instead",
    "and",
    "whether",
    "the",
    "bags",
    "stay",
    "included",
    "thank",
    "you",
]
MISHEARD = {"flight": "fright", "boston": "austin", "costs": "cost", "bags": "backs", "friday": "fried day"}
PROVIDERS = {"baseline": "assemblyai", "candidate": "gladia"}
_WORD = {"start": 120, "end": 480, "confidence": 0.9}
MESSAGES: dict[Side, tuple[dict[str, Any], ...]] = {
    "baseline": (
        {"type": "Begin", "id": "5d", "expires_at": 1_770_000_000},
        {"type": "Turn", "turn_order": 0, "end_of_turn": True, "turn_is_formatted": True, "end_of_turn_confidence": 0.8,
         "transcript": "Hi.", "words": [{"text": "Hi.", "word_is_final": True, **_WORD}]},
        {"type": "Termination", "audio_duration_seconds": 9, "session_duration_seconds": 10},
    ),
    "candidate": (
        {"type": "speech_start", "session_id": "7a", "data": {"time": 0.12, "channel": 0}},
        {"type": "transcript", "session_id": "7a", "data": {"id": "00-00000000", "is_final": True, "utterance": {
            "text": " Hi.", "words": [{"word": " Hi.", **_WORD, "start": 0.12}], "language": "en", HOSTILE: HOSTILE}}},
        {"type": HOSTILE},
    ),
}  # fmt: skip
"""What a session of each side sends in raw."""

FORMAT = AudioFormat("pcm_s16le", RATE_HZ, 100, 1600, 0, 0)


@dataclass
class Run:
    """Tables that grow clip by clip."""

    clips: list[Clip] = field(default_factory=list)
    sessions: list[SessionScore] = field(default_factory=list)
    utterances: list[UtteranceScore] = field(default_factory=list)
    turns: list[TurnScore] = field(default_factory=list)
    segments: list[SegmentScore] = field(default_factory=list)
    words: list[WordScore] = field(default_factory=list)
    folded: dict[tuple[str, Side, int], FoldedSession] = field(default_factory=dict)
    entities: list[EntityScore] = field(default_factory=list)

    def scores(self) -> Scores:
        """The tables in their contract's order."""
        return Scores(
            "whisper-english@0.1.12+0123456789ab", "gladia@0.5+ba9876543210", "wire",
            tuple(self.sessions), tuple(self.utterances), tuple(self.turns), tuple(self.segments), tuple(self.words), (), tuple(self.entities),
            findings=tuple(self._findings()), conduct=self._conduct(),
        )  # fmt: skip

    def _findings(self) -> Iterator[FindingScore]:
        for (clip_id, side, number), session in self.folded.items():
            for breach in session.violations:
                provider = PROVIDERS[side]
                yield FindingScore(
                    clip_id, side, provider, number, breach.kind, breach.key, breach.t_ns / 1e6, breach.detail
                )

    def _conduct(self) -> tuple[ConductScore, ...]:
        totals = ConductTotals()
        for row in self.sessions:
            session = self.folded[row.clip_id, row.side, 1]
            told: Counter[tuple[str, str]] = Counter()
            for message in MESSAGES[row.side]:
                note_message(told, str(message["type"]), message)
            totals.add([row], {row.side: conduct_of(session, told)})
        return totals.rows()


def fabricate(*, clips: int = 24, live: bool = False, judged: bool = True, hostile: bool = True) -> ReportInput:
    """Make up a run.

    Args:
        clips: Ordinary clips; special ones come on top if `hostile`.
        live: Whether it claims to have used the real services.
        judged: Whether there is a verdict.
        hostile: Whether hostile texts and extreme cases are among the clips.
    """
    draw = random.Random(7)
    run = Run()
    for number in range(clips):
        tags = (("noisy",) if number % 4 == 0 else ()) + ((f"accent={'scots' if number % 3 else 'us'}"),)
        _add(run, draw, f"call-{number:03}", turns=1 + number % 3, tags=tags, worse=draw.random() < 0.35)
    if hostile:
        _add(
            run,
            draw,
            HOSTILE_NAME,
            turns=1,
            tags=(HOSTILE, "emoji 🎧"),
            words=[HOSTILE, "שלום", "עולם", "👩‍👩‍👧", "ok"],
        )
        _add(run, draw, "failed-session", turns=2, fails=True)
        _add(run, draw, "harness-fault", turns=1, valid=False)
        _add(run, draw, "no-audio-copy", turns=1, copy_audio=False)
        _add(run, draw, "very-long", turns=14, tags=("long",))
        _add(run, draw, "nothing-heard", turns=1, silent=True)
        _add(run, draw, "late-speech", turns=2, onset_s=20.6)
        run.clips.append(_clip("never-recorded", "call-x", [], 2.0, copy_audio=True))
    scores = run.scores()
    settings = GateSettings(resamples=999)
    planned = {side: len(run.clips) for side in SIDES}
    verdict = judge(scores, settings, run_valid=True, invalid_reason=None, emulated=not live, run_id="synthetic")
    endpoint = "live" if live else "emulated"
    return ReportInput(
        run=_document(run, endpoint),
        clips=run.clips,
        scores=scores,
        sessions=lambda clip, side, number: run.folded.get((clip, side, number)),
        summary=summarise(scores, settings, run_id="synthetic", endpoint=endpoint, planned=planned),
        verdict=verdict_json(verdict) if judged else None,
        audio=_audio,
        timeline=lambda clip, side, number: _timeline(run.folded.get((clip, side, number))),
    )


def _timeline(folded: FoldedSession | None) -> Timeline | None:
    """The frames behind a session's updates, the application a millisecond later; one of them is no JSON."""
    if folded is None:
        return None
    updates = [update for segment in folded.segments for update in segment.updates]
    frames = [
        Frame(
            update.wire_ns,
            update.wire_ns,
            update.wire_ns + 1_000_000,
            json.dumps({"type": update.kind, "text": update.text}),
        )
        for update in updates
    ]
    return Timeline(folded.header, (*frames, Frame(9_000_000_000, 9_000_000_000, None, HOSTILE)))


def _document(run: Run, endpoint: str) -> dict[str, Any]:
    recorded = {side: sum(session.side == side for session in run.sessions) for side in SIDES}
    return {
        "schema": "harness.run/1",
        "run_id": "20260131-093000-synthetic",
        "endpoint": endpoint,
        "state": "recorded",
        "created_at": "2026-01-31T09:30:00+00:00",
        "config": {
            "audio": {"encoding": "pcm_s16le", "sample_rate": RATE_HZ, "chunk_ms": 100, "trailing_silence_s": 3.0},
            "baseline": {
                "provider": "assemblyai", "host": "embedded emulator",
                "params_as_sent": {"speech_model": "universal-streaming-english", "format_turns": True, "sample_rate": RATE_HZ},
            },
            "candidate": {
                "provider": "gladia", "host": "embedded emulator",
                "params_as_sent": {"model": "solaria-1", "endpointing": 0.3, "messages_config": {"receive_partial_transcripts": True}},
            },
            "replay": {"pairs": 2, "passes": 1},
        },
        "provenance": {
            "python": "3.11.4", "packages": {"cutover-harness": "0.1.0"},
            "git": {"commit": "0123456789abcdef", "modified": True},
            "host": {"system": "Linux", "machine": "x86_64", "cpus": 2},
            "sdks": {"assemblyai": "assemblyai 1.8.2", "gladia": "gladiaio-sdk 2.2.0"},
            "corpus": {"name": "synthetic", "path": ".", "manifest_sha256": "ab" * 32, "clips": len(run.clips)},
        },
        "sessions": {"planned": {side: len(run.clips) for side in SIDES}, "recorded": recorded},
        "emulators": [{"decode_queue_ms": {"p99": 4.0}, "loop_lag_ms": {"p99": 2.0}}],
    }  # fmt: skip


def _add(
    run: Run, draw: random.Random, clip_id: str, *, turns: int, tags: tuple[str, ...] = (), worse: bool = False,
    words: list[str] | None = None, fails: bool = False, valid: bool = True, silent: bool = False, copy_audio: bool = True,
    onset_s: float = 0.6,
) -> None:  # fmt: skip
    utterances, cursor = [], onset_s
    for _ in range(turns):
        chosen = words or draw.sample(VOCABULARY, draw.randint(5, 12))
        timed = []
        for word in chosen:
            length = 0.12 + 0.045 * min(len(word), 9)
            timed.append(ReferenceWord(word, round(cursor, 3), round(cursor + length, 3)))
            cursor += length + 0.05
        utterances.append(
            Utterance(" ".join(chosen), timed[0].start_s, timed[-1].end_s, speaker="caller", words=tuple(timed))
        )
        cursor += 1.1
    clip = _clip(clip_id, clip_id, utterances, round(cursor, 3), tags=tags, copy_audio=copy_audio)
    run.clips.append(clip)
    _add_side(run, draw, clip, "baseline", delay=0.55, slip=0.04, valid=valid, silent=silent)
    _add_side(
        run,
        draw,
        clip,
        "candidate",
        delay=0.42,
        slip=0.22 if worse else 0.05,
        early=worse,
        fails=fails,
        valid=valid,
        silent=silent,
    )
    _mark_suspects(run, clip.clip_id)
    _add_entities(run, clip)
    texts = [session.text.lower().replace(".", "").split() for session in run.sessions[-2:]]
    differ = {"changed_words": Levenshtein.distance(*texts), "longer_words": max(map(len, texts))}
    run.sessions[-2:] = [replace(session, **differ) for session in run.sessions[-2:]]


def _mark_suspects(run: Run, clip_id: str) -> None:
    """Mark what both sides did alike."""
    own = [place for place, row in enumerate(run.words) if row.clip_id == clip_id and row.op in {"replace", "delete"}]
    keys = Counter((run.words[place].reference_start_s, run.words[place].hypothesis) for place in own)
    for place in own:
        row = run.words[place]
        if keys[row.reference_start_s, row.hypothesis] == len(SIDES):
            run.words[place] = replace(row, suspect=True)


def _add_entities(run: Run, clip: Clip) -> None:
    """Cities and days are entities."""
    named = {"boston": "city", "friday": "day", HOSTILE: HOSTILE_NAME}
    for side in SIDES:
        found = [row for row in run.words if (row.clip_id, row.side) == (clip.clip_id, side) and row.reference in named]
        for number, row in enumerate(found):
            run.entities.append(
                EntityScore(
                    clip.clip_id, clip.call_id, side, 1, number, row.utterance, named[row.reference or ""], row.reference or "",
                    row.hypothesis or "", located=True, hit=row.op == "equal",
                )
            )  # fmt: skip


def _clip(
    clip_id: str,
    call_id: str,
    utterances: list[Utterance],
    duration_s: float,
    *,
    tags: tuple[str, ...] = (),
    copy_audio: bool,
) -> Clip:
    text = " ".join(utterance.text or "" for utterance in utterances) or None
    return Clip(
        clip_id, clip_id, call_id, "wav/x.wav", 0, 1, duration_s, RATE_HZ, "en", "caller", tags, text, tuple(utterances), "words",
        "00", copy_audio,
    )  # fmt: skip


def _add_side(
    run: Run, draw: random.Random, clip: Clip, side: Side, *, delay: float, slip: float, early: bool = False, fails: bool = False,
    valid: bool = True, silent: bool = False,
) -> None:  # fmt: skip
    rows = _Rows(clip.clip_id, side)
    for index, utterance in enumerate(clip.utterances):
        dead = silent or (fails and index > 0)
        rows.add_turn(
            draw, utterance, index, delay=delay, slip=0.0 if silent else slip, early=early and index == 0, dead=dead
        )
    finish = round((clip.duration_s + 3.0) * 1e9)
    counts = rows.counts
    run.sessions.append(
        SessionScore(
            clip_id=clip.clip_id, call_id=clip.call_id, side=side, provider=PROVIDERS[side],
            pass_number=1, tags=clip.tags, language=clip.language, speaker=clip.speaker, duration_s=clip.duration_s, valid=valid,
            invalid_reason=None if valid else "lateness p99 31.0 ms exceeds 20 ms", succeeded=not fails,
            failure_reason="closed with code 1011" if fails else None, has_reference=True, words=counts, words_plain=counts,
            words_secondary=replace(counts, substitutions=0, hits=counts.hits + counts.substitutions), words_excl_suspect=counts,
            compound_errors=counts.errors,
            non_speech_insertions=0, open_tail_words=0, turns=0 if fails else len(clip.utterances),
            early_cut_turns=sum(turn.early_cuts > 0 for turn in rows.turns), segments=len(rows.segments), spurious_segments=0,
            partials=sum(row.partials for row in rows.segment_rows), erased_tokens=rows.erased, final_tokens=counts.hits + counts.substitutions,
            post_final_mutations=0, formatted_missing=0, session_init_ms=180.0 + draw.random() * 60, http_post_ms=None, ws_open_ms=60.0,
            flush_ms=None, close_ms=40.0, first_text_from_audio_start_ms=900.0, lateness_p50_ms=0.2, lateness_p99_ms=3.1,
            lateness_max_ms=8.0, sdk_overhead_p50_ms=0.4, sdk_overhead_p99_ms=1.9, reconnects=0, audio_sha256="cd" * 32,
            text=" ".join(row.text for row in rows.segment_rows),
        )
    )  # fmt: skip
    run.utterances += rows.utterances
    run.turns += rows.turns
    run.segments += rows.segment_rows
    run.words += _named(rows.words, fails=fails)
    violations = (Violation("duplicate_final", "0", 3_000_000_000, HOSTILE),) if "🎧" in " ".join(clip.tags) else ()
    errors = (("ConnectionClosed", HOSTILE),) if fails else ()
    run.folded[clip.clip_id, side, 1] = FoldedSession(
        Header(clip.clip_id, side, "assemblyai", 1, FORMAT, _began(len(run.folded) // 2)), tuple(rows.segments), violations, (), -300_000_000, -200_000_000,
        finish, finish + 40_000_000, 1000, errors, (), (),
    )  # fmt: skip


def _named(words: list[WordScore], *, fails: bool) -> list[WordScore]:
    """Errors with the first category that fits, as scoring has them; runs of deletions at the end are missing ends."""
    last = max((row.position for row in words if row.op != "delete"), default=-1)
    return [
        replace(
            row,
            category=None
            if row.op == "equal"
            else "failed_session"
            if fails
            else "tail"
            if row.position > last
            else "other",
        )
        for row in words
    ]


def _began(pair: int) -> str:
    """A pair every seven seconds."""
    return (datetime(2026, 1, 31, 9, 30, tzinfo=UTC) + timedelta(seconds=7 * pair)).isoformat()


class _Rows:
    """One session's rows, turn by turn."""

    def __init__(self, clip_id: str, side: Side) -> None:
        self.key = {"clip_id": clip_id, "side": side, "pass_number": 1}
        self.call = {"clip_id": clip_id, "call_id": clip_id, "side": side, "pass_number": 1}
        self.utterances: list[UtteranceScore] = []
        self.turns: list[TurnScore] = []
        self.segments: list[Segment] = []
        self.segment_rows: list[SegmentScore] = []
        self.words: list[WordScore] = []
        self.counts = WordCounts()
        self.erased = 0

    def add_turn(
        self,
        draw: random.Random,
        utterance: Utterance,
        index: int,
        *,
        delay: float,
        slip: float,
        early: bool,
        dead: bool,
    ) -> None:
        heard = [] if dead else [self._hear(draw, word, index, slip) for word in utterance.words]
        if dead:
            for word in utterance.words:
                self._step("delete", word.text, None, index, word)
        shown = [(word, text) for word, text in zip(utterance.words, heard, strict=False) if text]
        cut = len(shown) // 2 if early and len(shown) > 4 else 0
        parts = [shown[:cut], shown[cut:]] if cut else [shown]
        final_at = None
        for number, part in enumerate(part for part in parts if part):
            final_at = self._segment(draw, part, delay, cut_short=cut > 0 and number == 0)
        first = min((s.updates[0].wire_ns for s in self.segments[-len(parts) :]), default=0) / 1e9 if shown else None
        errors = sum(row.op != "equal" for row in self.words if row.utterance == index)
        self.utterances.append(
            UtteranceScore(
                **self.call, utterance=index, turn=index, start_s=utterance.start_s, end_s=utterance.end_s, time_source="words",
                text=utterance.text, reference_words=len(utterance.words), errors=errors,
                first_partial_ms=INFINITY if first is None else round((first - utterance.start_s) * 1000, 1),
                first_text_ms=INFINITY if first is None else round((first - utterance.start_s) * 1000, 1), false_start=False,
            )
        )  # fmt: skip
        late = INFINITY if final_at is None else round((final_at - utterance.end_s) * 1000, 1)
        self.turns.append(
            TurnScore(
                **self.call, turn=index, end_s=utterance.end_s, final_ms=late, endpoint_ms=late,
                end_class="missing" if dead else "ok", early_cuts=1 if cut else 0,
            )
        )  # fmt: skip

    def _hear(self, draw: random.Random, word: ReferenceWord, index: int, slip: float) -> str | None:
        luck = draw.random()
        if luck < slip / 3:
            self._step("delete", word.text, None, index, word)
            return None
        if luck < slip:
            wrong = MISHEARD.get(word.text, word.text + "s")
            self._step("replace", word.text, wrong, index, word)
            return wrong
        self._step("equal", word.text, word.text, index, word)
        if luck > 1 - slip / 4:
            self._step("insert", None, "uh", index, None)
        return word.text

    def _step(
        self, op: str, reference: str | None, hypothesis: str | None, index: int, word: ReferenceWord | None
    ) -> None:
        counted = {"equal": "hits", "replace": "substitutions", "delete": "deletions", "insert": "insertions"}[op]
        self.counts += WordCounts(**{counted: 1})
        self.words.append(
            WordScore(
                **self.key, position=len(self.words), op=op, reference=reference, hypothesis=hypothesis, utterance=index,
                segment=len(self.segments), reference_start_s=word.start_s if word else None,
                reference_end_s=word.end_s if word else None,
            )
        )  # fmt: skip

    def _segment(
        self, draw: random.Random, part: list[tuple[ReferenceWord, str]], delay: float, *, cut_short: bool
    ) -> float:
        number, updates, texts = len(self.segments), [], [text for _, text in part]
        for count in range(1, len(part) + 1, 2):
            at = part[count - 1][0].end_s + delay * (0.6 + 0.3 * draw.random())
            text = " ".join(texts[:count])
            if count > 2 and draw.random() < 0.25:
                text = " ".join([*texts[: count - 2], "maybe", texts[count - 1]])
                self.erased += 1
            updates.append(Update(str(number), round(at * 1e9), None, "partial", text))
        at = part[-1][0].end_s + (0.25 if cut_short else delay + 0.3 * draw.random())
        at = max(at, updates[-1].wire_ns / 1e9 + 0.02)
        final = " ".join(texts).capitalize() + "."
        if self.key["side"] == "baseline":
            updates.append(Update(str(number), round((at - 0.01) * 1e9), None, "final_unformatted", " ".join(texts)))
            at += 0.12
        updates.append(Update(str(number), round(at * 1e9), None, "final_formatted", final))
        endpoint = next(update.wire_ns for update in updates if update.kind != "partial") / 1e6
        self.segments.append(Segment(str(number), tuple(updates), "natural", None, None))
        self.segment_rows.append(
            SegmentScore(
                **self.key, segment=number, key=str(number), closed_by="natural", first_update_ms=updates[0].wire_ns / 1e6,
                endpoint_at_ms=round(endpoint, 1), consumed_at_ms=round(at * 1000, 1), start_ms=None, end_ms=None, partials=len(updates) - 1,
                tokens=len(texts), erased_tokens=0, role="early_cut" if cut_short else "boundary", text=final,
            )
        )  # fmt: skip
        return at


def _audio(clip: Clip) -> ClipAudio | None:
    """Noise bursts under the words, silence between them."""
    samples = np.zeros(round(clip.duration_s * RATE_HZ), np.float64)
    noise = np.random.default_rng(3)
    for utterance in clip.utterances:
        for word in utterance.words:
            start, stop = round(word.start_s * RATE_HZ), round(word.end_s * RATE_HZ)
            envelope = np.hanning(stop - start) * (0.25 + 0.5 * noise.random())
            samples[start:stop] = noise.normal(0, 0.3, stop - start) * envelope
    return ClipAudio((np.clip(samples + noise.normal(0, 0.002, len(samples)), -1, 1) * 32000).astype(np.int16), RATE_HZ)
