"""Everything about the words of one clip's sessions beyond their counts, and how it is written down."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.metrics import normalize
from harness.metrics.accuracy import Accuracy, delivered_text
from harness.metrics.analysis import SessionAnalysis
from harness.metrics.attribution import categories
from harness.metrics.bursts import bursts, loop_count
from harness.metrics.compounds import compound_errors
from harness.metrics.entities import Mention, mentions_of
from harness.metrics.formatting import formatting_of
from harness.metrics.keywords import count_terms
from harness.metrics.scores import EntityScore, ErrorCategory, KeywordScore, SessionScore
from harness.metrics.settings import ScoreSettings
from harness.metrics.suspects import suspect_steps
from harness.metrics.time_constrained import TimedWords, delivered_spans, reference_spans, time_constrained_errors
from harness.metrics.token_times import token_spans
from harness.metrics.word_counts import WordCounts
from harness.metrics.words import count, disagreement
from harness.timeline.events import SIDES, Side

_MS_PER_S = 1000


@dataclass(frozen=True, slots=True)
class WordMarks:
    """What is known of the steps of a session's alignment.

    Attributes:
        categories: What each error is part of.
        suspects: Steps that both sides of the pair make alike.
        entities: Class of the reference tokens that belong to an entity.
    """

    categories: Sequence[ErrorCategory | None] = ()
    suspects: Collection[int] = frozenset()
    entities: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WordDetail:
    """One session's words in detail.

    Attributes:
        marks: Step by step.
        mentions: The clip's entities.
        changed: Edits to the other side's text, and tokens of the longer of the two; None without another side.
    """

    marks: WordMarks
    mentions: tuple[Mention, ...]
    changed: tuple[int, int] | None


def word_details(
    analyses: Mapping[Side, SessionAnalysis], failed: Mapping[Side, bool], settings: ScoreSettings
) -> dict[Side, WordDetail]:
    """Look at the words of a clip's sessions, each on its own and both together.

    Args:
        analyses: The sessions of one clip in one pass.
        failed: Whether each session failed.
        settings: What the project decided.
    """
    suspects = _suspects(analyses, failed)
    texts = [analysis.tokens for analysis in analyses.values()]
    changed = disagreement(*texts) if len(texts) == len(SIDES) else None
    return {
        side: _detail(analysis, suspects.get(side, frozenset()), changed, settings, failed=failed[side])
        for side, analysis in analyses.items()
    }


def with_words(
    row: SessionScore, analysis: SessionAnalysis, detail: WordDetail, settings: ScoreSettings
) -> SessionScore:
    """The session's row with the columns about its words."""
    changed_words, longer_words = detail.changed or (None, None)
    row = replace(row, changed_words=changed_words, longer_words=longer_words)
    accuracy = analysis.accuracy
    if accuracy is None:
        return replace(row, loops=loop_count((), analysis.tokens))
    suspects = detail.marks.suspects
    texts = [delivered_text(view, settings.tail_policy) for view in analysis.hypothesis.segments]
    formatting = formatting_of((utterance.text or "" for utterance in analysis.clip.utterances), texts)
    judged = accuracy.judged
    has_words = accuracy.counts.reference_words > 0
    return replace(
        row,
        entity_mentions=len(detail.mentions),
        entity_misses=sum(not mention.is_hit for mention in detail.mentions),
        unlocatable_entities=sum(mention.span is None for mention in detail.mentions),
        words_raw=formatting.raw,
        words_plain=formatting.plain,
        words_excl_suspect=count(step for place, step in enumerate(accuracy.steps) if place not in suspects)
        if has_words
        else WordCounts(),
        characters=accuracy.characters,
        compound_errors=compound_errors(*judged) if has_words else 0,
        time_constrained_errors=_time_constrained(analysis, accuracy, settings.collar_s) if has_words else None,
        casing_errors=formatting.casing_errors,
        punctuation=formatting.punctuation,
        dropouts=len(bursts(accuracy.steps, "delete")),
        insertion_bursts=len(bursts(accuracy.steps, "insert")),
        loops=loop_count(*judged),
    )


def entity_rows(analysis: SessionAnalysis, detail: WordDetail) -> Iterator[EntityScore]:
    """One row a mention."""
    clip, header = analysis.clip, analysis.session.header
    for index, mention in enumerate(detail.mentions):
        yield EntityScore(
            clip_id=clip.clip_id,
            call_id=clip.call_id,
            side=header.side,
            pass_number=header.pass_number,
            entity=index,
            utterance=mention.entity.utterance,
            entity_class=mention.entity.entity_class,
            text=mention.text,
            heard=" ".join(mention.heard),
            located=mention.span is not None,
            hit=mention.is_hit,
        )


def keyword_rows(analysis: SessionAnalysis, settings: ScoreSettings) -> Iterator[KeywordScore]:
    """One row a keyword that was said or delivered; none without a reference."""
    if analysis.accuracy is None or not settings.keywords:
        return
    clip, header = analysis.clip, analysis.session.header
    normalizer = normalize.primary(settings.rewrites)
    terms = [normalizer.tokens(keyword, analysis.language) for keyword in settings.keywords]
    said, heard = (count_terms(tokens, terms) for tokens in analysis.accuracy.judged)
    for term in sorted(said.keys() | heard.keys()):
        yield KeywordScore(
            clip_id=clip.clip_id,
            call_id=clip.call_id,
            side=header.side,
            pass_number=header.pass_number,
            keyword=" ".join(term),
            said=said[term],
            heard=heard[term],
        )


def _suspects(analyses: Mapping[Side, SessionAnalysis], failed: Mapping[Side, bool]) -> dict[Side, frozenset[int]]:
    """Steps that both sides make alike; a session that failed says nothing about its reference."""
    if len(analyses) < len(SIDES) or any(failed.values()):
        return {}
    a, b = analyses["baseline"].accuracy, analyses["candidate"].accuracy
    return {} if a is None or b is None else dict(zip(SIDES, suspect_steps(a, b), strict=True))


def _detail(
    analysis: SessionAnalysis,
    suspects: frozenset[int],
    changed: tuple[int, int] | None,
    settings: ScoreSettings,
    *,
    failed: bool,
) -> WordDetail:
    accuracy, reference = analysis.accuracy, analysis.reference
    if accuracy is None:
        return WordDetail(WordMarks(), (), changed)
    mentions = mentions_of(analysis.clip, accuracy, normalize.primary(settings.rewrites), analysis.language)
    entities = {
        token: mention.entity.entity_class for mention in mentions if mention.span is not None for token in mention.span
    }
    cuts = [
        reference.times_s[cut.words[-1]]
        for cut, role in zip(analysis.endings, analysis.roles, strict=True)
        if role == "early_cut"
    ]
    cuts_s = [span[1] for span in cuts if span is not None]
    onsets_s = [None if span is None else span[0] for span in token_spans(accuracy, reference)] if cuts_s else []
    found = categories(accuracy, failed=failed, entity_tokens=entities, onsets_s=onsets_s, cuts_s=cuts_s)
    if not accuracy.counts.reference_words:
        found = [None] * len(found)  # outside the error rate
    return WordDetail(WordMarks(found, suspects, entities), tuple(mentions), changed)


def _time_constrained(analysis: SessionAnalysis, accuracy: Accuracy, collar_s: float) -> int | None:
    if not analysis.reference.timed or normalize.UNINTELLIGIBLE in accuracy.reference:
        return None
    utterances = analysis.clip.utterances
    said: list[list[str]] = [[] for _ in utterances]
    for token, utterance in zip(accuracy.reference, accuracy.utterance_of, strict=True):
        said[utterance].append(token)
    heard = []
    for view, tokens in zip(analysis.hypothesis.segments, analysis.delivered, strict=True):
        start_ms, end_ms = view.segment.start_ms, view.segment.end_ms
        if start_ms is not None and end_ms is not None:
            heard.append(((start_ms / _MS_PER_S, end_ms / _MS_PER_S), tokens))
        elif tokens:
            return None
    spans = [(utterance.start_s, utterance.end_s) for utterance in utterances]
    return time_constrained_errors(
        TimedWords(accuracy.reference, reference_spans(zip(spans, said, strict=True))),
        TimedWords(accuracy.hypothesis, delivered_spans(heard, collar_s)),
        accuracy.steps,
    )
