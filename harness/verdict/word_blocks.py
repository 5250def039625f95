"""What `summary.json` says about words that is no plain ratio: classes of entities and of errors, disagreement, suspects."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, get_args

from harness.metrics.scores import EntityScore, ErrorCategory, SessionScore, WordScore
from harness.metrics.word_counts import WordCounts
from harness.metrics.words import word_information_lost
from harness.verdict.json_numbers import count_number, ratio_number
from harness.verdict.population import SIDES, PairKey, Population, SessionPair

Json = dict[str, Any]

MOST_ABOVE_WER = 0.005
"""A `tcwer` further above `wer` is marked."""

_LISTED = 20
_CATEGORIES: tuple[ErrorCategory, ...] = get_args(ErrorCategory)
_NO_INTERVAL = "depends on how ties are aligned"


def information_lost_block(population: Population) -> Json:
    """Word information lost, 1 - (H/N)(H/P), pooled (Morris, Maier & Green 2004)."""
    pairs = population.with_words
    sides = {
        side: _information_lost(sum((getattr(pair, side).words for pair in pairs), WordCounts())) for side in SIDES
    }
    values = [sides[side]["value"] for side in SIDES]
    gap: Json = {"value": None if None in values else ratio_number(values[1] - values[0]), "low": None, "high": None}
    gap["reason"] = "no reference_words" if gap["value"] is None else _NO_INTERVAL
    return {"unit": "ratio", **sides, "difference": gap | {"calls": len({pair.baseline.call_id for pair in pairs})}}


def _information_lost(words: WordCounts) -> Json:
    delivered = words.hits + words.substitutions + words.insertions
    counts = {"hits": words.hits, "reference_words": words.reference_words, "delivered_words": delivered}
    lost = word_information_lost(words)
    if lost is None:
        return {"value": None, "reason": "no reference_words", **counts}
    return {"value": ratio_number(lost), **counts}


def entity_details(entities: Iterable[EntityScore]) -> dict[str, Json]:
    """What is added to `entity_miss_rate`: the mentions that can't be located, and each class on its own."""
    rows = tuple(entities)
    return {
        "baseline": {"unlocatable": sum(row.side == "baseline" and not row.located for row in rows)},
        "candidate": {"unlocatable": sum(row.side == "candidate" and not row.located for row in rows)},
        "classes": {
            name: {
                side: _misses([row for row in rows if (row.entity_class, row.side) == (name, side)]) for side in SIDES
            }
            for name in sorted({row.entity_class for row in rows})
        },
    }


def _misses(rows: Sequence[EntityScore]) -> Json:
    misses = sum(not row.hit for row in rows)
    if not rows:
        return {"value": None, "reason": "no mentions", "misses": 0, "mentions": 0}
    return {"value": ratio_number(misses / len(rows)), "misses": misses, "mentions": len(rows)}


def attribution_block(population: Population, words: Iterable[WordScore]) -> Json:
    """What the difference of the word error rates is made of: by category, which add up to it, and by word.

    `memo` holds the difference under other layers and the second normaliser, outside the sum.
    """
    pairs = population.with_words
    keys = {pair.key for pair in pairs}
    by_category: dict[str, Counter[str]] = {side: Counter() for side in SIDES}
    by_word: dict[str, Counter[tuple[str | None, str | None]]] = {side: Counter() for side in SIDES}
    for step in words:
        if step.category is not None and (step.clip_id, step.pass_number) in keys:
            by_category[step.side][step.category] += 1
            by_word[step.side][step.reference, step.hypothesis] += 1
    total = sum(pair.baseline.words.reference_words for pair in pairs)
    block: Json = {
        "unit": "ratio",
        "reference_words": total,
        "categories": {
            name: _part(by_category["baseline"][name], by_category["candidate"][name], total) for name in _CATEGORIES
        },
        "words": _changed_words(by_word["baseline"], by_word["candidate"]),
        "memo": _memo(pairs),
    }
    return block if total else block | {"reason": "no reference_words"}


def _part(baseline: int, candidate: int, total: int) -> Json:
    value = ratio_number((candidate - baseline) / total) if total else None
    return {"value": value, "baseline_errors": baseline, "candidate_errors": candidate}


def _changed_words(
    baseline: Counter[tuple[str | None, str | None]], candidate: Counter[tuple[str | None, str | None]]
) -> list[Json]:
    """The errors (said, delivered) of which one side makes more than the other, largest difference first."""
    keys = sorted(
        (key for key in baseline.keys() | candidate.keys() if baseline[key] != candidate[key]),
        key=lambda key: (-abs(candidate[key] - baseline[key]), key[0] or "", key[1] or ""),
    )
    return [
        {"reference": said, "hypothesis": heard, "baseline": baseline[said, heard], "candidate": candidate[said, heard]}
        for said, heard in keys[:_LISTED]
    ]


def _memo(pairs: Sequence[SessionPair]) -> Json:
    second = [pair for pair in pairs if pair.baseline.words_secondary and pair.candidate.words_secondary]
    return {
        "l1": _difference(pairs, lambda session: session.words_plain),
        "l2": _difference(pairs, lambda session: session.words),
        "l3": _l3_difference(pairs),
        "secondary": _difference(second, lambda session: session.words_secondary or WordCounts()),
    }


def _difference(pairs: Sequence[SessionPair], counts: Any) -> Any:
    total = sum(counts(pair.baseline).reference_words for pair in pairs)
    change = sum(counts(pair.candidate).errors - counts(pair.baseline).errors for pair in pairs)
    return ratio_number(change / total) if total else None


def _l3_difference(pairs: Sequence[SessionPair]) -> Any:
    total = sum(pair.baseline.words.reference_words for pair in pairs)
    change = sum(pair.candidate.compound_errors - pair.baseline.compound_errors for pair in pairs)
    return ratio_number(change / total) if total else None


def disagreement_blocks(population: Population) -> dict[str, Json]:
    """How far both sides' texts differ, without a reference; the clips that differ most are worth listening to.

    With further passes there is also how far each side differs from itself, and the excess over the baseline's own.
    """
    pairs = [pair for pair in population.sessions if pair.baseline.changed_words is not None]
    block = _disagreement([(pair.baseline.changed_words, pair.baseline.longer_words) for pair in pairs])
    repeats = {
        side: _disagreement(
            [
                (session.repeat_changed_words, session.repeat_longer_words)
                for pair in population.sessions
                for session in (getattr(pair, side),)
                if session.repeat_changed_words is not None
            ]
        )
        for side in SIDES
    }
    noise = repeats["baseline"]
    excess: Json = {"unit": "ratio", "value": None, "disagreement": block, "baseline_repeats": noise}
    if noise["value"] is None:
        excess["reason"] = "the baseline was recorded once"
    elif block["value"] is None:
        excess["reason"] = block["reason"]
    else:
        excess["value"] = ratio_number(_share_changed(block) - _share_changed(noise))
    ranked = sorted(pairs, key=lambda pair: (-(pair.baseline.changed_words or 0), pair.key))
    return {
        "disagreement": {"unit": "ratio"}
        | block
        | {
            "calls": len({pair.baseline.call_id for pair in pairs}),
            "repeats": repeats,
            "most": [_ranked(pair) for pair in ranked[:_LISTED]],
        },
        "excess_disagreement": excess,
    }


def _ranked(pair: SessionPair) -> Json:
    session: SessionScore = pair.baseline
    return {
        "clip_id": session.clip_id,
        "pass": session.pass_number,
        "changed_words": session.changed_words,
        "longer_words": session.longer_words,
    }


def _disagreement(figures: Iterable[tuple[int | None, int | None]]) -> Json:
    known = [(changed or 0, longer or 0) for changed, longer in figures]
    changed, longer = sum(one for one, _ in known), sum(other for _, other in known)
    block: Json = {"value": None, "changed_words": count_number(changed), "longer_words": count_number(longer)}
    if not known:
        return block | {"reason": "no two texts to compare"}
    return block | {"value": ratio_number(_share_changed(block))}


def _share_changed(block: Json) -> float:
    return float(block["changed_words"] / block["longer_words"]) if block["longer_words"] else 0.0


def time_excess(population: Population) -> dict[str, Json]:
    """What is added to `tcwer`: by how much it exceeds the word error rate of the same sessions, and a warning if by much."""
    pairs = [
        pair
        for pair in population.with_words
        if None not in (pair.baseline.time_constrained_errors, pair.candidate.time_constrained_errors)
    ]
    return {side: _excess([getattr(pair, side) for pair in pairs]) for side in SIDES}


def _excess(sessions: Sequence[SessionScore]) -> Json:
    words = sum(session.words.reference_words for session in sessions)
    if not words:
        return {"above_wer": None}
    more = sum((session.time_constrained_errors or 0) - session.words.errors for session in sessions)
    block: Json = {"above_wer": ratio_number(more / words)}
    if more > MOST_ABOVE_WER * words:
        block["warning"] = f"{100 * more / words:.1f} pp above wer: times of words are off, not the words"
    return block


def suspects_block(population: Population, words: Iterable[WordScore]) -> Json:
    """The places where both sides do the same to the reference; the first are listed, `scores/words.csv` marks all."""
    keys: set[PairKey] = {pair.key for pair in population.sessions}
    found = [
        step for step in words if step.suspect and step.side == "baseline" and (step.clip_id, step.pass_number) in keys
    ]
    listed = [
        {"clip_id": step.clip_id, "pass": step.pass_number, "reference": step.reference, "hypothesis": step.hypothesis}
        for step in found[:_LISTED]
    ]
    block: Json = {"unit": "count", "value": len(found) if keys else None, "listed": listed}
    return block if keys else block | {"reason": "no sessions"}
