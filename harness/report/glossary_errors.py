"""What the kinds of difference mean that the report explains one by one."""

from harness.metrics.scores import ErrorCategory

CATEGORIES: dict[ErrorCategory, tuple[str, str]] = {
    "failed_session": (
        "Failed sessions",
        "All errors of a session that its service failed. What it did not deliver counts as missing words.",
    ),
    "dropout": ("Dropouts", "Five or more words in a row that are missing."),
    "tail": ("Missing ends", "Words missing up to the end of a session: its last words never came."),
    "insertion_burst": ("Invented passages", "Five or more words in a row that nobody said."),
    "entity": ("Names, numbers, codes", "Errors in words that the corpus marks as an entity."),
    "near_cut": (
        "Near early cuts",
        "Errors within a second of a turn that was closed before its speaker had finished: words often break there.",
    ),
    "other": ("Scattered words", "Words that are wrong, missing or too many, in none of the other categories."),
}
"""Label and meaning of each category of errors, in the order in which they are tried: an error has the first that fits."""

VIOLATIONS: dict[str, str] = {
    "bad_word_time": "A word that ends before it starts, or has a negative time.",
    "duplicate_final": "A second final of the same form for one segment.",
    "empty_final": "A final without text.",
    "final_after_close": "A final after the service had said goodbye, or after the socket was closed.",
    "missing_end_of_turn": "The next turn began before this one was final.",
    "post_final_mutation": "A text, or a word declared final, that changed afterwards.",
    "rekeyed_segment": "A segment whose partials had one key and whose final had another.",
    "text_words_mismatch": "A text and a list of words in one message that hold other words.",
    "turn_order_gap": "A number of a turn that was left out.",
    "unknown_event": "A message of a type that the documentation does not name, or that is no JSON.",
    "vanished_segment": "A segment that was shown and then neither became final nor was taken back.",
}
"""What each kind of breach is."""
