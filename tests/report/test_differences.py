import dataclasses

import pytest
from fabricate import HOSTILE_NAME, fabricate

from harness.report.clip_details import ScoreIndex
from harness.report.differences import differences


@pytest.fixture(scope="module")
def inputs():
    """A run with all kinds of clips."""
    return fabricate(clips=24)


def parts(inputs):
    """Parts by title."""
    return {part.title: part for part in differences(inputs, ScoreIndex(inputs.scores))}


def test_categories_add_up_to_the_difference_of_the_error_rates(inputs):
    """Counts on both sides, largest loss first; together they are all errors of the pairs that count."""
    errors = parts(inputs)["Word errors by category"]
    totals = [sum(int(getattr(kind, side)[0]) for kind in errors.kinds) for side in ("baseline", "candidate")]
    valid = [row for row in inputs.scores.sessions if row.valid]

    assert totals == [sum(row.words.errors for row in valid if row.side == side) for side in ("baseline", "candidate")]
    assert [kind.more for kind in errors.kinds] == sorted((kind.more for kind in errors.kinds), reverse=True)
    assert errors.lead.startswith(f"{totals[0]} and {totals[1]} errors in ")
    assert all(kind.clips and kind.query and kind.examples for kind in errors.kinds)


def test_entities_are_told_by_class_with_what_was_heard(inputs):
    """Misses of mentions on both sides; what only the candidate missed comes first; a class that no filter can name has none."""
    entities = parts(inputs)["Names, numbers and codes"]
    city = next(kind for kind in entities.kinds if kind.label == "city")
    (first, *_) = city.examples

    assert ("entity:city", "boston", "boston", "austin") == (
        city.query, first.reference[0][0], first.baseline[0][0], first.candidate[0][0],
    )  # fmt: skip
    assert int(city.candidate[0]) - int(city.baseline[0]) == city.more
    assert "" == next(kind for kind in entities.kinds if kind.label == HOSTILE_NAME).query
    assert ("All classes", "entity:missed") == (entities.kinds[0].label, entities.kinds[0].query)


def test_ways_of_counting_stand_side_by_side(inputs):
    """The second normaliser's counts have the clips in which it matters, with both counts."""
    normalisation = parts(inputs)["Normalisation"]
    second = normalisation.kinds[-1]

    assert ("By the second normaliser", "normaliser:matters", True) == (second.label, second.query, second.clips > 0)
    assert second.examples[0].note.startswith("Errors: ")


def test_what_is_not_there_says_why():
    """No reference, no entities, no breaches: each part tells in words, and none is left out."""
    inputs = fabricate(clips=2, hostile=False)
    bare = dataclasses.replace(
        inputs.scores, words=(), entities=(), sessions=tuple(
            dataclasses.replace(row, has_reference=False) for row in inputs.scores.sessions
        ),
    )  # fmt: skip
    found = parts(dataclasses.replace(inputs, scores=bare))

    assert {
        "Word errors by category": "No clip that counts has a reference text, so no error can be named.",
        "Names, numbers and codes": "No entities are annotated in the corpus. Mark them in its manifest to see which are missed.",
        "Suspect references": "No clip that counts has a reference text.",
        "Normalisation": "No clip that counts has a reference text, so there is nothing to normalise for.",
        "Contract violations": "Neither service broke its own promises in 4 sessions. What code written for one may rely on and the other does not do stands under Contract.",
    } == {title: part.empty for title, part in found.items()}


def test_one_recogniser_is_no_second_opinion(inputs):
    """What two emulators change alike may be their recogniser's own mistake; what two companies change alike hardly is."""
    (emulated,) = parts(inputs)["Suspect references"].kinds
    live = dataclasses.replace(
        inputs, run=inputs.run | {"endpoint": "live"}, summary=inputs.summary | {"endpoint": "live"}
    )
    (real,) = parts(live)["Suspect references"].kinds

    assert emulated.meaning.startswith("One recogniser stands behind both emulators, so this is no second opinion")
    assert real.meaning.startswith("Two services that know nothing of each other made the same change")
