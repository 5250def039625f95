"""The lines that a person reads of a calibration, for the terminal and the page alike."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.calibration.limits import COUNTED
from harness.calibration.truth import LATENCIES
from harness.timeline.events import SIDES

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TimingRow:
    """One distribution in milliseconds: its name, its figures as text, and the limit of its 99th percentile."""

    name: str
    p50: str
    p90: str
    p99: str
    most: str
    n: str
    limit: str = ""
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class BiasRow:
    """One metric of one side; `own` is the harness's own part of a latency's difference, `error` its mean and spread."""

    metric: str
    side: str
    injected: str
    measured: str
    difference: str
    own: str = ""
    error: str = ""
    is_exact: bool | None = None


TIMINGS = {
    "lateness_ms": "send lateness",
    "wire_error_ms": "wire stamp error",
    "handler_error_ms": "handler stamp error",
    "source_delay_ms": "delay at the source",
}


def title(document: Json) -> str:
    """What was calibrated: `8 pairs at once, 20 s, chunks of 100 ms, messages of up to 12 words`."""
    pairs = document["pairs"]
    return (
        f"{pairs} {'pair' if pairs == 1 else 'pairs'} at once, {document['seconds']:g} s, chunks of {document['chunk_ms']:g} ms, "
        f"messages of up to {document['message_words']} words"
    )


def timing_rows(document: Json) -> list[TimingRow]:
    """Every distribution of a calibration."""
    rows = [timing_row(label, document[name], document["limits_ms"].get(name)) for name, label in TIMINGS.items()]
    return rows + [
        timing_row(f"SDK overhead, {name}", found) for name, found in sorted(document["sdk_overhead_ms"].items())
    ]


def timing_row(label: str, found: Json, limit_ms: float | None = None) -> TimingRow:
    """One distribution."""
    p50, p90, p99, most = (milliseconds(found[name]) for name in ("p50", "p90", "p99", "max"))
    broken = limit_ms is not None and found["p99"] is not None and found["p99"] > limit_ms
    return TimingRow(label, p50, p90, p99, most, str(found["n"]), "" if limit_ms is None else f"{limit_ms:g}", broken)


def bias_rows(document: Json) -> Iterator[BiasRow]:
    """Every metric of both sides: what is counted first, then latencies by quantile."""
    for name in COUNTED:
        for side in SIDES:
            entry = document["bias"][name][side]
            injected, measured, difference = (_number(entry[key], 4) for key in ("injected", "measured", "difference"))
            yield BiasRow(name, side, injected, measured, difference, is_exact=entry["difference"] == 0)
    for name in LATENCIES:
        for quantile in ("p50", "p95"):
            for side in SIDES:
                entry, error = document["bias"][name][quantile][side], document["bias"][name]["error_ms"][side]
                yield BiasRow(
                    f"{name} {quantile}",
                    side,
                    _number(entry["injected"], 1),
                    _number(entry["measured"], 1),
                    _signed(entry["difference"]),
                    _signed(entry["since_sent"]),
                    f"{_signed(error['mean'])} ± {_number(error['sd'], 1)}" if quantile == "p50" else "",
                )


def cost_lines(document: Json) -> list[str]:
    """Processor time, in sentences."""
    cpu, share = document["cpu"], document["engine_cpu_share"]
    recording = (
        f"CPU: {document['cpu_s_per_session']:.2f} s a session of {cpu['session_audio_s']:g} s, "
        f"{100 * cpu['recording_per_audio_s']:.2f} % of a core, and {cpu['startup_s']:.1f} s to start"
    )
    if share is None:
        return [recording]
    before, after = (f"{100 * play:.2f}" for play in cpu["sdks_alone_plays"])
    sdks = f"the SDKs alone {before} % before and {after} % after: the engine's own share is {100 * share:.0f} %"
    return [recording, sdks]


def outcome(document: Json) -> str:
    """Whether the limits were kept, in a sentence."""
    broken: Sequence[str] = document["broken_limits"]
    sessions = f"{document['sessions']} sessions, {document['invalid_sessions']} invalid, {document['rerun_pairs']} pairs rerun"
    return f"{sessions}. " + ("Within the limits." if not broken else f"Beyond the limits: {'; '.join(broken)}.")


def worst_bias_ms(document: Json, name: str) -> float | None:
    """The difference of a latency that is furthest off, over quantiles and sides."""
    value: float | None = document["bias"][name]["difference"]
    return value


def milliseconds(value: float | None) -> str:
    """Two digits after the point below ten, one below a hundred, none above; empty without a value."""
    if value is None:
        return ""
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"  # noqa: PLR2004 - digits


def _number(value: float | None, digits: int) -> str:
    if value is None:
        return "none"
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits > 1 else f"{value:.{digits}f}"


def _signed(value: float | None) -> str:
    return "none" if value is None else f"{value:+.1f}"
