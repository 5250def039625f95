import pytest
from builders import clip, frame, timeline, transcript, turn, utterance
from examples import flight_clip, hasty, patient
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.corpus.model import Entity
from harness.metrics.score import ScoreSettings, score_clip, score_run
from harness.metrics.scores import Scores
from harness.metrics.word_counts import WordCounts
from harness.timeline.fold import fold
from harness.verdict.population import Population
from harness.verdict.word_blocks import attribution_block

PLAIN = ScoreSettings(use_secondary=False)


def scored(of, a: str, b: str, **options):
    """Both sides' scores, each of one final; an empty text stands for none."""
    frames_a = [turn(5.0, a, final=True, formatted=True)] if a else []
    frames_b = [transcript(5.0, b, final=True, start_s=0.5, end_s=4.0)] if b else []
    sides = {
        "baseline": fold(timeline(frames_a)),
        "candidate": fold(timeline(frames_b, side="candidate", provider="gladia")),
    }
    return score_clip(of, sides, 1, ScoreSettings(**({"use_secondary": False} | options)))


def test_suspect_words_are_marked_on_both_sides_and_leave_the_row():
    """The steps stand in the words' table; the row has the counts without them (8.23)."""
    of = clip([utterance("send it to cathy today", 0.5, 4.0)])
    scores = scored(of, "send it to kathy today", "send it to kathy now")
    assert [(1, 5), (2, 5)] == [(row.words.errors, row.words.reference_words) for row in scores.sessions]
    without = [row.words_excl_suspect for row in scores.sessions]
    assert [WordCounts(hits=4), WordCounts(hits=3, substitutions=1)] == without
    assert ["cathy", "cathy"] == [row.reference for row in scores.words if row.suspect]


def test_a_failed_session_makes_no_reference_suspect():
    """Both delivered nothing, one of them because it broke off; each error of that one is its failure's."""
    of = clip([utterance("send it now", 0.5, 4.0)])
    dead = fold(timeline([frame(1.0, {"type": "error", "message": "boom"})], provider="gladia", side="candidate"))
    whole = fold(timeline([turn(5.0, "it", final=True, formatted=True)]))
    scores = score_clip(of, {"baseline": whole, "candidate": dead}, 1, PLAIN)
    assert not any(row.suspect for row in scores.words)
    assert ["other", None, "tail", *["failed_session"] * 3] == [row.category for row in scores.words]


def test_disagreement_needs_no_reference():
    """Three edits in four words between the two sides, in both rows (8.24)."""
    scores = scored(clip([utterance(None, 0.5, 4.0)]), "Book a table.", "book table for two")
    assert [(3, 4)] * 2 == [(row.changed_words, row.longer_words) for row in scores.sessions]
    alone = score_clip(flight_clip(), {"baseline": patient(), "candidate": None}, 1, PLAIN)
    assert [None] == [row.changed_words for row in alone.sessions]


def test_errors_near_an_early_cut():
    """The candidate closed the turn after `flight`, which ends at 1.6 s: `a` (0.9) and `to` (2.1) are near, `boston` is not."""
    frames = [
        transcript(1.95, "i need the flight", key="a", final=True, start_s=0.5, end_s=1.6),
        transcript(5.05, "too boston leaving on monday", key="b", final=True, start_s=2.1, end_s=4.7),
    ]
    cutting = fold(timeline(frames, provider="gladia", side="candidate"))
    scores = score_clip(flight_clip(), {"baseline": patient(), "candidate": cutting}, 1, PLAIN)
    found = [(row.reference, row.category) for row in scores.words if row.category]
    assert [("a", "near_cut"), ("to", "near_cut"), ("friday", "other")] == found


def test_entities_and_keywords_have_rows_of_their_own():
    """What was said, what was heard, and how often; the session's row has the totals."""
    of = clip([utterance("Ann Lee called ann", 0.5, 4.0)], entities=(Entity(0, 0, 7, "name"),))
    scores = scored(of, "Ann Lee called Ann.", "and lee called", keywords=("Ann", "ann lee", "Bob"))
    assert [(1, 0), (1, 1)] == [(row.entity_mentions, row.entity_misses) for row in scores.sessions]
    assert [("Ann Lee", "ann lee", True), ("Ann Lee", "and lee", False)] == [
        (row.text, row.heard, row.hit) for row in scores.entities
    ]
    assert [(0, "name", True)] * 2 == [(row.utterance, row.entity_class, row.located) for row in scores.entities]
    assert [("ann", 1, 1), ("ann lee", 1, 1), ("ann", 1, 0), ("ann lee", 1, 0)] == [
        (row.keyword, row.said, row.heard) for row in scores.keywords
    ]
    assert ["name", "name"] == [row.entity for row in scores.words if row.side == "baseline" and row.entity]


def test_entities_without_tokens_of_their_own_are_counted():
    """`two` is merged into `22`; the other two have their places."""
    text = "ann took room twenty two"
    marked = [(text.index(part), part, name) for part, name in (("ann", "name"), ("room", "name"), ("two", "number"))]
    of = clip(
        [utterance(text, 0.5, 4.0)], entities=tuple(Entity(0, at, at + len(part), name) for at, part, name in marked)
    )
    row = scored(of, text, "").sessions[0]
    assert (3, 1, 1) == (row.entity_mentions, row.entity_misses, row.unlocatable_entities)


def test_layers_stand_side_by_side():
    """Raw, plain, normalised, compounds merged, characters: each forgives something else."""
    of = clip([utterance("Our Wi Fi costs $5.", 0.5, 4.0)])
    row = scored(of, "our wifi costs five dollars", "").sessions[0]
    found = (row.words_raw.errors, row.words_plain.errors, row.words.errors, row.compound_errors, row.characters.errors)
    assert (5, 4, 2, 0, 1) == found
    assert (5, 5, 5, 18) == tuple(
        counts.reference_words for counts in (row.words_raw, row.words_plain, row.words, row.characters)
    )
    assert (1, WordCounts(deletions=0)) == (row.casing_errors, row.punctuation)


def test_bursts_and_loops_are_counted_per_session():
    """A dropout of five words, an invented burst of eight that is also a loop."""
    of = clip([utterance("a1 b2 c3 d4 e5 f6 g7", 0.5, 4.0)])
    a, b = scored(of, "a1 g7", "a1 b2 c3 d4 e5 f6 g7 la di la di la di la di").sessions
    assert ((1, 0, 0), (0, 1, 1)) == tuple((row.dropouts, row.insertion_bursts, row.loops) for row in (a, b))


@pytest.mark.parametrize(("policy", "own", "other"), [("include", 0, 2), ("drop", 2, 0)])
def test_both_tail_policies_are_counted(policy: str, own: int, other: int):
    """Text left open is right or missing, as one decides; the row has both."""
    sides = {"baseline": fold(timeline([turn(2.0, "good bye")])), "candidate": fold(timeline([], side="candidate"))}
    of = clip([utterance("good bye", 0.5, 2.0)])
    row = score_clip(of, sides, 1, ScoreSettings(use_secondary=False, tail_policy=policy)).sessions[0]
    assert (own, other) == (row.words.errors, row.words_other_tail.errors)


def test_words_at_the_wrong_time_are_errors_under_the_constraint():
    """A service whose times are a minute off heard every word, but not then; without times there is no count."""
    of = clip([utterance("good bye", 0.5, 2.0)])
    late = [transcript(5.0, "good bye", final=True, start_s=60.0, end_s=61.0)]
    sides = {side: fold(timeline(late, provider="gladia", side=side)) for side in ("baseline", "candidate")}
    row = score_clip(of, sides, 1, PLAIN).sessions[0]
    assert (0, 4) == (row.words.errors, row.time_constrained_errors)
    untimed = clip([utterance("good bye", 0.0, 6.0)], time_source="none")
    assert score_clip(untimed, sides, 1, PLAIN).sessions[0].time_constrained_errors is None


def test_a_clip_without_speech_is_outside_all_error_rates():
    """Words out of nothing count as such alone; loops are looked for all the same."""
    again = "thank you thank you thank you thank you"
    assert 1 == scored(clip([utterance(None, 0.5, 4.0)]), again, "").sessions[0].loops  # and without a reference
    row = scored(clip([]), again, "").sessions[0]
    empty = (row.words_raw, row.words_plain, row.characters, row.words_excl_suspect, row.words_other_tail)
    assert (WordCounts(),) * 5 == empty
    assert (8, 1, 0, None) == (row.non_speech_insertions, row.loops, row.compound_errors, row.time_constrained_errors)


def test_passes_are_compared_with_the_first_valid_one():
    """How far each service disagrees with itself; the first pass has nothing to be compared with."""
    of = clip([utterance("good bye now", 0.5, 4.0)])

    def sides(text: str, **changes):
        frames = [turn(5.0, text, final=True, formatted=True)]
        return {side: fold(timeline(frames, side=side, **changes)) for side in ("baseline", "candidate")}

    items = [(of, sides("bad", lateness_s=0.2), 1), (of, sides("good bye now"), 2), (of, sides("good bye"), 3)]
    found = [(row.repeat_changed_words, row.repeat_longer_words) for row in score_run(items, PLAIN).sessions]
    assert [(None, None), (None, None), (1, 3)] * 2 == found


def test_leaks_are_found_across_the_channels_of_a_recording():
    """The same words on both channels of a stereo call, counted on the one where they start later."""
    said = "please call me back on monday"
    clips = [
        clip([utterance(said, 0.5, 4.0)], clip_id=f"r.ch{channel}", recording_id="r", channel=channel, channels=2)
        for channel in (0, 1)
    ]
    side = fold(timeline([turn(5.0, said, final=True, formatted=True)]))
    scores = score_run([(of, {"baseline": side, "candidate": side}, 1) for of in clips], PLAIN)
    assert [("r.ch0", 0), ("r.ch0", 0), ("r.ch1", 2), ("r.ch1", 2)] == [
        (row.clip_id, row.leaks) for row in scores.sessions
    ]
    assert [0, 0, 2, 2] == [row.leaks for row in scores.segments]


WORDS = st.lists(st.sampled_from(["a", "wi", "fi", "wifi", "Mr.", "two", "no"]), max_size=12).map(" ".join)


@settings(max_examples=50)
@given(st.lists(WORDS, min_size=1, max_size=3), WORDS, WORDS)
def test_counts_agree_with_each_other(texts: list[str], a: str, b: str):
    """What is counted in several ways is the same, within its bounds, and in the order in which layers forgive."""
    of = clip([utterance(text, index, index + 0.9) for index, text in enumerate(texts)])
    scores = scored(of, a, b)
    first, second = scores.sessions
    assert first.words.reference_words == second.words.reference_words
    assert first.words_excl_suspect.reference_words == second.words_excl_suspect.reference_words
    assert (first.changed_words, first.longer_words) == (second.changed_words, second.longer_words)
    assert 0 <= (first.changed_words or 0) <= (first.longer_words or 0)
    gap = abs(first.words.errors - second.words.errors)
    assert gap <= (first.changed_words or 0)  # the edit distance is a metric
    parts = attribution_block(
        Population.of(Scores("n", None, "wire", scores.sessions, (), (), (), (), ())), scores.words
    )
    change = sum(part["candidate_errors"] - part["baseline_errors"] for part in parts["categories"].values())
    if first.words.reference_words:
        assert change == second.words.errors - first.words.errors
    for row in scores.sessions:
        steps = [step for step in scores.words if step.side == row.side]
        counted = [step.category for step in steps if step.category]
        assert len(counted) == row.words.errors
        assert sum(step.suspect for step in steps if row.words.reference_words) == (
            row.words.errors - row.words_excl_suspect.errors
        )
        utterances = [one for one in scores.utterances if one.side == row.side]
        assert (sum(one.errors for one in utterances), sum(one.reference_words for one in utterances)) == (
            row.words.errors,
            row.words.reference_words,
        )
        assert row.compound_errors <= row.words.errors
        assert row.words_plain.errors <= row.words_raw.errors + row.words_raw.reference_words
        assert row.casing_errors <= row.words_plain.hits
        assert row.time_constrained_errors is None or row.time_constrained_errors >= row.words.errors


def test_flight_example_has_no_errors_to_explain():
    """Both sides delivered every word: all columns about errors are zero, on the same reference words."""
    scores = score_clip(flight_clip(), {"baseline": patient(), "candidate": hasty()}, 1, PLAIN)
    for row in scores.sessions:
        assert (0, 0, 0, 0) == (row.compound_errors, row.casing_errors, row.changed_words, row.time_constrained_errors)
        assert row.words == row.words_plain == row.words_raw == row.words_excl_suspect == row.words_other_tail
