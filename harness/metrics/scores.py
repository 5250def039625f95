"""What scoring a run yields: rows of plain values. CSV files, summary, verdict and report are views of them.

Counts add and rates are derived last. `inf` is a legal latency; `None` means not available.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from harness.metrics.word_counts import NO_WORDS, WordCounts
from harness.timeline.events import Side

VIOLATION_KINDS = (
    "bad_word_time",
    "duplicate_final",
    "empty_final",
    "final_after_close",
    "missing_end_of_turn",
    "post_final_mutation",
    "rekeyed_segment",
    "text_words_mismatch",
    "turn_order_gap",
    "unknown_event",
    "vanished_segment",
)
"""What a provider can break."""

EndClass = Literal["ok", "early", "late", "forced", "flush", "merged", "missing"]
ErrorCategory = Literal["failed_session", "dropout", "tail", "insertion_burst", "entity", "near_cut", "other"]


@dataclass(frozen=True, slots=True)
class SessionScore:
    """One session. `valid` is about the harness, `succeeded` about the provider."""

    clip_id: str
    call_id: str
    side: Side
    provider: str
    pass_number: int
    tags: tuple[str, ...]
    language: str | None
    speaker: str | None
    duration_s: float
    valid: bool
    invalid_reason: str | None
    succeeded: bool
    failure_reason: str | None
    has_reference: bool
    words: WordCounts  # primary normaliser, L2, as delivered
    words_secondary: WordCounts | None  # None: the secondary normaliser does not support the language
    non_speech_insertions: int
    open_tail_words: int
    turns: int  # in the endpointing population: both sessions of the pair succeeded
    early_cut_turns: int
    segments: int
    spurious_segments: int
    partials: int
    erased_tokens: int
    final_tokens: int  # denominator of normalized_erasure
    post_final_mutations: int
    formatted_missing: int
    session_init_ms: float | None
    http_post_ms: float | None
    ws_open_ms: float | None
    flush_ms: float | None
    close_ms: float | None
    first_text_from_audio_start_ms: float | None
    lateness_p50_ms: float | None
    lateness_p99_ms: float | None
    lateness_max_ms: float | None
    sdk_overhead_p50_ms: float | None
    sdk_overhead_p99_ms: float | None
    reconnects: int
    audio_sha256: str
    text: str  # the session's consumed text, as delivered
    entity_mentions: int = 0  # annotated entities in the reference; 0 where none is annotated
    entity_misses: int = 0
    unlocatable_entities: int = 0  # mentions that the normaliser merges with their neighbours
    words_raw: WordCounts = NO_WORDS  # L0: case and punctuation count
    words_plain: WordCounts = NO_WORDS  # L1
    words_excl_suspect: WordCounts = NO_WORDS  # without the steps that both sides make alike
    characters: WordCounts = NO_WORDS  # of the L2 tokens joined by a space
    compound_errors: int = 0  # L3; the reference words are those of `words`
    time_constrained_errors: int | None = None  # None: times are missing, or part of the reference is unintelligible
    casing_errors: int = 0  # among the hits of `words_plain`
    punctuation: WordCounts = NO_WORDS  # marks at the ends of the hits of `words_plain`
    dropouts: int = 0
    insertion_bursts: int = 0
    loops: int = 0
    leaks: int = 0  # summed over the session's segments
    changed_words: int | None = None  # L2 edits to the other side's text; None: no session on the other side
    longer_words: int | None = None  # L2 tokens of the longer of the two texts
    repeat_changed_words: int | None = None  # the same to this side's text in its first valid pass; None in that pass
    repeat_longer_words: int | None = None
    channel: int | None = None  # of the clip in its file
    send_stamp: str = "wire"  # what `_prov_ms` counts from; sides are compared only if theirs are alike
    turns_derived: bool = True  # no utterance names its turn: each is taken for one
    contract_violations: int = 0  # rows of `findings`
    words_other_tail: WordCounts | None = None  # as `words` under the other tail policy
    words_partial: WordCounts | None = None  # as `words`, of the last partials before each endpoint
    unstable_tokens: int = 0  # this and what follows up to `no_partial_segments`: 0 unless both sessions succeeded
    grid_erased_tokens: int = 0  # as seen every 200 ms
    raw_final_tokens: int = 0  # of L0 tokens, as the next two
    raw_erased_tokens: int = 0
    raw_unstable_tokens: int = 0
    shown_segments: int = 0  # that showed anything
    unstable_segments: int = 0  # that lost a token
    no_partial_segments: int = 0  # of fewer than two updates
    forced_cuts: int = 0  # early cuts by a length limit; 0 unless both sessions succeeded, as the next four
    holds: int = 0  # pauses of at least 100 ms inside a turn, between words with times
    holds_fired: int = 0  # of them, those on which an early cut fell
    time_holds: int = 0  # the same judged by times alone
    time_holds_fired: int = 0
    time_hold_turns: int = 0  # turns with such a pause, in every session: what the corpus has
    time_hold_turns_fired: int = 0  # of them, those with a pause on which an endpoint fell
    common_tokens: int = 0  # words in which the boundaries of both sides are placed; 0 without a valid pair
    spurious_boundaries: int = 0  # boundaries where this side had one already
    timed_reference_words: int = 0  # reference words with times of their own
    timed_right_words: int = 0  # of them, those this side got right and showed
    words_after_stop: int = 0  # of those, shown only after the stop command
    backlog_slope_ms_per_s: float | None = None  # None under 30 s or ten words right on both sides
    loop_lag_p99_ms: float | None = None  # of the recording process's 10 ms probe while the session ran
    loop_lag_max_ms: float | None = None
    ack_lag_p50_ms: float | None = None  # None if the service acknowledges nothing
    ack_lag_p95_ms: float | None = None

    @property
    def has_words(self) -> bool:
        """Whether its reference has a word, without which there is no error rate."""
        return self.has_reference and self.words.reference_words > 0


@dataclass(frozen=True, slots=True)
class UtteranceScore:
    """One reference utterance as one provider handled it; population: valid pairs."""

    clip_id: str
    call_id: str
    side: Side
    pass_number: int
    utterance: int  # index in the clip
    turn: int
    start_s: float
    end_s: float
    time_source: str
    text: str | None
    reference_words: int  # N_u at L2
    errors: int  # back-projected
    first_partial_ms: float | None  # inf: never shown by a partial
    first_text_ms: float | None
    false_start: bool
    first_partial_prov_ms: float | None = None  # from the write of the chunk, not from the audio
    first_text_prov_ms: float | None = None


@dataclass(frozen=True, slots=True)
class TurnScore:
    """One reference turn as one provider ended it."""

    clip_id: str
    call_id: str
    side: Side
    pass_number: int
    turn: int
    end_s: float
    final_ms: float | None
    endpoint_ms: float | None  # None outside the endpointing population
    end_class: EndClass | None
    early_cuts: int
    final_prov_ms: float | None = None
    final_unformatted_ms: float | None = None  # None: the session has no final of this form
    final_formatted_ms: float | None = None
    endpoint_by_time_ms: float | None = None  # claimed by times alone; inf: no endpoint in the turn's window


@dataclass(frozen=True, slots=True)
class SegmentScore:
    """One provider segment; times in ms from T0."""

    clip_id: str
    side: Side
    pass_number: int
    segment: int
    key: str
    closed_by: str
    first_update_ms: float | None
    endpoint_at_ms: float | None  # first final of any form
    consumed_at_ms: float | None  # the final the product uses
    start_ms: int | None  # self-reported
    end_ms: int | None  # self-reported
    partials: int
    tokens: int
    erased_tokens: int
    role: Literal["boundary", "early_cut", "forced_cut", "spurious", "inside"]
    text: str
    leaks: int = 0  # sequences of five words that an earlier segment on another channel of the recording holds too
    unstable_tokens: int = 0
    grid_erased_tokens: int = 0
    raw_final_tokens: int = 0
    raw_erased_tokens: int = 0
    raw_unstable_tokens: int = 0
    formatting_delay_ms: float | None = None  # None unless both forms of final came
    contract_violations: int = 0


@dataclass(frozen=True, slots=True)
class WordScore:
    """One step of a session's L2 alignment (`equal`, `replace`, `delete`, `insert`)."""

    clip_id: str
    side: Side
    pass_number: int
    position: int
    op: Literal["equal", "replace", "delete", "insert"]
    reference: str | None
    hypothesis: str | None
    utterance: int
    segment: int | None
    reference_start_s: float | None
    reference_end_s: float | None
    category: ErrorCategory | None = None  # what the error is part of; None: it is none
    suspect: bool = False  # both sides do the same here: the reference may be wrong
    entity: str | None = None  # class of the entity that the reference token belongs to


@dataclass(frozen=True, slots=True)
class BoundaryScore:
    """One boundary of the A/B comparison without labels; positions in common tokens."""

    clip_id: str
    pass_number: int
    kind: Literal["matched", "split", "merge", "missing", "forced"]
    baseline_position: int | None
    candidate_position: int | None
    baseline_at_ms: float | None
    candidate_at_ms: float | None
    offset_ms: float | None
    offset_class: Literal["early", "equal", "late"] | None
    common_tokens: int


@dataclass(frozen=True, slots=True)
class EntityScore:
    """One annotated entity as one provider delivered it; population: valid pairs."""

    clip_id: str
    call_id: str
    side: Side
    pass_number: int
    entity: int  # index in the clip
    utterance: int
    entity_class: str
    text: str  # as written in the reference
    heard: str  # L2 tokens in its place; for one that can't be located, in its utterance
    located: bool
    hit: bool


@dataclass(frozen=True, slots=True)
class KeywordScore:
    """How often one keyword was said and delivered in a session; none where it was neither. Population: valid pairs."""

    clip_id: str
    call_id: str
    side: Side
    pass_number: int
    keyword: str  # L2 tokens joined by a space
    said: int
    heard: int


@dataclass(frozen=True, slots=True)
class WordTimingScore:
    """One reference word that came out right on both sides and whose times are known; population: valid pairs.

    A latency is None where the word was not shown before the stop command; `emission` and `final` count from its end.
    """

    clip_id: str
    call_id: str
    pass_number: int
    word: int  # index among the clip's reference words (L1)
    utterance: int
    turn: int
    reference: str
    reference_start_s: float
    reference_end_s: float
    baseline_emission_ms: float
    candidate_emission_ms: float
    baseline_emission_prov_ms: float | None
    candidate_emission_prov_ms: float | None
    baseline_stabilisation_ms: float
    candidate_stabilisation_ms: float
    baseline_final_ms: float | None  # None: no update declared it final
    candidate_final_ms: float | None


@dataclass(frozen=True, slots=True)
class FindingScore:
    """One breach of what a provider promises about its messages."""

    clip_id: str
    side: Side
    provider: str
    pass_number: int
    kind: str
    key: str  # of the segment; empty if it is about the session
    at_ms: float  # arrival, from T0
    detail: str


@dataclass(frozen=True, slots=True)
class HoldScore:
    """One side if its client waited `hold_ms` longer before believing an endpoint; pooled over the run."""

    side: Side
    hold_ms: int
    turns: int
    early_cut_turns: int
    ok_turns: int
    endpoint_p50_ms: float | None  # None without turns
    endpoint_p95_ms: float | None

    @property
    def false_cutoff_rate(self) -> float | None:
        """Turns cut off per turn."""
        return self.early_cut_turns / self.turns if self.turns else None

    @property
    def endpoint_recall(self) -> float | None:
        """Turns ended in time per turn."""
        return self.ok_turns / self.turns if self.turns else None


POOLED = ("send_lateness_ms", "sdk_overhead_ms", "ack_lag_ms", "formatting_delay_ms")
"""What `PooledScore` is made of."""


@dataclass(frozen=True, slots=True)
class PooledScore:
    """Quantiles of a measurement that is too frequent for rows of its own, over all of a run, exact to a microsecond.

    `send_lateness_ms` is of chunks, `sdk_overhead_ms` of frames, `ack_lag_ms` of acknowledged chunks, `formatting_delay_ms` of
    segments with both forms of final (in valid pairs).
    """

    metric: str
    side: Literal["baseline", "candidate", "both"]
    n: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None


@dataclass(frozen=True, slots=True)
class ConductScore:
    """How often one side's messages, segments or sessions did something; pooled over all of the run's sessions.

    `harness.timeline.conduct` says which aspects there are and in what ways each is shown.
    """

    side: Side
    provider: str
    aspect: str
    way: str
    count: int
    clip_id: str  # of the first session that shows it
    pass_number: int


@dataclass(frozen=True, slots=True)
class Scores:
    """All of a run's scores, each table in the order clip, side, pass, index."""

    norm_id: str
    secondary_norm_id: str | None
    recv_stamp: str
    sessions: tuple[SessionScore, ...]
    utterances: tuple[UtteranceScore, ...]
    turns: tuple[TurnScore, ...]
    segments: tuple[SegmentScore, ...]
    words: tuple[WordScore, ...]
    boundaries: tuple[BoundaryScore, ...]
    entities: tuple[EntityScore, ...] = ()
    keywords: tuple[KeywordScore, ...] = ()
    word_timings: tuple[WordTimingScore, ...] = ()
    findings: tuple[FindingScore, ...] = ()
    holds: tuple[HoldScore, ...] = ()
    pooled: tuple[PooledScore, ...] = ()
    conduct: tuple[ConductScore, ...] = ()

    def with_rows(
        self, sessions: Iterable[SessionScore], utterances: Iterable[UtteranceScore], turns: Iterable[TurnScore]
    ) -> "Scores":
        """Other rows measured alike, of the three tables that the gate's rules read; the other tables are empty."""
        return Scores(
            self.norm_id,
            self.secondary_norm_id,
            self.recv_stamp,
            tuple(sessions),
            tuple(utterances),
            tuple(turns),
            segments=(),
            words=(),
            boundaries=(),
        )
