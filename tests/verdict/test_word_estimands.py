from dataclasses import replace

import pytest
from synthetic import session, utterance

from harness.metrics.scores import KeywordScore, Scores, SessionScore
from harness.metrics.word_counts import WordCounts
from harness.report.glossary import TERMS
from harness.verdict.metric_blocks import ratio_block
from harness.verdict.population import Population
from harness.verdict.word_estimands import WORD_RATIOS, keyword_ratios

ONE, TWO = WordCounts(hits=8, substitutions=1, deletions=1, insertions=2), WordCounts(hits=10)
PARTS = {"words": ONE, "words_plain": ONE, "words_raw": ONE, "words_excl_suspect": ONE, "words_other_tail": ONE}


def of(*sessions: SessionScore, utterances: tuple = ()) -> Population:
    """The population of these sessions' pairs."""
    return Population.of(Scores("n", None, "wire", sessions, utterances, (), (), (), ()))


def side(name: str, population: Population, which: str = "baseline") -> dict:
    """One side of a metric's block."""
    [ratio] = [ratio for ratio in WORD_RATIOS if ratio.name == name]
    return ratio_block(ratio, population, None)[which]


def test_every_ratio_is_explained():
    """No metric of the report stands without a definition."""
    names = [ratio.name for ratio in (*WORD_RATIOS, *keyword_ratios(()))]
    assert [] == [name for name in names if name not in TERMS]


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("wer_l3", {"compound_errors": 3}, {"value": 0.3, "errors": 3, "reference_words": 10}),
        ("wer_l1", {}, {"value": 0.4, "errors": 4, "reference_words": 10}),
        ("fwer", {}, {"value": 0.4, "errors": 4, "reference_words": 10}),
        ("wer_excl_suspect", {}, {"value": 0.4, "errors": 4, "reference_words": 10}),
        ("tcwer", {"time_constrained_errors": 6}, {"value": 0.6, "errors": 6, "reference_words": 10}),
        ("mer", {}, {"value": 0.333333, "errors": 4, "aligned_positions": 12}),
        ("cer", {"characters": WordCounts(39, 1)}, {"value": 0.025, "errors": 1, "reference_characters": 40}),
        ("casing_error_rate", {"casing_errors": 2}, {"value": 0.25, "errors": 2, "right_words": 8}),
        (
            "punctuation_error_rate",
            {"punctuation": WordCounts(1, 1, 1, 0)},
            {"value": 0.666667, "errors": 2, "marks": 3},
        ),
        ("dropouts_per_hour", {"dropouts": 2}, {"value": 120.0, "dropouts": 2, "audio_h": 0.0166667}),
        ("insertion_bursts_per_hour", {"insertion_bursts": 1}, {"value": 60.0, "insertion_bursts": 1}),
    ],
)
def test_ratios_of_sessions(name: str, changes: dict, expected: dict):
    """Each ratio has its own events and trials, from the columns that hold them."""
    row = replace(session(), **(PARTS | changes))
    other = replace(session(side="candidate"), **(PARTS | changes), duration_s=60.0)
    found = side(name, of(row, other))
    assert expected == {key: found[key] for key in expected}


def test_conditional_rate_is_of_pairs_in_which_both_succeeded():
    """A failed session's missing words weigh on the rate as delivered, and not on this one."""
    pairs = [session("a"), session("a", "candidate", errors=5)]
    pairs += [session("b"), session("b", "candidate", errors=100, succeeded=False, failure_reason="boom")]
    assert (5, 100) == tuple(
        side("wer_conditional", of(*pairs), "candidate")[key] for key in ("errors", "reference_words")
    )


def test_sessions_without_a_count_on_both_sides_are_left_out():
    """A side without times has no rate at the right time, and neither has its partner."""
    rows = [replace(session("a", name), time_constrained_errors=1) for name in ("baseline", "candidate")]
    rows += [replace(session("b"), time_constrained_errors=50), session("b", "candidate")]
    assert {"value": 0.01, "errors": 1, "reference_words": 100} == side("tcwer", of(*rows))


@pytest.mark.parametrize(
    ("errors_and_words", "pooled", "mean", "perfect"),
    [([(1, 1), (0, 9)], 0.1, 0.5, 0.5), ([(1, 1), (0, 9), (2, 4), (0, 0)], 0.214286, 0.5, 0.333333)],
)
def test_utterances_weigh_alike_in_their_mean(errors_and_words: list, pooled: float, mean: float, perfect: float):
    """A short wrong utterance weighs little in the pooled rate and half in the mean (8.5); one without words has no weight."""
    rows = tuple(
        replace(utterance("a", name, index), errors=errors, reference_words=words)
        for name in ("baseline", "candidate")
        for index, (errors, words) in enumerate(errors_and_words)
    )
    errors, words = (sum(column) for column in zip(*errors_and_words, strict=True))
    sessions = [session("a", name, errors=errors, reference_words=words) for name in ("baseline", "candidate")]
    population = of(*sessions, utterances=rows)
    names = ("wer_conditional", "wer_mean_utterance", "perfect_utterance_rate")
    assert [pooled, mean, perfect] == [side(name, population)["value"] for name in names]
    assert sum(count > 0 for _, count in errors_and_words) == side("wer_mean_utterance", population)["utterances"]


def test_keywords_are_counted_call_by_call():
    """Said in one clip and heard in another of the same call it is found; in another call it is not."""

    def rows(clip: str, call: str, said: int, heard: int) -> list[KeywordScore]:
        names = ("baseline", "candidate")
        return [KeywordScore(clip, call, name, 1, "ann", said, heard if name == "baseline" else 0) for name in names]

    keywords = [*rows("a", "one", 2, 0), *rows("b", "one", 0, 1), *rows("c", "two", 0, 3)]
    blocks = {ratio.name: ratio_block(ratio, of(), None) for ratio in keyword_ratios(keywords)}
    assert {"value": 0.5, "found": 1, "said": 2} == blocks["keyword_recall"]["baseline"]
    assert {"value": 0.25, "found": 1, "delivered": 4} == blocks["keyword_precision"]["baseline"]
    assert {"value": 0.333333, "found_twice": 2, "said_and_delivered": 6} == blocks["keyword_f1"]["baseline"]
    nothing = {"value": None, "reason": "no delivered", "found": 0, "delivered": 0}
    assert nothing == blocks["keyword_precision"]["candidate"]
