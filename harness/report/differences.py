"""What the difference of both sides is made of: each kind with its counts on both sides, its worst places, and its clips."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from harness.metrics.scores import EntityScore, ErrorCategory, FindingScore, SessionScore, WordScore
from harness.metrics.word_counts import WordCounts
from harness.report.clip_details import ScoreIndex, align_steps
from harness.report.clip_kinds import kinds_of, normaliser_shift
from harness.report.clip_rows import PairKey
from harness.report.facts import is_emulated
from harness.report.glossary_errors import CATEGORIES, VIOLATIONS
from harness.report.inputs import ReportInput
from harness.report.numbers import plural, show_difference
from harness.report.passages import Column, Example, Passage, Piece, example, passages, worst
from harness.timeline.events import SIDES, Side
from harness.verdict.population import Population, SessionPair

EXAMPLES = 5
"""Places shown of each kind."""

_LONGEST_TEXT = 140
_ORDER: tuple[ErrorCategory, ...] = get_args(ErrorCategory)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of difference.

    Attributes:
        label: For people.
        meaning: What it is.
        baseline: The baseline's count, and what it is of.
        candidate: The candidate's.
        difference: How much of the difference it makes; empty where there is none.
        more: By how many the candidate has more: what the bar shows.
        query: Filter that finds its clips; empty if there is none.
        clips: How many it finds.
        examples: The worst places.
    """

    label: str
    meaning: str
    baseline: tuple[str, str]
    candidate: tuple[str, str]
    difference: str = ""
    more: int = 0
    query: str = ""
    clips: int = 0
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Kinds that belong together.

    Attributes:
        title: For people.
        lead: What all of them say together.
        kinds: Largest difference for the worse first, unless their order says something.
        empty: Why there are none.
    """

    title: str
    lead: str
    kinds: tuple[Kind, ...]
    empty: str = ""

    @property
    def most(self) -> int:
        """The largest difference of a kind, for the bars; at least 1."""
        return max([1, *(abs(kind.more) for kind in self.kinds)])


def differences(inputs: ReportInput, index: ScoreIndex) -> list[Part]:
    """All parts, in the order of the page.

    Args:
        inputs: The run.
        index: Its tables by session.
    """
    view = _View(inputs, index)
    return [_errors(view), _entities(view), _suspects(view), _normalisers(view), _breaches(view)]


class _View:
    """A run, and the places that are worth showing."""

    def __init__(self, inputs: ReportInput, index: ScoreIndex) -> None:
        self.inputs, self.index = inputs, index
        self.scores = inputs.scores
        self.population = Population.of(inputs.scores)
        self.clips = Counter(kind for kind, _ in set(kinds_of(inputs.scores)))
        self.starts_s = {clip.clip_id: [one.start_s for one in clip.utterances] for clip in inputs.clips}
        self.texts = {clip.clip_id: clip.text or "" for clip in inputs.clips}
        self.found: dict[Any, list[Passage]] = defaultdict(list)
        for pair in self.population.with_words:
            columns = self.columns(pair.key)
            for kind, passage in (*passages(pair.key, columns, _category), *passages(pair.key, columns, _suspect)):
                self.found[kind].append(passage)

    def columns(self, key: PairKey) -> list[Column]:
        """Both alignments of a pair over each other."""
        clip_id, number = key
        return align_steps(*(self.index.words.get((clip_id, side, number), []) for side in SIDES))

    def examples(self, kind: str) -> tuple[Example, ...]:
        """The worst places of a kind of word."""
        return tuple(self._example(passage) for passage in worst(self.found[kind], EXAMPLES))

    def _example(self, passage: Passage) -> Example:
        columns = self.columns(passage.key)
        step = next(step for step in columns[passage.start] if step is not None)
        return example(passage, columns, self.start_s(passage.key[0], step.utterance))

    def start_s(self, clip_id: str, utterance: int) -> float:
        """When an utterance begins; 0 where nobody knows."""
        starts_s = self.starts_s.get(clip_id, [])
        return starts_s[utterance] if 0 <= utterance < len(starts_s) else 0.0


def _category(step: WordScore) -> str | None:
    return step.category


def _suspect(step: WordScore) -> str | None:
    return "suspect" if step.suspect else None


def _errors(view: _View) -> Part:
    title = "Word errors by category"
    pairs = view.population.with_words
    words = sum(pair.baseline.words.reference_words for pair in pairs)
    if not words:
        return Part(title, "", (), "No clip that counts has a reference text, so no error can be named.")
    keys = {pair.key for pair in pairs}
    counts = {side: Counter[str]() for side in SIDES}
    for step in view.scores.words:
        if step.category is not None and (step.clip_id, step.pass_number) in keys:
            counts[step.side][step.category] += 1
    kinds = [_error_kind(view, name, counts, words) for name in _ORDER if any(counts[side][name] for side in SIDES)]
    kinds.sort(key=lambda kind: -kind.more)
    return Part(title, _errors_lead(counts, words, kinds), tuple(kinds), "" if kinds else "Neither side made an error.")


def _error_kind(view: _View, name: ErrorCategory, counts: Mapping[Side, Counter[str]], words: int) -> Kind:
    label, meaning = CATEGORIES[name]
    a, b = (counts[side][name] for side in SIDES)
    query = f"category:{name}"
    return Kind(
        label, meaning, (f"{a:,}", ""), (f"{b:,}", ""), show_difference((b - a) / words, "percent"), b - a, query,
        view.clips[query], view.examples(name),
    )  # fmt: skip


def _errors_lead(counts: Mapping[Side, Counter[str]], words: int, kinds: Sequence[Kind]) -> str:
    a, b = (counts[side].total() for side in SIDES)
    told = f"{a:,} and {b:,} errors in {words:,} reference words: {show_difference((b - a) / words, 'percent')} of word error rate"
    first = next(iter(kinds), None)
    if first is None or first.more <= 0 or len(kinds) == 1:
        return f"{told}. Each error is in the first category that fits it, so the categories add up."
    return f"{told}; {first.label.lower()} add most ({show_difference(first.more, 'count')}). Each error is in the first category that fits it."


def _entities(view: _View) -> Part:
    title = "Names, numbers and codes"
    rows = view.scores.entities
    if not rows:
        return Part(
            title, "", (), "No entities are annotated in the corpus. Mark them in its manifest to see which are missed."
        )
    kinds = [_entity_kind(view, name, [row for row in rows if row.entity_class == name]) for name in _classes(rows)]
    kinds.sort(key=lambda kind: -kind.more)
    a, b = (_misses(rows, side) for side in SIDES)
    lead = f"Missed: {a[0]:,} of {a[1]:,} by the baseline, {b[0]:,} of {b[1]:,} by the candidate. An entity counts only if it is exactly right."
    if len(kinds) > 1:
        query = "entity:missed"
        every = Kind("All classes", "All annotated entities.", (f"{a[0]:,}", f"of {a[1]:,}"), (f"{b[0]:,}", f"of {b[1]:,}"),
                     show_difference(b[0] - a[0], "count"), b[0] - a[0], query, view.clips[query])  # fmt: skip
        kinds.insert(0, every)
    return Part(title, lead, tuple(kinds))


def _classes(rows: Iterable[EntityScore]) -> list[str]:
    return sorted({row.entity_class for row in rows})


def _misses(rows: Iterable[EntityScore], side: Side) -> tuple[int, int]:
    own = [row for row in rows if row.side == side]
    return sum(not row.hit for row in own), len(own)


def _entity_kind(view: _View, name: str, rows: Sequence[EntityScore]) -> Kind:
    a, b = (_misses(rows, side) for side in SIDES)
    query = "" if '"' in name else f'entity:"{name}"' if " " in name else f"entity:{name}"
    more = b[0] - a[0]
    return Kind(
        name, f"Annotated entities of the class {name}.", (f"{a[0]:,}", f"of {a[1]:,}"), (f"{b[0]:,}", f"of {b[1]:,}"),
        show_difference(more, "count"), more, query, view.clips[f"entity:{name}"], tuple(_missed(view, rows)),
    )  # fmt: skip


def _missed(view: _View, rows: Iterable[EntityScore]) -> Iterator[Example]:
    """Those that only the candidate missed first, then those that both did, then the baseline's."""
    mentions: dict[tuple[str, int, int], dict[Side, EntityScore]] = defaultdict(dict)
    for row in rows:
        mentions[row.clip_id, row.pass_number, row.entity][row.side] = row
    known = [(key, both) for key, both in mentions.items() if len(both) == len(SIDES)]
    known = [(key, both) for key, both in known if not all(row.hit for row in both.values())]
    known.sort(key=lambda item: (item[1]["candidate"].hit, not item[1]["baseline"].hit, item[0]))
    for _, both in known[:EXAMPLES]:
        row = both["baseline"]
        heard = {side: _heard(both[side]) for side in SIDES}
        at_s = view.start_s(row.clip_id, row.utterance)
        said: tuple[Piece, ...] = ((row.text, "right"),)
        yield Example(row.clip_id, row.pass_number, at_s, said, heard["baseline"], heard["candidate"])


def _heard(row: EntityScore) -> tuple[Piece, ...]:
    if not row.heard:
        return (("nothing", "nothing"),)
    return ((_short(row.heard), "right" if row.hit else "wrong"),)


def _suspects(view: _View) -> Part:
    title = "Suspect references"
    pairs = view.population.with_words
    if not pairs:
        return Part(title, "", (), "No clip that counts has a reference text.")
    alike = len(view.found["suspect"])
    if not alike:
        return Part(title, "", (), "There is no place where both services make the same change to the reference.")
    rates = [_difference_of(pairs, lambda row: row.words), _difference_of(pairs, lambda row: row.words_excl_suspect)]
    query = "suspect:yes"
    places = f"{alike:,}"
    alike_by = (
        "One recogniser stands behind both emulators, so this is no second opinion; from two services that know nothing of each other it "
        "would be one. Both"
        if is_emulated(view.inputs.run, view.inputs.summary)
        else "Two services that know nothing of each other"
    )
    kind = Kind(
        "Both wrote the same, and not the reference",
        f"{alike_by} made the same change: the reference may be wrong. It is never corrected; listen, and mend the corpus.",
        (places, "places"), (places, "places"), "", 0, query, view.clips[query], view.examples("suspect"),
    )  # fmt: skip
    lead = f"Difference of the word error rates: {rates[0]} with these places, {rates[1]} without them."
    return Part(title, lead, (kind,))


def _normalisers(view: _View) -> Part:
    title = "Normalisation"
    pairs = view.population.with_words
    if not pairs:
        return Part(title, "", (), "No clip that counts has a reference text, so there is nothing to normalise for.")
    second = [pair for pair in pairs if pair.baseline.words_secondary and pair.candidate.words_secondary]
    kinds = [
        _layer("Only case and punctuation removed", "Numbers, contractions and spellings count as they are written.", pairs, lambda row: row.words_plain),
        _layer("Normalised, as the rules count", f"By {view.scores.norm_id}.", pairs, lambda row: row.words),
        _layer("Joined and split compounds forgiven", "As before, but “wi fi” for “wifi” is no error.", pairs, _compounds),
    ]  # fmt: skip
    lead = "The same texts, counted in other ways. If the difference turns with the way of counting, it is one of writing, not of hearing."
    if not second:
        why = "is off" if view.scores.secondary_norm_id is None else "supports no language of this run"
        return Part(title, f"{lead} The second normaliser {why}.", tuple(kinds))
    shifted = sorted(
        (pair for pair in second if normaliser_shift(pair)), key=lambda pair: (-abs(normaliser_shift(pair)), pair.key)
    )
    by_second = _layer(
        "By the second normaliser", f"By {view.scores.secondary_norm_id}, which never decides alone.", second,
        lambda row: row.words_secondary or WordCounts(), query="normaliser:matters", clips=view.clips["normaliser:matters"],
        examples=tuple(_rewritten(view, pair) for pair in shifted[:EXAMPLES]),
    )  # fmt: skip
    return Part(title, lead, (*kinds, by_second))


def _layer(
    label: str, meaning: str, pairs: Sequence[SessionPair], counts: Callable[[SessionScore], WordCounts], **more: Any
) -> Kind:
    a, b = (sum((counts(getattr(pair, side)) for pair in pairs), WordCounts()) for side in SIDES)
    return Kind(
        label, meaning, (f"{a.errors:,}", f"of {a.reference_words:,} words"), (f"{b.errors:,}", f"of {b.reference_words:,} words"),
        _difference_of(pairs, counts), b.errors - a.errors, **more,
    )  # fmt: skip


def _compounds(row: SessionScore) -> WordCounts:
    """The errors that are left, as if all were substitutions: only their number counts."""
    return WordCounts(hits=row.words.reference_words - row.compound_errors, substitutions=row.compound_errors)


def _difference_of(pairs: Sequence[SessionPair], counts: Callable[[SessionScore], WordCounts]) -> str:
    rates = [sum((counts(getattr(pair, side)) for pair in pairs), WordCounts()).rate for side in SIDES]
    return show_difference(None if None in rates else (rates[1] or 0) - (rates[0] or 0), "percent")


def _rewritten(view: _View, pair: SessionPair) -> Example:
    a, b = pair.baseline, pair.candidate
    second = [row.words_secondary or WordCounts() for row in (a, b)]
    note = f"Errors: {a.words.errors} and {b.words.errors}; by the second normaliser {second[0].errors} and {second[1].errors}."
    clip_id, number = pair.key
    said: tuple[Piece, ...] = ((_short(view.texts.get(clip_id, "")), "right"),)
    wrote: list[tuple[Piece, ...]] = [
        ((_short(row.text) or "nothing", "right" if row.text else "nothing"),) for row in (a, b)
    ]
    return Example(clip_id, number, 0.0, said, wrote[0], wrote[1], note)


def _breaches(view: _View) -> Part:
    title = "Contract violations"
    rows = view.scores.findings
    sessions = {side: sum(row.side == side for row in view.scores.sessions) for side in SIDES}
    if not rows:
        seen = plural(f"{sum(sessions.values()):,}", "session")
        return Part(
            title,
            "",
            (),
            f"Neither service broke its own promises in {seen}. What code written for one may rely on and the other does not do stands under Contract.",
        )
    kinds = [
        _breach_kind(view, name, [row for row in rows if row.kind == name], sessions)
        for name in sorted({row.kind for row in rows})
    ]
    kinds.sort(key=lambda kind: -kind.more)
    a, b = (sum(row.side == side for row in rows) for side in SIDES)
    lead = f"Breaches of a service's own promises: {a:,} by the baseline and {b:,} by the candidate, over all sessions recorded."
    return Part(title, lead, tuple(kinds))


def _breach_kind(view: _View, name: str, rows: Sequence[FindingScore], sessions: Mapping[Side, int]) -> Kind:
    a, b = (sum(row.side == side for row in rows) for side in SIDES)
    query = f"violation:{name}"
    of = {side: f"in {plural(f'{sessions[side]:,}', 'session')}" for side in SIDES}
    return Kind(
        name.replace("_", " ").capitalize(), VIOLATIONS.get(name, "A breach of what the service promises."), (f"{a:,}", of["baseline"]),
        (f"{b:,}", of["candidate"]), show_difference(b - a, "count"), b - a, query, view.clips[query], tuple(_first_breaches(rows)),
    )  # fmt: skip


def _first_breaches(rows: Iterable[FindingScore]) -> Iterator[Example]:
    """The first of each side in each pair of sessions, those of the candidate before all."""
    pairs: dict[PairKey, dict[Side, FindingScore]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: (row.clip_id, row.pass_number, row.at_ms)):
        pairs[row.clip_id, row.pass_number].setdefault(row.side, row)
    for key in sorted(pairs, key=lambda key: ("candidate" not in pairs[key], key))[:EXAMPLES]:
        first = pairs[key].get("candidate") or pairs[key]["baseline"]
        said = f"segment {first.key}" if first.key else "the session"
        baseline, candidate = (_told(pairs[key].get(side)) for side in SIDES)
        yield Example(*key, max(0.0, first.at_ms / 1000), ((said, "right"),), baseline, candidate)


def _told(row: FindingScore | None) -> tuple[Piece, ...]:
    return () if row is None else ((_short(row.detail) or "seen", "wrong"),)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
