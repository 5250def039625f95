"""Whether enough pairs are valid for a result to be trusted at all."""

from harness.metrics.scores import Scores

INVALID_PAIRS_LIMIT = 0.05
"""Share of the planned pairs that the harness may spoil before the run is INVALID."""


def invalid_reason(scores: Scores, *, planned_pairs: int) -> str | None:
    """Why a run can't be trusted, or None if it can.

    Args:
        scores: All scores; a pair is invalid if either of its sessions is.
        planned_pairs: Clips times passes.
    """
    spoilt = {(row.clip_id, row.pass_number): row.invalid_reason for row in scores.sessions if not row.valid}
    if not spoilt or len(spoilt) <= INVALID_PAIRS_LIMIT * planned_pairs:
        return None
    reasons = ", ".join(sorted({reason for reason in spoilt.values() if reason}))
    return (
        f"{len(spoilt)} of {planned_pairs} planned pairs are invalid, more than {INVALID_PAIRS_LIMIT:.0%}"
        f"{f' ({reasons})' if reasons else ''}"
    )
