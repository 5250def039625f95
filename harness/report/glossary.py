"""What every number in the report means: one source for the page, the documentation and the tables' tool tips."""

from harness.report.glossary_words import WORD_TERMS
from harness.report.numbers import Kind
from harness.report.term import Term
from harness.verdict.rules import RULES as DECISION_RULES

TERMS: dict[str, Term] = WORD_TERMS | {
    "first_partial_ms": Term(
        "First partial",
        "From the onset of an utterance in the audio to the first partial that shows one of its words. An utterance that no partial ever shows counts as never, not as nothing.",
        "ms",
        "latency",
    ),
    "final_ms": Term(
        "Final",
        "From the end of a turn in the audio to the final that your product uses for its last word. Finals that only came when the stream was stopped count as never.",
        "ms",
        "latency",
    ),
    "first_text_ms": Term(
        "First text",
        "From an utterance's onset to the first update of any kind that shows one of its words.",
        "ms",
        "latency",
    ),
    "first_text_from_audio_start_ms": Term(
        "First text from audio start",
        "From the start of the audio, leading silence included, to the first text of the session.",
        "ms",
        "latency",
    ),
    "word_emission_ms": Term(
        "Word shown", "From the end of a word in the audio to the first update that shows it right.", "ms", "latency"
    ),
    "word_stabilisation_ms": Term(
        "Word settled", "From a word's first right appearance to the update from which it stays right.", "ms", "latency"
    ),
    "word_final_ms": Term(
        "Word final", "From the end of a word to the update in which it is right and marked final.", "ms", "latency"
    ),
    "endpoint_ms": Term(
        "Endpoint", "From the end of a turn in the audio to the first final that closes it.", "ms", "latency"
    ),
    "final_unformatted_ms": Term("Unformatted final", "As final, for the unformatted form.", "ms", "latency"),
    "final_formatted_ms": Term("Formatted final", "As final, for the formatted form.", "ms", "latency"),
    "formatting_delay_ms": Term(
        "Formatting delay", "From the unformatted to the formatted final of one segment.", "ms", "latency"
    ),
    "flush_ms": Term("Flush", "From the stop command to the last text.", "ms", "latency"),
    "close_ms": Term("Close", "From the stop command to the closed socket.", "ms", "latency"),
    "backlog_slope_ms_per_s": Term(
        "Backlog growth",
        "By how many milliseconds the delay of words grows with each second of audio; zero keeps up.",
        "ms",
        "latency",
    ),
    "ack_lag_ms": Term(
        "Acknowledgement lag", "From the write of a chunk to its acknowledgement.", "ms", "latency", "neither"
    ),
    "normalized_erasure": Term(
        "Erasure",
        "Words shown in partials and then taken back or changed, per final word. Below 0.2 is usually called low revision.",
        "ratio",
        "stability",
    ),
    "normalized_erasure_grid": Term(
        "Erasure, seen every 200 ms",
        "Erasure of what a screen refreshed five times a second would have shown; independent of cadence.",
        "ratio",
        "stability",
    ),
    "unstable_word_ratio": Term(
        "Unstable words", "Shown words that did not survive to the next update, per final word.", "ratio", "stability"
    ),
    "unstable_segment_ratio": Term(
        "Unstable segments", "Share of segments in which a partial took words back.", "percent", "stability"
    ),
    "edit_overhead": Term(
        "Edit overhead",
        "Share of all edits to the displayed text that turned out to be unnecessary.",
        "percent",
        "stability",
    ),
    "partials_per_s": Term(
        "Partials per second",
        "Partials per second of reference speech: the cadence to read the rest against.",
        "per_second",
        "stability",
        "neither",
    ),
    "partial_wer": Term(
        "Word error rate of last partials",
        "Word error rate of the last partial before each endpoint.",
        "percent",
        "stability",
    ),
    "post_final_mutation_count": Term(
        "Changed finals",
        "Finals whose words changed afterwards. A product that acts on finals has already acted.",
        "count",
        "stability",
    ),
    "false_cutoff_rate": Term(
        "Early cuts",
        "Share of reference turns that the service closed before the speaker had finished.",
        "percent",
        "turns",
    ),
    "false_cutoff_per_hold": Term(
        "Early cuts per pause",
        "Share of pauses inside a turn at which the service closed the turn.",
        "percent",
        "turns",
    ),
    "endpoint_recall": Term(
        "Turns closed in time",
        "Share of turns closed between 0.25 s before and 3 s after their end.",
        "percent",
        "turns",
        "better",
    ),
    "merge_rate": Term(
        "Merged turns", "Share of turns that were closed only together with a later one.", "percent", "turns"
    ),
    "late_rate": Term(
        "Late ends", "Share of turns closed more than three seconds after their end.", "percent", "turns"
    ),
    "forced_rate": Term(
        "Forced ends", "Share of turns closed by a length limit instead of a pause.", "percent", "turns"
    ),
    "missing_rate": Term("Missing turns", "Share of turns of which no word was delivered.", "percent", "turns"),
    "early_rate": Term(
        "Ends before the end",
        "Share of turns whose endpoint came more than 0.25 s before their end.",
        "percent",
        "turns",
    ),
    "flush_rate": Term(
        "Ends by stop only", "Share of turns that were closed only because the stream was stopped.", "percent", "turns"
    ),
    "spurious_segments_per_hour": Term(
        "Spurious segments", "Segments that match no reference word, per hour of audio.", "per_hour", "turns"
    ),
    "boundary_similarity": Term(
        "Boundary similarity",
        "How alike both services split the same words; 1 is identical.",
        "ratio",
        "turns",
        "better",
    ),
    "words_after_stop_rate": Term(
        "Words shown only after the stop",
        "Share of the right words first shown after the stop command; they are in no word latency.",
        "percent",
        "latency",
    ),
    "false_start_count": Term(
        "False starts",
        "Utterances of which a word was shown more than 0.25 s before it began.",
        "count",
        "latency",
    ),
    "normalized_erasure_raw": Term(
        "Erasure, raw tokens",
        "As erasure, but case and punctuation count: final formatting alone can take everything back.",
        "ratio",
        "stability",
    ),
    "unstable_word_ratio_raw": Term(
        "Unstable words, raw tokens",
        "As unstable words, but case and punctuation count.",
        "ratio",
        "stability",
    ),
    "no_partial_segments": Term(
        "Segments without partials",
        "Segments of fewer than two updates; nothing can be taken back in them.",
        "count",
        "stability",
        "neither",
    ),
    "forced_cut_count": Term(
        "Forced cuts",
        "Turns cut by a length limit before their end; not among the early cuts.",
        "count",
        "turns",
    ),
    "endpoint_by_time_ms": Term(
        "End of turn, by times",
        "From the end of a turn to the first unclaimed end of a segment near it, whatever the segment says.",
        "ms",
        "turns",
    ),
    "endpoint_recall_by_time": Term(
        "Turns closed in time, by times",
        "Share of turns with an end of a segment between 0.25 s before and 3 s after their end, whatever the segment says.",
        "percent",
        "turns",
        "better",
    ),
    "false_cutoff_rate_by_time": Term(
        "Early cuts, by times",
        "Share of turns with a pause during which a segment ended that no turn claims, whatever the segment says.",
        "percent",
        "turns",
    ),
    "false_cutoff_per_hold_by_time": Term(
        "Cuts per pause, by times",
        "Share of pauses inside a turn during which a segment ended that no turn claims.",
        "percent",
        "turns",
    ),
    "contract_violation_count": Term(
        "Broken promises",
        "Messages that break what the service promises about them: changed finals, gaps, impossible times.",
        "count",
        "service",
    ),
    "session_failure_rate": Term(
        "Failed sessions",
        "Share of sessions that did not become ready, were refused or broken off, did not close cleanly, or delivered no final.",
        "percent",
        "service",
    ),
    "no_partial_rate": Term(
        "No partial at all", "Share of utterances that no partial ever showed.", "percent", "service"
    ),
    "no_text_rate": Term(
        "No text at all", "Share of utterances of which no word was ever shown.", "percent", "service"
    ),
    "formatted_missing_count": Term(
        "Formatted finals missing", "Segments whose formatted final never came.", "count", "service"
    ),
    "reconnect_count": Term("Reconnects", "Sessions that dropped and were dialled again.", "count", "service"),
    "session_init_ms": Term("Session start", "From dialling to ready for audio; in no other latency.", "ms", "service"),
    "http_post_ms": Term(
        "Session request", "The HTTP request that creates the session, where there is one.", "ms", "service"
    ),
    "ws_open_ms": Term("Socket open", "Opening the WebSocket.", "ms", "service"),
    "sdk_overhead_ms": Term(
        "SDK overhead",
        "From a message's arrival at the socket to the SDK's call of the application: your process, not the service.",
        "ms",
        "latency",
    ),
    "send_lateness_ms": Term("Send lateness", "How late chunks of audio left against their schedule.", "ms", "service"),
}

RULES: dict[str, tuple[str, str | None]] = {
    rule.name: (rule.metric, None if rule.quantile is None else f"p{rule.quantile * 100:.0f}")
    for rule in DECISION_RULES
}
"""For each gated rule, the metric it reads and, for a latency, the quantile."""

RULE_LABELS: dict[str, str] = {rule.name: rule.label for rule in DECISION_RULES}
"""What people read in place of a rule's name."""


def term(metric: str) -> Term:
    """The metric's entry; a metric this version does not know is shown under its own name.

    Args:
        metric: Name as in `summary.json`.
    """
    if metric in TERMS:
        return TERMS[metric]
    name = metric.removesuffix("_ms").replace("_", " ")
    if metric.endswith("_prov_ms") and (known := TERMS.get(metric.replace("_prov_ms", "_ms"))):
        meaning = "Measured from the moment the audio was sent, without the harness's own delay. " + known.meaning
        return Term(f"{known.label}, from sending", meaning, "ms", known.group, known.larger_is)
    kind: Kind = (
        "ms"
        if metric.endswith("_ms")
        else "count"
        if metric.endswith("_count")
        else "percent"
        if metric.endswith("_rate")
        else "ratio"
    )
    return Term(name[:1].upper() + name[1:], "No definition in this version.", kind, "service", "neither")
