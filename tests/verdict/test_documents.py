"""No word and no number of the verdict's documents changes by accident: each is compared with the file beside this one.

    HARNESS_WRITE_GOLDEN=1 python -m pytest tests/verdict/test_documents.py

writes that file anew; the commit then shows what changed, and says why.
"""

import json
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import synthetic

from harness.metrics.scores import EntityScore, Scores
from harness.metrics.word_counts import WordCounts
from harness.verdict.approval import Approvals
from harness.verdict.judge import judge, verdict_json
from harness.verdict.looks import take_look
from harness.verdict.noise import noise_floor
from harness.verdict.noise_blocks import noise_block, noise_verdict
from harness.verdict.power import Trials
from harness.verdict.results import Against, InvalidReason, LastLook
from harness.verdict.rules import RULES, GateSettings
from harness.verdict.summary import summarise
from harness.verdict.validity import too_many_spoilt

FILE = Path(__file__).with_name("golden_documents.json")
SETTINGS = GateSettings(resamples=999, margins={"first_partial_p50": 90.0}, levels={"first_partial_p95": "off"})


def varied_run(calls: int = 24) -> Scores:
    """Two passes in which calls differ in all that slices are made of, and something is wrong in every way."""
    rng = np.random.default_rng(5)
    tables: dict[str, list] = {"sessions": [], "utterances": [], "turns": []}
    entities = []
    for call in range(calls):
        name = f"call-{call:02}"
        reference = int(rng.integers(60, 160))
        about = {
            "tags": (("noisy",), ("band=wide", "snr=7"))[call % 3 == 0], "language": ("en", "es")[call % 8 == 0],
            "speaker": None, "channel": None, "duration_s": 30.0 + 45 * (call % 2),
            "entity_mentions": 5, "time_hold_turns": 3, "holds": 4, "turns": 4, "loop_lag_p99_ms": 1.25, "loop_lag_max_ms": 4.0,
            "timed_reference_words": 50, "timed_right_words": 40, "changed_words": call % 5, "longer_words": 100,
        }  # fmt: skip
        for number in (1, 2):
            for side in synthetic.SIDES:
                worse = side == "candidate"
                words = int(rng.binomial(reference, 0.08 + 0.03 * worse))
                row = synthetic.session(
                    name, side, errors=words, reference_words=reference, pass_number=number, **about
                )
                other = WordCounts(hits=reference - words, substitutions=words - 1, deletions=1) if words else row.words
                row = replace(
                    row,
                    words_secondary=None if call % 8 == 0 else other,
                    succeeded=(call, side, number) != (3, "candidate", 1),
                    early_cut_turns=int(rng.binomial(4, 0.03 + 0.05 * worse)),
                    time_hold_turns_fired=int(rng.binomial(3, 0.1)),
                    entity_misses=int(rng.binomial(5, 0.2 + 0.1 * worse)),
                    erased_tokens=int(rng.integers(0, 20)),
                    post_final_mutations=int(worse and call == 7),
                    repeat_changed_words=call % 3 if number == 2 else None,
                    repeat_longer_words=100 if number == 2 else None,
                )
                tables["sessions"].append(row)
                for i in range(4):
                    partial, final = rng.normal(600 + 40 * worse, 60), rng.normal(700 + 100 * worse, 80)
                    late = float("inf") if worse and (call, i) in {(5, 1), (6, 2)} else final
                    tables["utterances"].append(
                        synthetic.utterance(
                            name, side, i, first_partial_ms=partial, first_text_ms=partial, pass_number=number
                        )
                    )
                    tables["turns"].append(
                        synthetic.turn(
                            name,
                            side,
                            i,
                            final_ms=late,
                            endpoint_ms=final,
                            pass_number=number,
                            end_class=("ok", "early", "late", "merged")[int(rng.integers(4))],
                        )
                    )
                entities.append(
                    EntityScore(
                        name,
                        name,
                        side,
                        number,
                        0,
                        0,
                        ("name", "date")[call % 2],
                        "ann",
                        "an",
                        call % 6 != 0,
                        not worse,
                    )
                )
    return replace(synthetic.scores(**tables), entities=tuple(entities))


@pytest.fixture(scope="module")
def run() -> Scores:
    """The run that most documents are about."""
    return varied_run()


def verdict(scores: Scores, settings: GateSettings = SETTINGS, **changes) -> dict:
    """`verdict.json` of a live run."""
    options = {"run_valid": True, "invalid_reason": None, "emulated": False, "run_id": "golden"} | changes
    return verdict_json(judge(scores, settings, **options))


def documents(scores: Scores) -> dict[str, dict]:
    """Every document, by name."""
    seen = replace(synthetic.APPROVED, value=0.05, low=0.04, high=0.06)
    approvals = Approvals(
        (
            seen, replace(seen, name="wer_rel", unit="relative", value=0.9, high=None), replace(seen, name="gone"),
            replace(seen, name="final_p50", unit="ms", value=200.0, low=-float("inf"), high=250.0, until=date(2026, 11, 2)),
            replace(seen, name="wer_abs[tag=noisy]", endpoint="emulated"),
        ),
        date(2026, 11, 25),
    )  # fmt: skip
    few = synthetic.run(3, missing=0.2)
    spoilt = [
        replace(
            row,
            valid=False,
            invalid_reason="baseline: send lateness reached 220.0 ms, limit 100 ms",
            lateness_max_ms=220.0,
        )
        if row.clip_id < "call-02"
        else row
        for row in scores.sessions
    ]
    spoilt_run = replace(scores, sessions=tuple(spoilt))
    reason = too_many_spoilt(spoilt_run, planned_pairs=48)
    floor = noise_floor(scores, SETTINGS)
    noise = noise_block(floor, scores)
    planned = {rule.metric: Trials((12,) * 96, passes=2) for rule in RULES}
    by_time = replace(SETTINGS, endpoint_source="time", slices="error")
    counts = {"baseline": 50, "candidate": 48}
    summary = summarise(
        scores, SETTINGS, run_id="golden", endpoint="live", planned=counts, reruns=2, throttled={"gladia": 1}
    )
    del summary["contract_diff"], summary["contract_violations"]
    del summary["metrics"]  # tests/test_golden.py has those
    summary["slices"] = {
        name: {**found, "metrics": list(found["metrics"])}
        for name, found in summary["slices"].items()
        if name in {"tag=noisy", "lang=es"}
    }
    quiet = replace(SETTINGS, slices="off")
    return {
        "verdict": verdict(scores, approvals=approvals),
        "by time, slices decide": verdict(scores, by_time, emulated=True, against=Against("b.json", "old", "2026-11-01")),
        "few calls": verdict(few, quiet),
        "early stop": verdict(scores, quiet, last_look=LastLook(2, 4, 24, 48)),
        "invalid": verdict(
            spoilt_run, quiet, run_valid=False, invalid_reason=reason.explanation,
            invalid_reasons=[reason, InvalidReason("incomplete", "2 sessions are missing")],
        ),
        "look": take_look(1, scores, SETTINGS, planned).as_dict(),
        "noise": noise | {"verdict": noise_verdict(noise)},
        "summary": summary,
    }  # fmt: skip


def test_no_document_changes(run: Scores):
    """A failure shows where the first document differs that does."""
    found = json.loads(json.dumps(documents(run), allow_nan=False))
    if os.environ.get("HARNESS_WRITE_GOLDEN"):
        FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    wanted = json.loads(FILE.read_text(encoding="utf-8"))
    assert list(wanted) == list(found)
    for name, document in found.items():
        assert changes(wanted[name], document, name) == []


def changes(old: object, new: object, path: str) -> list[str]:
    """One line a value that is not the same."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = dict.fromkeys([*old, *new])
        return [line for key in keys for line in changes(old.get(key), new.get(key), f"{path} / {key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [line for i, pair in enumerate(zip(old, new, strict=True)) for line in changes(*pair, f"{path} / {i}")]
    return [] if (type(old), old) == (type(new), new) else [f"{path}: {old!r} -> {new!r}"]
