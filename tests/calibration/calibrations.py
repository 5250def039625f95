"""Calibration documents as a run would leave them, and what a test wants to be otherwise."""

import json
from typing import Any

from harness.calibration.measure import Calibration
from harness.calibration.timings import Samples

_SPREAD = {"p50": 0.4, "p90": 1.2, "p99": 3.0, "max": 5.0, "n": 400}
_EXACT = {"injected": 0.1, "measured": 0.1, "difference": 0.0}
_COUNTED = {**_EXACT, "side": "baseline", "baseline": _EXACT, "candidate": _EXACT}
_SIDE = {"injected": 300.0, "measured": 302.0, "difference": 2.0, "sent": 301.5, "since_sent": 0.5}
_QUANTILE = {**_SIDE, "side": "baseline", "baseline": _SIDE, "candidate": _SIDE}
_ERROR = {"mean": 2.0, "sd": 0.5, "n": 6, "missing": 0}
_LATENCY = {
    **{key: _SIDE[key] for key in ("injected", "measured", "difference")},
    "side": "baseline",
    "quantile": "p50",
    "p50": _QUANTILE,
    "p95": _QUANTILE,
    "error_ms": {"baseline": _ERROR, "candidate": _ERROR},
}
_DOCUMENT = {
    "schema": "harness.calibration/1",
    "harness": "0.1.0",
    "endpoint": "emulated",
    "pairs": 2,
    "seconds": 20.0,
    "chunk_ms": 100.0,
    "message_words": 12,
    "workers": 2,
    "utterances": 3,
    "lateness_ms": _SPREAD,
    "wire_error_ms": _SPREAD,
    "handler_error_ms": _SPREAD,
    "source_delay_ms": _SPREAD,
    "sdk_overhead_ms": {"assemblyai": _SPREAD, "gladia": _SPREAD},
    "by_provider": {},
    "bias": {
        **dict.fromkeys(
            ("wer", "false_cutoff_rate", "normalized_erasure", "post_final_mutation_count", "session_failure_rate"),
            _COUNTED,
        ),
        **dict.fromkeys(("first_partial_ms", "final_ms", "endpoint_ms"), _LATENCY),
    },
    "sessions": 4,
    "invalid_sessions": 0,
    "rerun_pairs": 0,
    "cpu_s_per_session": 0.33,
    "engine_cpu_share": 0.2,
    "cpu": {
        "recording_per_audio_s": 0.014,
        "sdks_alone_per_audio_s": 0.0112,
        "sdks_alone_plays": [0.0111, 0.0113],
        "emulators_per_audio_s": 0.005,
        "startup_s": 1.5,
        "session_audio_s": 23.0,
    },
    "emulators_loop_lag_ms": _SPREAD,
    "limits_ms": {"lateness_ms": 10.0, "wire_error_ms": 10.0},
    "host": {"cpu": "Z80", "cores": 2, "python": "3.11.7", "assemblyai": "1", "gladia": "2", "workers": None},
    "broken_limits": [],
}


def document(**changes: Any) -> dict[str, Any]:
    """A calibration within all limits, but for the changes; tables are merged."""
    return _merged(json.loads(json.dumps(_DOCUMENT)), changes)  # what is shared is copied apart


def calibration(**changes: Any) -> Calibration:
    """The same with samples behind it."""
    samples = Samples([0.4, 1.2, 3.0], [0.2, 0.3, 9.0], [1.0, 3.0, 20.0], [0.1, 4.0], [1.0, 2.0])
    return Calibration(document(**changes), {"assemblyai": samples, "gladia": samples})


def _merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    for key, value in changes.items():
        base[key] = _merged(base[key], value) if isinstance(value, dict) else value
    return base
