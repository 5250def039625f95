"""The limits of a calibration, and whether it keeps them."""

from collections.abc import Mapping
from typing import Any

LIMITS_MS = {"lateness_ms": 10.0, "wire_error_ms": 10.0}
"""Of the 99th percentiles over all chunks and messages; what keeps a session valid is wider."""

COUNTED = ("wer", "false_cutoff_rate", "normalized_erasure", "post_final_mutation_count", "session_failure_rate")
"""Metrics that come out exactly as injected or are wrong."""


def broken_limits(document: Mapping[str, Any]) -> list[str]:
    """Which limits a calibration breaks, in words; empty if it holds them all."""
    broken = [
        f"p99 of {name} is {document[name]['p99']:g} ms, limit {limit_ms:g} ms"
        for name, limit_ms in LIMITS_MS.items()
        if document[name]["p99"] is not None and document[name]["p99"] > limit_ms
    ]
    if document["invalid_sessions"]:
        broken.append(f"{document['invalid_sessions']} of {document['sessions']} sessions are invalid")
    if document["rerun_pairs"]:
        broken.append(f"{document['rerun_pairs']} of {document['pairs']} pairs had to be run again")
    if document["invalid_sessions"] == document["sessions"]:
        return [*broken, "no pair is valid, so nothing that is counted could be checked"]
    wrong = {name: document["bias"][name] for name in COUNTED if document["bias"][name]["difference"] != 0}
    return broken + [f"{name} is {each['measured']}, injected was {each['injected']}" for name, each in wrong.items()]
