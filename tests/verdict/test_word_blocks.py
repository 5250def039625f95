from dataclasses import replace

import pytest
from builders import clip, timeline, transcript, turn, utterance
from synthetic import session

from harness.corpus.model import Entity
from harness.metrics.score import ScoreSettings, score_run
from harness.metrics.scores import EntityScore, Scores, WordScore
from harness.metrics.word_counts import WordCounts
from harness.report.ruling import side_value
from harness.report.word_facts import word_facts
from harness.timeline.fold import fold
from harness.verdict.population import Population
from harness.verdict.rules import GateSettings
from harness.verdict.summary import summarise
from harness.verdict.word_blocks import (
    attribution_block,
    disagreement_blocks,
    entity_details,
    information_lost_block,
    suspects_block,
    time_excess,
)


def sides(a: str, b: str) -> dict:
    """Two sessions that delivered one final each."""
    return {
        "baseline": fold(timeline([turn(5.0, a, final=True, formatted=True)])),
        "candidate": fold(
            timeline([transcript(5.0, b, final=True, start_s=0.5, end_s=4.0)], side="candidate", provider="gladia")
        ),
    }


SAID = "please call ann lee at five today"
ANN = Entity(0, SAID.index("ann"), SAID.index(" at"), "name")


def summary(*texts: tuple[str, str], **changes: object) -> dict:
    """The metrics of a run of one clip, a pass for each pair of texts."""
    of = clip([utterance(SAID, 0.5, 4.0)], entities=(ANN,))
    scores = score_run([(of, sides(*pair), number) for number, pair in enumerate(texts, 1)], ScoreSettings())
    settings = GateSettings(**changes)
    counts = {"baseline": len(texts), "candidate": len(texts)}
    return summarise(scores, settings, run_id="r", endpoint="live", planned=counts)["metrics"]


@pytest.fixture(scope="module")
def metrics() -> dict:
    """The baseline errs once, the candidate lost the name and the end; both heard `nine`."""
    return summary(("please call ann leigh at nine today", "please call bob at nine"))


def test_categories_add_up_to_the_difference(metrics: dict):
    """Of the difference of two words in seven, one is in the name and one at the end; both sides' `nine` cancels out."""
    block = metrics["wer_attribution"]
    parts = {name: part["candidate_errors"] - part["baseline_errors"] for name, part in block["categories"].items()}
    assert {"entity": 1, "tail": 1} == {name: part for name, part in parts.items() if part}
    total = sum(part["value"] for part in block["categories"].values())
    assert metrics["wer"]["difference"]["value"] == pytest.approx(total, abs=1e-5)
    assert {"l1": 0.285714, "l2": 0.285714, "l3": 0.285714, "secondary": 0.285714} == block["memo"]


def test_words_that_make_up_the_difference_are_listed(metrics: dict):
    """What only one side got wrong, with how often either did."""
    listed = [
        (one["reference"], one["hypothesis"], one["baseline"], one["candidate"])
        for one in metrics["wer_attribution"]["words"]
    ]
    expected = [("ann", "bob", 0, 1), ("lee", None, 0, 1), ("lee", "leigh", 1, 0), ("today", None, 0, 1)]
    assert expected == listed


def test_entities_by_class(metrics: dict):
    """The miss rate has its classes, and says how many mentions the normaliser hides."""
    block = metrics["entity_miss_rate"]
    expected = {"value": 1.0, "misses": 1, "mentions": 1}
    assert {"baseline": expected, "candidate": expected} == block["classes"]["name"]
    assert (1, 1, 0) == tuple(block["candidate"][key] for key in ("misses", "mentions", "unlocatable"))


def test_suspect_references_are_listed(metrics: dict):
    """Both heard `nine`, so `five` may be wrong; and the rate without it is there."""
    block = metrics["suspect_references"]
    assert [("5", "9")] == [(one["reference"], one["hypothesis"]) for one in block["listed"]]
    assert (1, 6) == (block["value"], metrics["wer_excl_suspect"]["candidate"]["reference_words"])


def test_disagreement_ranks_clips_and_needs_a_second_pass_for_its_excess(metrics: dict):
    """Three of seven words differ; how many of them are chance is unknown."""
    block, excess = metrics["disagreement"], metrics["excess_disagreement"]
    assert (0.428571, 3, 7) == (block["value"], block["changed_words"], block["longer_words"])
    assert [("clip", 1, 3)] == [(one["clip_id"], one["pass"], one["changed_words"]) for one in block["most"]]
    assert (None, "the baseline was recorded once") == (excess["value"], excess["reason"])
    twice = summary(("a b c d", "a b x y"), ("a b c e", "a b c e"))
    assert (0.25, 0.25) == (twice["disagreement"]["value"], twice["disagreement"]["repeats"]["baseline"]["value"])
    assert (0.0, 8) == (
        twice["excess_disagreement"]["value"],
        twice["excess_disagreement"]["disagreement"]["longer_words"],
    )


def test_word_information_lost_is_pooled():
    """The example of the methodology: one of four words right, of four delivered (8.5); nothing said is no value."""
    words = WordCounts(hits=1, substitutions=3, insertions=1)
    rows = tuple(replace(session("a", side), words=words) for side in ("baseline", "candidate"))
    block = information_lost_block(Population.of(Scores("n", None, "wire", rows, (), (), (), (), ())))
    assert {"value": 0.95, "hits": 1, "reference_words": 4, "delivered_words": 5} == block["baseline"]
    assert (0.0, "depends on how ties are aligned") == (block["difference"]["value"], block["difference"]["reason"])
    empty = information_lost_block(Population.of(Scores("n", None, "wire", (), (), (), (), (), ())))
    assert (None, "no reference_words") == (empty["baseline"]["value"], empty["baseline"]["reason"])


def test_words_at_the_wrong_time_are_warned_of():
    """A side of which `tcwer` exceeds `wer` by more than half a point in the same sessions; the report says so too."""

    def sides_of(errors: int, clip_id: str = "a", **changes: object):
        return [
            session(clip_id, side, errors=5, reference_words=1000, time_constrained_errors=more, **changes)
            for side, more in (("baseline", 10), ("candidate", errors))
        ]

    untimed = [replace(row, time_constrained_errors=None) for row in sides_of(11, "b")]
    rows = (*sides_of(11), *untimed, *sides_of(900, "c", valid=False))
    counts = {"baseline": 3, "candidate": 3}
    block = summarise(
        Scores("n", None, "wire", rows, (), (), (), (), ()), GateSettings(), run_id="r", endpoint="live", planned=counts
    )["metrics"]["tcwer"]
    warning = "0.6 pp above wer: times of words are off, not the words"
    assert (0.005, None) == (block["baseline"]["above_wer"], block["baseline"].get("warning"))
    assert (0.006, warning) == (block["candidate"]["above_wer"], block["candidate"]["warning"])
    assert f"11 of 1,000 words, warning: {warning}" == side_value(block["candidate"], None, "percent")[1]


def test_nothing_said_has_no_attribution_and_no_disagreement():
    """What does not exist is null, with a reason."""
    scores = Scores("n", None, "wire", (), (), (), (), (), ())
    counts = {"baseline": 0, "candidate": 0}
    found = summarise(scores, GateSettings(), run_id="r", endpoint="live", planned=counts)["metrics"]
    assert ("no reference_words", None) == (
        found["wer_attribution"]["reason"],
        found["wer_attribution"]["categories"]["other"]["value"],
    )
    assert (None, "no two texts to compare") == (found["disagreement"]["value"], found["disagreement"]["reason"])
    assert "keyword_recall" not in found


def test_report_says_how_far_the_texts_differ(metrics: dict):
    """Beside the error rates, and not at all where the summary does not say."""
    facts = dict(word_facts({"metrics": metrics}))
    assert "42.9\N{NO-BREAK SPACE}%" == facts["Words that differ between both"]
    assert [] == word_facts({})


def pairs(*changes: tuple[dict, dict], **both: object) -> Population:
    """A clip for each pair of changes."""
    rows = [
        session(f"c{number}", side, **both, **own)
        for number, sides_own in enumerate(changes)
        for side, own in zip(("baseline", "candidate"), sides_own, strict=True)
    ]
    return Population.of(Scores("n", None, "wire", tuple(rows), (), (), (), (), ()))


def test_entities_are_told_by_class_and_side():
    """A class that only one side was asked for has no rate on the other; what can't be located is counted by side."""
    rows = [
        EntityScore("a", "a", side, 1, 0, 0, kind, "x", "y", located, hit)
        for side, kind, located, hit in (
            ("baseline", "name", True, True), ("baseline", "name", False, False), ("candidate", "name", True, False),
            ("candidate", "date", False, True), ("candidate", "date", False, True),
        )
    ]  # fmt: skip
    found = entity_details(iter(rows))

    assert ({"unlocatable": 1}, {"unlocatable": 2}) == (found["baseline"], found["candidate"])
    assert {
        "date": {
            "baseline": {"value": None, "reason": "no mentions", "misses": 0, "mentions": 0},
            "candidate": {"value": 0.0, "misses": 0, "mentions": 2},
        },
        "name": {
            "baseline": {"value": 0.5, "misses": 1, "mentions": 2}, "candidate": {"value": 1.0, "misses": 1, "mentions": 1},
        },
    } == found["classes"]  # fmt: skip
    assert ["date", "name"] == list(found["classes"])


def word(
    side: str,
    said: str | None,
    heard: str | None,
    *,
    clip_id: str = "c0",
    category: str | None = "other",
    suspect: bool = False,
):
    return WordScore(clip_id, side, 1, 0, "replace", said, heard, 0, 0, None, None, category, suspect)


def test_words_are_ranked_by_how_much_more_often_one_side_errs():
    """Then by what was said and heard; what both err in alike is not listed, nor words that are right or of other pairs."""
    steps = [
        *[word("candidate", "b", "x")] * 2, *[word("baseline", "c", "x")] * 3, word("candidate", "c", "x"), word("candidate", None, "z"),
        word("baseline", "a", None), word("candidate", "a", "y"), word("baseline", "d", "d"), word("candidate", "d", "d"),
        word("candidate", "e", "e", category=None), word("candidate", "f", "f", clip_id="gone"),
    ]  # fmt: skip
    found = attribution_block(pairs(({}, {}), reference_words=50), steps)

    assert [("b", "x", 0, 2), ("c", "x", 3, 1), (None, "z", 0, 1), ("a", None, 1, 0), ("a", "y", 0, 1)] == [
        tuple(one[key] for key in ("reference", "hypothesis", "baseline", "candidate")) for one in found["words"]
    ]
    other = {"value": 0.02, "baseline_errors": 5, "candidate_errors": 6}
    assert ("ratio", 50, other) == (found["unit"], found["reference_words"], found["categories"]["other"])
    many = [word("candidate", f"w{number:02}", None) for number in range(25)]
    assert [f"w{number:02}" for number in range(20)] == [
        one["reference"] for one in attribution_block(pairs(({}, {})), many)["words"]
    ]


def test_the_memo_compares_other_layers():
    """Over the same reference; a language that the second normaliser lacks on a side is left out of its figure."""
    plain, right = WordCounts(hits=45, substitutions=5), WordCounts(hits=50)
    found = attribution_block(
        pairs(
            (
                {"words_plain": right, "compound_errors": 1},
                {"words_plain": plain, "compound_errors": 3, "words_secondary": None},
            ),
            ({"words_plain": right}, {"words_plain": right, "words_secondary": plain}),
            reference_words=50,
        ),
        (),
    )

    assert {"l1": 0.05, "l2": 0.0, "l3": 0.02, "secondary": 0.1} == found["memo"]


def test_suspects_are_counted_once():
    """By the baseline's steps, as both sides do the same there; twenty are listed."""
    steps = [
        word(side, f"w{number:02}", "x", suspect=number != 3)
        for number in range(25)
        for side in ("baseline", "candidate")
    ]
    found = suspects_block(pairs(({}, {})), [*steps, word("baseline", "y", "x", clip_id="gone", suspect=True)])

    assert ("count", 24, 20) == (found["unit"], found["value"], len(found["listed"]))
    assert {"clip_id": "c0", "pass": 1, "reference": "w04", "hypothesis": "x"} == found["listed"][3]
    assert {"unit": "count", "value": None, "listed": [], "reason": "no sessions"} == suspects_block(pairs(), steps)


def test_clips_are_ranked_by_how_many_words_differ():
    """Then by name; a pair without texts is none of them; with further passes, by how far each side differs from itself."""
    of = {"longer_words": 10}
    population = pairs(
        *(
            ({"changed_words": changed, **of, "repeat_changed_words": repeat, "repeat_longer_words": 8}, {})
            for changed, repeat in ((1, 2), (3, None), (1, 0), (None, None))
        )
    )
    found = disagreement_blocks(population)
    block, excess = found["disagreement"], found["excess_disagreement"]

    assert [("c1", 1, 3, 10), ("c0", 1, 1, 10), ("c2", 1, 1, 10)] == [tuple(one.values()) for one in block["most"]]
    assert ["clip_id", "pass", "changed_words", "longer_words"] == list(block["most"][0])
    assert ("ratio", 0.166667, 5, 30, 3) == tuple(
        block[key] for key in ("unit", "value", "changed_words", "longer_words", "calls")
    )
    assert {"value": 0.125, "changed_words": 2, "longer_words": 16} == block["repeats"]["baseline"]
    assert {"value": None, "changed_words": 0, "longer_words": 0, "reason": "no two texts to compare"} == block[
        "repeats"
    ]["candidate"]
    assert ("ratio", 0.0416667) == (excess["unit"], excess["value"])
    assert (0.166667, 0.125) == (excess["disagreement"]["value"], excess["baseline_repeats"]["value"])
    silent = disagreement_blocks(pairs(({"changed_words": 0, "longer_words": 0}, {})))
    assert (0.0, "the baseline was recorded once") == (
        silent["disagreement"]["value"],
        silent["excess_disagreement"]["reason"],
    )


def test_half_a_point_above_the_error_rate_is_no_warning():
    """A tenth more is; without words in time on both sides there is nothing to compare."""
    rows = ({"errors": 5, "time_constrained_errors": 10}, {"errors": 5, "time_constrained_errors": 11})
    found = time_excess(pairs(rows, ({}, {"time_constrained_errors": 9}), reference_words=1000))

    warning = "0.6 pp above wer: times of words are off, not the words"
    assert {"baseline": {"above_wer": 0.005}, "candidate": {"above_wer": 0.006, "warning": warning}} == found
    assert {"baseline": {"above_wer": None}, "candidate": {"above_wer": None}} == time_excess(pairs(({}, {})))


def test_information_is_lost_on_each_side():
    """And the difference is told without an interval, of so many calls."""
    words = {"words": WordCounts(hits=1, substitutions=3, insertions=1)}
    found = information_lost_block(pairs((words, {"words": WordCounts(hits=4)})))

    assert {"value": 0.0, "hits": 4, "reference_words": 4, "delivered_words": 4} == found["candidate"]
    assert {
        "value": -0.95,
        "low": None,
        "high": None,
        "reason": "depends on how ties are aligned",
        "calls": 1,
    } == found["difference"]
    nothing = information_lost_block(pairs())
    assert ("ratio", {"value": None, "low": None, "high": None, "reason": "no reference_words", "calls": 0}) == (
        nothing["unit"],
        nothing["difference"],
    )
