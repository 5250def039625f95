"""What the numbers about words mean; `glossary` has all of them."""

from harness.report.term import Term

WORD_TERMS: dict[str, Term] = {
    "wer": Term(
        "Word error rate",
        "Substituted, missing and extra words per reference word, after normalising case, punctuation and numbers. Pooled over all sessions, as delivered: what a failed session did not say counts as missing.",
        "percent",
        "words",
    ),
    "wer_secondary": Term(
        "Word error rate, second normaliser",
        "The same count under an independent normaliser. If the two would decide differently, the rule is inconclusive.",
        "percent",
        "words",
    ),
    "wer_l3": Term(
        "Word error rate, compounds merged",
        "As word error rate, but “wi fi” for “wifi” costs nothing.",
        "percent",
        "words",
    ),
    "mer": Term(
        "Match error rate",
        "Errors per aligned position (hits, substitutions, deletions and insertions).",
        "percent",
        "words",
    ),
    "wil": Term(
        "Word information lost",
        "One minus the product of the shares of reference and hypothesis words that match.",
        "percent",
        "words",
    ),
    "cer": Term("Character error rate", "Error rate on the characters of the normalised words.", "percent", "words"),
    "wer_mean_utterance": Term(
        "Mean word error rate of utterances",
        "Mean of each utterance's own rate; short utterances weigh as much as long ones.",
        "percent",
        "words",
    ),
    "perfect_utterance_rate": Term(
        "Utterances without an error",
        "Share of reference utterances in which every word is right.",
        "percent",
        "words",
        "better",
    ),
    "wer_l1": Term(
        "Word error rate, plain", "Without case and punctuation only: “5” for “five” is an error.", "percent", "words"
    ),
    "wer_other_tail": Term(
        "Word error rate, open text the other way",
        "As word error rate, with text that no final confirmed left out, or counted if the configuration leaves it out.",
        "percent",
        "words",
    ),
    "tcwer": Term(
        "Word error rate, at the right time",
        "As word error rate, but only words said within five seconds of each other are compared. If it is larger, the service's word times are off.",
        "percent",
        "words",
    ),
    "keyword_recall": Term(
        "Keywords found", "Share of the keywords said that were delivered, call by call.", "percent", "words", "better"
    ),
    "keyword_precision": Term(
        "Keywords that were said", "Share of the keywords delivered that were said.", "percent", "words", "better"
    ),
    "keyword_f1": Term(
        "Keywords, F1", "Harmonic mean of keywords found and keywords that were said.", "percent", "words", "better"
    ),
    "wer_attribution": Term(
        "What the difference is made of",
        "The difference of the word error rates by what its errors are part of; the parts add up to it.",
        "percent",
        "words",
    ),
    "suspect_references": Term(
        "Suspect places in the reference",
        "Places where both services make the same change to the reference: it may be what is wrong.",
        "count",
        "words",
        "neither",
    ),
    "excess_disagreement": Term(
        "Disagreement beyond chance",
        "Disagreement of the two services, less that of the baseline with itself in a further pass.",
        "percent",
        "words",
        "neither",
    ),
    "wer_conditional": Term(
        "Word error rate where both succeeded",
        "Word error rate over pairs in which neither session failed.",
        "percent",
        "words",
    ),
    "wer_excl_suspect": Term(
        "Word error rate without suspect references",
        "Leaves out reference words on which both services make the same change: the reference may be what is wrong.",
        "percent",
        "words",
    ),
    "entity_miss_rate": Term(
        "Entities missed",
        "Share of annotated names, numbers and codes that are not delivered exactly.",
        "percent",
        "words",
    ),
    "casing_error_rate": Term(
        "Casing errors",
        "Share of right words whose upper and lower case differ from the reference.",
        "percent",
        "words",
    ),
    "punctuation_error_rate": Term(
        "Punctuation errors",
        "Missing, extra and different marks after right words. A service that splits a turn adds full stops.",
        "percent",
        "words",
    ),
    "fwer": Term(
        "Word error rate, as written",
        "Word error rate without any normalisation: case and punctuation count.",
        "percent",
        "words",
    ),
    "dropouts_per_hour": Term(
        "Dropouts", "Runs of five or more missing words, per hour of audio.", "per_hour", "words"
    ),
    "insertion_bursts_per_hour": Term(
        "Insertion bursts", "Runs of five or more invented words, per hour of audio.", "per_hour", "words"
    ),
    "non_speech_insertions_per_min": Term(
        "Words out of nothing",
        "Words delivered for clips that hold no speech, per minute of such audio.",
        "per_min",
        "words",
    ),
    "disagreement": Term(
        "Disagreement",
        "Word differences between the two services, per word of the longer transcript; needs no reference.",
        "percent",
        "words",
        "neither",
    ),
    "open_tail_word_count": Term(
        "Words never finalised", "Words of a last partial that no final ever confirmed.", "count", "words"
    ),
    "leak_count": Term(
        "Cross-channel leaks", "The same five words on two channels of a call within two seconds.", "count", "words"
    ),
    "loop_count": Term(
        "Loops", "A phrase repeated four times or more in a row that the reference does not repeat.", "count", "words"
    ),
}
