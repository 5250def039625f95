from dataclasses import replace

import pytest
from builders import clip, timeline, transcript, turn, utterance
from synthetic import session

from harness.corpus.model import Entity
from harness.metrics.score import ScoreSettings, score_run
from harness.metrics.scores import Scores
from harness.metrics.word_counts import WordCounts
from harness.report.ruling import side_value
from harness.report.word_facts import word_facts
from harness.timeline.fold import fold
from harness.verdict.population import Population
from harness.verdict.rules import GateSettings
from harness.verdict.summary import summarise
from harness.verdict.word_blocks import information_lost_block


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
