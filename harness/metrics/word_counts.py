"""Counts of an alignment, which add: rates are derived from them last."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WordCounts:
    """Hits, substitutions, deletions and insertions of one alignment; adds, never averages."""

    hits: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    @property
    def reference_words(self) -> int:
        """N = H + S + D."""
        return self.hits + self.substitutions + self.deletions

    @property
    def errors(self) -> int:
        """E = S + D + I."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def aligned(self) -> int:
        """H + S + D + I, the steps of the alignment: what the match error rate is per (Morris, Maier & Green 2004)."""
        return self.hits + self.errors

    @property
    def rate(self) -> float | None:
        """Errors per reference word; None without reference words."""
        return self.errors / self.reference_words if self.reference_words else None

    def __add__(self, other: "WordCounts") -> "WordCounts":
        """Pool two alignments."""
        return WordCounts(
            self.hits + other.hits,
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
        )


NO_WORDS = WordCounts()
"""Of nothing aligned with nothing."""
