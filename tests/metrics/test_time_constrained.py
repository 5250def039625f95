import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.metrics.time_constrained import (
    TimedWords,
    delivered_spans,
    reference_spans,
    time_constrained_errors,
)
from harness.metrics.words import align, count

GROUPS = st.lists(
    st.tuples(st.floats(0, 20), st.floats(0.1, 4), st.lists(st.sampled_from(["a", "bb", "ccc"]), max_size=4)),
    max_size=4,
).map(lambda parts: sorted(((start, start + length), words) for start, length, words in parts))


def errors(reference: list, delivered: list, collar_s: float) -> tuple[int, int]:
    """Errors with and without the constraint."""
    said = [word for _, words in reference for word in words]
    heard = [word for _, words in delivered for word in words]
    steps = align(said, heard)
    left, right = reference_spans(reference), delivered_spans(delivered, collar_s)
    return time_constrained_errors(TimedWords(said, left), TimedWords(heard, right), steps), count(steps).errors


def test_times_are_shared_out_by_characters():
    """A word of three letters gets three times as long as one of a single letter; what is delivered is a point."""
    assert [(0.0, 3.0), (3.0, 4.0)] == reference_spans([((0.0, 4.0), ["abc", "b"])])
    assert [(1.0, 2.0), (3.0, 4.0)] == delivered_spans([((0.0, 4.0), ["abc", "b"])], 0.5)


@pytest.mark.parametrize(("at_s", "expected"), [(4.5, 2), (4.6, 0), (10.0, 0), (15.4, 0), (15.5, 2), (60.0, 2)])
def test_a_word_far_from_its_time_is_lost_and_invented(at_s: float, expected: int):
    """Within the collar a word may be paired; beyond it, early or late, there is one deletion and one insertion."""
    reference, delivered = [((10.0, 11.0), ["hi"])], [((at_s, at_s + 1.0), ["hi"])]
    assert (expected, 0) == errors(reference, delivered, 5.0)


def test_agrees_with_meeteval():
    """The figures that MeetEval 0.4.3 gives for the same words, times and collar (`tcpwer` of a single speaker)."""
    reference = [((0.0, 2.0), ["a", "bb", "a"]), ((8.0, 9.0), ["ccc", "a"]), ((9.5, 12.0), ["bb", "bb", "a"])]
    delivered = [((0.0, 1.5), ["a", "a"]), ((3.0, 9.0), ["bb", "a", "ccc"]), ((14.0, 15.0), ["bb", "a"])]
    assert {0.5: 11, 1.0: 9, 3.0: 5, 5.0: 3} == {
        collar_s: errors(reference, delivered, collar_s)[0] for collar_s in (0.5, 1.0, 3.0, 5.0)
    }


@settings(max_examples=60)
@given(GROUPS, GROUPS)
def test_constraint_never_helps_and_fades(reference: list, delivered: list):
    """Errors fall as the collar grows, from all words on either side at most to those without a constraint."""
    found = [errors(reference, delivered, collar_s) for collar_s in (0.0, 1.0, 5.0, 100.0)]
    constrained = [one for one, _ in found]
    words = sum(len(words) for _, words in (*reference, *delivered))
    assert sorted(constrained, reverse=True) == constrained
    assert constrained[0] <= words
    assert found[-1][0] == found[-1][1]
