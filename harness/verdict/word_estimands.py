"""What is shown about words beside the gated rate: further ratios of the same sessions, as delivered unless said.

None of them decides anything, so their differences have the bounds of the linearised ratio, which cost nothing, in place
of a bootstrap. Some depend on how ties are aligned, and their denominators on the side: `common` is False for all.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter

from harness.metrics.scores import KeywordScore, SessionScore
from harness.verdict.estimands import CountRow, Ratio
from harness.verdict.population import SIDES, Population

Figure = Callable[[SessionScore], float | None]


def _rows(
    events: Figure,
    trials: Figure,
    where: Callable[[SessionScore], bool] = attrgetter("has_words"),
    *,
    both_succeeded: bool = False,
) -> Callable[[Population], Iterator[CountRow]]:
    """Events and trials of the sessions of which both are known on either side."""

    def rows(population: Population) -> Iterator[CountRow]:
        for pair in population.sessions:
            if not where(pair.baseline) or (both_succeeded and not pair.both_succeeded):
                continue
            figures = [figure(side) for side in (pair.baseline, pair.candidate) for figure in (events, trials)]
            known = [figure for figure in figures if figure is not None]
            if len(known) == len(figures):
                yield CountRow(pair.baseline.clip_id, pair.baseline.call_id, *known)

    return rows


def _ratio(name: str, figures: tuple[Figure, Figure], names: tuple[str, str] = ("errors", "reference_words")) -> Ratio:
    return Ratio(name, _rows(*figures), *names, common=False)


def _rate(field: str) -> tuple[Figure, Figure]:
    return attrgetter(f"{field}.errors"), attrgetter(f"{field}.reference_words")


def _per_hour(name: str, field: str) -> Ratio:
    rows = _rows(attrgetter(field), lambda session: session.duration_s / 3600, attrgetter("has_reference"))
    return Ratio(name, rows, field, "audio_h", "per_hour", common=False, whole=False)


def _utterances(events: Callable[[int, int], float]) -> Callable[[Population], Iterator[CountRow]]:
    def rows(population: Population) -> Iterator[CountRow]:
        for pair in population.utterances:
            a, b = pair.baseline, pair.candidate
            if a.reference_words:
                figures = (events(a.errors, a.reference_words), 1.0, events(b.errors, b.reference_words), 1.0)
                yield CountRow(a.clip_id, a.call_id, *figures)

    return rows


WORD_RATIOS: tuple[Ratio, ...] = (
    Ratio("wer_conditional", _rows(*_rate("words"), both_succeeded=True), "errors", "reference_words", common=False),
    _ratio("wer_l3", (attrgetter("compound_errors"), attrgetter("words.reference_words"))),
    _ratio("wer_excl_suspect", _rate("words_excl_suspect")),
    _ratio(
        "tcwer",
        (
            attrgetter("time_constrained_errors"),
            lambda session: None if session.time_constrained_errors is None else session.words.reference_words,
        ),
    ),
    _ratio(
        "mer",
        (attrgetter("words.errors"), attrgetter("words.aligned")),
        ("errors", "aligned_positions"),
    ),
    _ratio("cer", _rate("characters"), ("errors", "reference_characters")),
    Ratio("wer_mean_utterance", _utterances(lambda e, n: e / n), "sum_of_rates", "utterances", common=False),
    Ratio("perfect_utterance_rate", _utterances(lambda e, _: float(e == 0)), "perfect", "utterances", common=False),
    _ratio("fwer", _rate("words_raw")),
    _ratio("wer_l1", _rate("words_plain")),
    _ratio(
        "casing_error_rate",
        (attrgetter("casing_errors"), attrgetter("words_plain.hits")),
        ("errors", "right_words"),
    ),
    _ratio(
        "punctuation_error_rate",
        (attrgetter("punctuation.errors"), attrgetter("punctuation.aligned")),
        ("errors", "marks"),
    ),
    _per_hour("dropouts_per_hour", "dropouts"),
    _per_hour("insertion_bursts_per_hour", "insertion_bursts"),
)


def keyword_ratios(keywords: Iterable[KeywordScore]) -> tuple[Ratio, ...]:
    """Recall, precision and F1 of a run's keywords.

    Sessions of a call are added up first; of each term as many are found as were both said and delivered in the call.
    """
    occurrences: dict[tuple[str, int, str, str], Counter[str]] = defaultdict(Counter)
    for row in keywords:
        occurrences[row.call_id, row.pass_number, row.keyword, row.side].update(said=row.said, heard=row.heard)
    totals: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: {side: Counter() for side in SIDES})
    for (call, _, _, side), one in occurrences.items():
        totals[call][side].update(found=min(one["said"], one["heard"]), **one)

    def ratio(
        name: str, events: Callable[[Counter[str]], int], trials: Callable[[Counter[str]], int], names: tuple[str, str]
    ) -> Ratio:
        rows = [
            CountRow(call, call, *(float(figure(sides[side])) for side in SIDES for figure in (events, trials)))
            for call, sides in totals.items()
        ]
        return Ratio(name, lambda _: rows, *names, common=False)

    return (
        ratio("keyword_recall", lambda one: one["found"], lambda one: one["said"], ("found", "said")),
        ratio("keyword_precision", lambda one: one["found"], lambda one: one["heard"], ("found", "delivered")),
        ratio(
            "keyword_f1",
            lambda one: 2 * one["found"],
            lambda one: one["said"] + one["heard"],
            ("found_twice", "said_and_delivered"),
        ),
    )
