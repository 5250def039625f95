from dataclasses import replace

from fabricate import fabricate

from harness.metrics.word_counts import WordCounts
from harness.report.clip_kinds import clip_kinds, kinds_of
from harness.report.clip_rows import pair_keys


def unpacked(kinds):
    """The rows of each kind."""
    return {name: [sum(distances[: place + 1]) for place in range(len(distances))] for name, distances in kinds.items()}


def test_rows_of_each_kind_are_those_that_show_it():
    """Errors, missed entities, suspects and breaches, on either side, as distances between rows."""
    inputs = fabricate(clips=8)
    keys = pair_keys(inputs)
    rows = unpacked(clip_kinds(inputs.scores, keys))
    shown = {kind: {keys[place][0] for place in places} for kind, places in rows.items()}
    wrong = {row.clip_id for row in inputs.scores.words if row.category == "other"} - {"harness-fault"}

    assert {"failed-session"} == shown["category:failed_session"]
    assert wrong == shown["category:other"]
    assert {row.clip_id for row in inputs.scores.entities if not row.hit} == shown["entity:missed"]
    assert {row.clip_id for row in inputs.scores.findings} == shown["violation:duplicate_final"]
    assert all(places == sorted(set(places)) for places in rows.values())


def test_what_the_harness_spoilt_shows_no_kind_but_breaches():
    """An invalid pair counts for no error, as in the metrics."""
    inputs = fabricate(clips=2)

    assert {"harness-fault"}.isdisjoint(
        clip for kind, (clip, _) in kinds_of(inputs.scores) if kind.startswith("category:")
    )


def test_the_normaliser_matters_where_it_changes_the_difference():
    """Both normalisers may count other errors; a clip shows the kind only if one side gains more than the other."""
    inputs = fabricate(clips=1, hostile=False)
    counted = WordCounts(hits=9, substitutions=1)
    a, b = (replace(row, words=counted, words_secondary=counted) for row in inputs.scores.sessions)
    same, other = (
        replace(inputs.scores, sessions=(a, replace(b, words_secondary=second)))
        for second in (counted, WordCounts(hits=10))
    )

    assert [False, True] == ["normaliser:matters" in dict(kinds_of(scores)) for scores in (same, other)]
