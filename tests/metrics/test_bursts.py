import pytest
from examples import aligned
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.bursts import bursts, loop_count, runs

STEPS = st.text(alphabet="abc ", max_size=14)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "dropouts", "insertions"),
    [
        ("a b c d e f g", "a g", 1, 0),  # b c d e f
        ("a b c d e f", "a f", 0, 0),  # four
        ("a g", "a b c d e f g", 0, 1),
        ("a b c d e f g h i j k l m", "a g m", 2, 0),
        ("a b c ⟨unk⟩ d e f", "", 0, 0),  # nobody knows what was said in between
    ],
)
def test_five_in_a_row_are_a_burst(reference: str, hypothesis: str, dropouts: int, insertions: int):
    """Five or more words lost or invented in a row are one burst, however long."""
    steps = aligned(reference, hypothesis).steps
    assert (dropouts, insertions) == (len(bursts(steps, "delete")), len(bursts(steps, "insert")))


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("", "no no no no", 1),
        ("", "no no no", 0),
        ("", "no no no no no no no no", 1),  # eight, not also four times two
        ("", "so thank you thank you thank you thank you bye", 1),
        ("", "a b c d e a b c d e a b c d e a b c d e", 1),
        ("", "a b c d e f a b c d e f a b c d e f a b c d e f", 0),  # six words are too long
        ("no no no no no", "no no no no", 0),
        ("la di la di la di la di", "di la di la di la di la", 0),  # the same loop, begun elsewhere
        ("", "x x x x y y y y", 2),
    ],
)
def test_phrases_that_only_the_service_repeats_are_loops(reference: str, hypothesis: str, expected: int):
    """Up to five words, four times in a row or more, and not in the reference."""
    assert expected == loop_count(reference.split(), hypothesis.split())


@given(STEPS, STEPS)
def test_runs_hold_every_step_of_their_kind_once(reference: str, hypothesis: str):
    """Runs are apart from each other and together are all insertions, or all deletions."""
    steps = aligned(reference, hypothesis).steps
    for op in ("insert", "delete"):
        found = [place for run in runs(steps, op) for place in run]
        assert [place for place, step in enumerate(steps) if step.op == op] == found
        assert all(one.stop < other.start for one, other in zip(runs(steps, op), runs(steps, op)[1:], strict=False))
