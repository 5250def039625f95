"""Which kinds of difference each pair of sessions shows, so that the table of clips can be filtered by them.

A kind is a filter as people type it: `category:dropout`, `entity:missed`, `suspect:yes`, `normaliser:matters`, `violation:empty_final`.
Rows are told as the distances between them, which takes next to nothing of a packed page.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from harness.metrics.scores import Scores
from harness.report.clip_rows import PairKey
from harness.verdict.population import Population, SessionPair


def clip_kinds(scores: Scores, keys: Sequence[PairKey]) -> dict[str, list[int]]:
    """For each kind that occurs, the rows that show it on either side: the first row, then the distance to each next.

    Args:
        scores: All tables of a run.
        keys: The pairs in the order of the rows.
    """
    places = {key: place for place, key in enumerate(keys)}
    rows: dict[str, set[int]] = defaultdict(set)
    for kind, key in kinds_of(scores):
        if key in places:
            rows[kind].add(places[key])
    return {kind: _distances(sorted(found)) for kind, found in sorted(rows.items())}


def kinds_of(scores: Scores) -> Iterator[tuple[str, PairKey]]:
    """Each kind with the pairs that show it, some more than once; of pairs that count, but for breaches, which are told of all."""
    population = Population.of(scores)
    counted = {pair.key for pair in population.sessions}
    with_words = {pair.key for pair in population.with_words}
    for step in scores.words:
        key = step.clip_id, step.pass_number
        if step.category is not None and key in with_words:
            yield f"category:{step.category}", key
        if step.suspect and key in counted:
            yield "suspect:yes", key
    for entity in scores.entities:
        if not entity.hit:
            yield "entity:missed", (entity.clip_id, entity.pass_number)
            yield f"entity:{entity.entity_class}", (entity.clip_id, entity.pass_number)
    for pair in population.with_words:
        if normaliser_shift(pair):
            yield "normaliser:matters", pair.key
    for finding in scores.findings:
        yield f"violation:{finding.kind}", (finding.clip_id, finding.pass_number)


def normaliser_shift(pair: SessionPair) -> int:
    """By how many errors the difference of both sides changes under the secondary normaliser; 0 where it is not known."""
    second = pair.baseline.words_secondary, pair.candidate.words_secondary
    if second[0] is None or second[1] is None:
        return 0
    primary = pair.candidate.words.errors - pair.baseline.words.errors
    return second[1].errors - second[0].errors - primary


def _distances(places: Sequence[int]) -> list[int]:
    return [*places[:1], *(later - earlier for earlier, later in pairwise(places))]
