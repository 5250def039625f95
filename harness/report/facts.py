"""What was compared, with what, and how far the measurement can be trusted: the facts under the verdict."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.report.numbers import NOT_RECORDED, number, plural, show
from harness.report.verdict_text import sessions_text
from harness.timeline.events import SIDES, Side
from harness.trust import kept_up

Health = Literal["good", "bad", "unknown"]

PROVIDER_NAMES = {"assemblyai": "AssemblyAI", "gladia": "Gladia"}
MODEL_KEYS = ("speech_model", "model")
LATENESS_LIMIT_MS = 20.0


@dataclass(frozen=True, slots=True)
class SideFacts:
    """One side of the comparison.

    Attributes:
        side: The role.
        provider: Name for people.
        model: The model asked for.
        sdk: Client and version.
        host: Where it was reached.
        params: Parameters as sent, in the order of their names.
        sessions: How the planned sessions ended, in words.
    """

    side: Side
    provider: str
    model: str
    sdk: str
    host: str
    params: tuple[tuple[str, str], ...]
    sessions: str


@dataclass(frozen=True, slots=True)
class Check:
    """One reason to trust the measurement, or not to.

    Attributes:
        label: What was checked.
        value: The finding.
        health: Whether it is as it should be.
        meaning: Why it matters.
    """

    label: str
    value: str
    health: Health
    meaning: str


def dig(document: Any, *keys: str) -> Any:
    """A value deep in nested mappings; None as soon as a key is missing.

    Args:
        document: Usually a mapping.
        *keys: The path.
    """
    for key in keys:
        if not isinstance(document, Mapping):
            return None
        document = document.get(key)
    return document


def text(value: Any) -> str:
    """A recorded value as text; "not recorded" for what is absent."""
    if value is None or value == "":
        return NOT_RECORDED
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def is_emulated(run: Mapping[str, Any], summary: Mapping[str, Any]) -> bool:
    """True unless the run says that the services were live: a doubt counts as emulated."""
    endpoint: object = dig(run, "endpoint") or dig(summary, "endpoint")
    return endpoint != "live"


def provider_name(run: Mapping[str, Any], side: Side) -> str:
    """The provider's name for people."""
    provider = dig(run, "config", side, "provider")
    if provider == "command" and (name := dig(run, "config", side, "params", "name")):
        return str(name)
    return PROVIDER_NAMES.get(str(provider), str(provider)) if provider else side.capitalize()


def side_facts(run: Mapping[str, Any], summary: Mapping[str, Any], side: Side) -> SideFacts:
    """Describe one side.

    Args:
        run: `run.json`.
        summary: `summary.json`.
        side: Which.
    """
    provider = str(dig(run, "config", side, "provider") or "")
    sent = [dig(run, "config", side, key) for key in ("params_as_sent", "params")]
    params: Mapping[str, Any] = next((found for found in sent if isinstance(found, Mapping)), {})
    model = next((params[key] for key in MODEL_KEYS if key in params), None)
    return SideFacts(
        side=side,
        provider=provider_name(run, side),
        model=text(model) if model else "provider's default",
        sdk=text(dig(run, "provenance", "sdks", provider)),
        host=text(dig(run, "config", side, "host")),
        params=tuple((key, text(params[key])) for key in sorted(params)),
        sessions=_sessions(dig(summary, "sessions", side)),
    )


def _sessions(counts: Any) -> str:
    if not isinstance(counts, Mapping) or counts.get("planned") is None:
        return NOT_RECORDED
    return sessions_text(counts)


def checks(run: Mapping[str, Any], summary: Mapping[str, Any]) -> list[Check]:
    """How far the measurement can be trusted, as a list of findings.

    Args:
        run: `run.json`.
        summary: `summary.json`.
    """
    return [
        _identical(summary),
        _lateness(summary),
        *_stamps(run),
        *_handlers(run, summary),
        _invalid(summary),
        _finished(run),
        *_recogniser(run, summary),
    ]


def _identical(summary: Mapping[str, Any]) -> Check:
    identical = summary.get("audio_identical")
    unknown = text(summary.get("audio_identical_reason"))
    value = unknown if identical is None else "identical, byte for byte" if identical else "differed between the sides"
    return Check(
        "Audio sent",
        value,
        _health(identical),
        "SHA-256 of all audio bytes written to each socket, compared within each pair.",
    )


def _lateness(summary: Mapping[str, Any]) -> Check:
    lateness = dig(summary, "harness", "lateness_ms")
    p50, p99 = number(dig(lateness, "p50")), number(dig(lateness, "p99"))
    meaning = "How late chunks left against a microphone's schedule. Sessions above 20 ms (p99) are not scored."
    if p99 is None:
        return Check("Send lateness", NOT_RECORDED, "unknown", meaning)
    value = f"{show(p50, 'ms')} median, {show(p99, 'ms')} p99"
    if dig(lateness, "over") == "worst session":
        value += " (worst session)"
    return Check("Send lateness", value, _health(p99 <= LATENESS_LIMIT_MS), meaning)


def _stamps(run: Mapping[str, Any]) -> list[Check]:
    """Who said when messages arrived; nothing for runs that did not keep it."""
    stamps = dig(run, "accounting", "stamps")
    if not isinstance(stamps, Mapping) or not sum(stamps.values()):
        return []
    total, by_process = sum(stamps.values()), stamps.get("process", 0)
    value = f"by the kernel, {total:,} messages"
    if by_process == total:
        value = f"by the recording process, {total:,} messages"
    elif by_process:
        value = f"by the kernel but for {by_process:,} of {total:,} messages"
    return [
        Check(
            "Arrival times",
            value,
            "good" if by_process < total else "unknown",
            "The kernel stamps a message when it reaches the machine. A process can stamp it only when it is its turn to read.",
        )
    ]


def _handlers(run: Mapping[str, Any], summary: Mapping[str, Any]) -> list[Check]:
    """Said where a side is a program of the user's, which has no wire to stamp."""
    if summary.get("recv_stamp") != "handler":
        return []
    alike = all(dig(run, "config", side, "provider") == "command" for side in SIDES)
    value = "when the application had them, on both sides"
    return [
        Check(
            "Latencies are taken",
            value
            if alike
            else f"{value}; one is a program of its own, the other an SDK's callback in the recording process",
            "good" if alike else "unknown",
            "A program that is a side has no wire to stamp. What client libraries take to parse is in these latencies, on both sides.",
        )
    ]


def _invalid(summary: Mapping[str, Any]) -> Check:
    invalid = number(dig(summary, "harness", "invalid_sessions"))
    value = NOT_RECORDED if invalid is None else "none" if invalid == 0 else plural(f"{invalid:,.0f}", "session")
    if reruns := number(dig(summary, "harness", "reruns")):
        value += f" that counts; {plural(f'{reruns:,.0f}', 'pair')} run again" if invalid == 0 else ""
    return Check(
        "Spoilt by the harness",
        value,
        "unknown" if invalid is None else _health(invalid == 0),
        "Sessions in which the harness itself was at fault. They are left out on both sides; where a pair was run again, the second recording counts.",
    )


def _finished(run: Mapping[str, Any]) -> Check:
    planned, recorded = dig(run, "sessions", "planned"), dig(run, "sessions", "recorded")
    if not isinstance(planned, Mapping) or not isinstance(recorded, Mapping):
        state = run.get("state")
        return Check("Recording", text(state), _health(None if state is None else state == "recorded"), _RECORDING)
    due, done = sum(planned.values()), sum(recorded.get(side, 0) for side in planned)
    again = recorded.get("reruns", 0)
    accounting = run.get("accounting")
    lost = number(dig(accounting, "lost")) or 0
    throttled = dig(accounting, "throttled")
    parts = [
        f"{done} of {due} sessions",
        f"{plural(again, 'pair')} run again" if again else "",
        f"{plural(int(lost), 'pair')} lost with a process and played again" if lost else "",
        *(f"{name} had no room {plural(count, 'time')}" for name, count in _counts(throttled)),
    ]
    return Check("Recording", ", ".join(part for part in parts if part), _health(done >= due), _RECORDING)


def _counts(found: Any) -> list[tuple[str, Any]]:
    return sorted(found.items()) if isinstance(found, Mapping) else []


_EMULATOR_WINDOWS = ("decode_queue_ms", "loop_lag_ms")
_RECORDING = (
    "Whether everything that was planned has been recorded. A pair that the harness itself spoilt is run again once; a session "
    "refused for a quota before any audio is dialled again later, and is no failure."
)


def _recogniser(run: Mapping[str, Any], summary: Mapping[str, Any]) -> list[Check]:
    """One emulator for each time that the recording was started or resumed; the worst of them counts."""
    emulators = [found for found in run.get("emulators") or () if isinstance(found, Mapping)]
    if not emulators and not is_emulated(run, summary):
        return []
    known = [
        kept_up(found) for found in emulators if all(isinstance(found.get(key), Mapping) for key in _EMULATOR_WINDOWS)
    ]
    unchecked = [str(host) for host in run.get("emulators_unchecked") or ()]
    fine = None if not known or (all(known) and unchecked) else all(known)
    untold = f"not checked: no word of it from {', '.join(unchecked)}" if unchecked else NOT_RECORDED
    value = untold if fine is None else "kept up with real time" if fine else "fell behind real time"
    return [
        Check(
            "Emulator's recogniser",
            value,
            _health(fine),
            "If the emulator falls behind real time, latencies measure this machine.",
        )
    ]


def _health(good: Any) -> Health:
    return "unknown" if good is None else "good" if good else "bad"


def compared(run: Mapping[str, Any], summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What both sides shared: corpus, audio, repetition, normaliser, versions, machine, date.

    Args:
        run: `run.json`.
        summary: `summary.json`.
    """
    corpus = dig(run, "provenance", "corpus")
    clips = dig(corpus, "clips")
    name = text(dig(corpus, "name"))
    manifest = dig(corpus, "manifest_sha256")
    audio = dig(run, "config", "audio")
    return [
        ("Corpus", f"{name}, {clips} clips" if clips is not None else name),
        ("Manifest", f"sha256 {str(manifest)[:12]}" if manifest else NOT_RECORDED),
        ("Audio", _audio(audio)),
        ("Replay", _replay(run)),
        ("Normaliser", text(summary.get("normalizer"))),
        *_cost(run),
        *_baseline_run(run),
        ("Recorded", text(run.get("created_at")).replace("T", " ").replace("+00:00", " UTC")),
        ("Harness", text(dig(run, "provenance", "packages", "cutover-harness") or dig(run, "provenance", "harness"))),
        ("Python", text(dig(run, "provenance", "python"))),
        ("Git", _git(dig(run, "provenance", "git"))),
        ("Machine", _host(dig(run, "provenance", "host"))),
    ]


def _cost(run: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the planned sessions cost at list price, each by its service's own rule; nothing for runs that did not keep it."""
    costs = run.get("cost")
    if not isinstance(costs, Mapping) or not costs:
        return []
    texts = []
    for side, cost in costs.items():
        usd, minutes = number(cost.get("usd")), show(cost.get("billed_minutes"), "count")
        price = f"${cost['usd_per_hour']:g}/h as of {cost['as_of']}" if usd is not None else "no list price known"
        amount = "" if usd is None else f"${usd:.2f}, "
        texts.append(f"{provider_name(run, side)} {amount}{minutes} min at {price}")
    charged = any(cost.get("charged") for cost in costs.values())
    return [("Cost" if charged else "Cost if it were live", "; ".join(texts))]


def _baseline_run(run: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where the baseline came from, if it was not recorded with the candidate: then the two need not have shared an hour."""
    earlier = dig(run, "provenance", "baseline_run")
    if not isinstance(earlier, Mapping):
        return []
    when = text(earlier.get("created_at")).replace("T", " ").replace("+00:00", " UTC")
    if earlier.get("interleaved"):
        return [("Baseline", f"that of sweep {text(earlier.get('run_id'))}, played clip by clip among its candidates")]
    return [
        ("Baseline", f"from run {text(earlier.get('run_id'))}, recorded {when}, not at the same time as the candidate")
    ]


def _audio(audio: Any) -> str:
    if not isinstance(audio, Mapping):
        return NOT_RECORDED
    rate = audio.get("sample_rate_hz", audio.get("sample_rate"))
    parts = [
        str(audio.get("encoding", "")),
        f"{rate} Hz" if rate else "",
        f"{audio['chunk_ms']} ms chunks" if audio.get("chunk_ms") else "",
    ]
    return ", ".join(part for part in parts if part) or NOT_RECORDED


def _replay(run: Mapping[str, Any]) -> str:
    replay = dig(run, "config", "replay")
    if not isinstance(replay, Mapping):
        return NOT_RECORDED
    workers = dig(run, "engine", "workers")
    concurrent, passes = replay.get("pairs"), replay.get("passes")
    parts = [
        plural(concurrent, "pair") + " at a time" if concurrent else "",
        f"in {plural(workers, 'process', 'processes')}" if workers else "",
        plural(passes, "pass", "passes") if passes else "",
    ]
    return ", ".join(part for part in parts if part) or NOT_RECORDED


def _git(git: Any) -> str:
    if not isinstance(git, Mapping):
        return text(git)
    commit = git.get("commit") or git.get("revision") or git.get("sha")
    if not commit:
        return text(dict(git)) if git else NOT_RECORDED
    return f"{str(commit)[:12]}{', with uncommitted changes' if git.get('modified') else ''}"


def _host(host: Any) -> str:
    if not isinstance(host, Mapping):
        return text(host)
    cpus = host.get("cpus")
    parts = [host.get("system"), host.get("machine"), plural(cpus, "core") if cpus else None]
    return ", ".join(str(part) for part in parts if part) or NOT_RECORDED


def both_sides(run: Mapping[str, Any], summary: Mapping[str, Any]) -> list[SideFacts]:
    """Both sides, baseline first."""
    return [side_facts(run, summary, side) for side in SIDES]
