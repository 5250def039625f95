"""Baseline files: what the candidate of an approved run did, small enough to commit and exact enough to compare a later run with.

A line a session holds its counts and its latencies, to 0.001 ms. Sessions rather than totals by call: where the harness spoils a
pair of the later run, the same session is left out on both sides.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from harness.atomic import write_text_atomically
from harness.documents import parse_json
from harness.errors import ConfigError, RunError
from harness.metrics.scores import Scores, SessionScore
from harness.metrics.word_counts import WordCounts

SCHEMA = "harness.baseline/1"
Json = dict[str, Any]
Key = tuple[str, int]

COUNTS = (
    "turns",
    "early_cut_turns",
    "time_hold_turns",
    "time_hold_turns_fired",
    "entity_mentions",
    "entity_misses",
    "post_final_mutations",
    "erased_tokens",
    "final_tokens",
)
"""Columns of `sessions` that the rules read, besides words."""

_WORDS = ("hits", "substitutions", "deletions", "insertions")
_COLUMNS = ("clip", "pass", "succeeded", "audio", "words", "words_secondary", *COUNTS, "first_partial_ms", "final_ms")
_PARTS = {"early_cut_turns": "turns", "time_hold_turns_fired": "time_hold_turns", "entity_misses": "entity_mentions"}
_AUDIO_DIGITS = 16
_MOST = 2**53
_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class StoredSession:
    """One session of the approved candidate; latencies by utterance and by turn, `inf` where they never came."""

    succeeded: bool
    audio: str
    words: WordCounts
    words_secondary: WordCounts | None
    counts: Mapping[str, Any]
    first_partial_ms: tuple[float | None, ...]
    final_ms: tuple[float | None, ...]

    def beside(self, row: SessionScore) -> SessionScore:
        """The stored session as the baseline of the same clip now."""
        return replace(
            row,
            side="baseline",
            valid=True,
            succeeded=self.succeeded,
            audio_sha256=self.audio,
            words=self.words,
            words_secondary=self.words_secondary,
            **self.counts,
        )


@dataclass(frozen=True, slots=True)
class BaselineFile:
    """A baseline file.

    Attributes:
        name: Of the file.
        run_id: Of the approved run.
        recorded_at: When it was recorded, ISO 8601.
        identity: What a comparable run has in common with it.
        conditions: What may differ, and is told.
        sessions: By clip and pass.
    """

    name: str
    run_id: str
    recorded_at: str
    identity: Json
    conditions: Json
    sessions: Mapping[Key, StoredSession]


def identity_of(document: Mapping[str, Any], scores: Scores) -> Json:
    """What must be equal for two runs' candidates to be compared, as a flat table of names for people.

    Raises:
        RunError: The run does not say what was recorded.
    """
    if "identity" not in document:
        raise RunError(
            f"run {document['run_id']}: run.json has no identity, so nothing can be compared with it. Record it again."
        )
    identity, config = document["identity"], document["config"]
    recordings = json.dumps(identity["recordings"], sort_keys=True)
    return {
        "corpus (manifest)": identity["manifest"],
        "corpus (recordings)": hashlib.sha256(recordings.encode()).hexdigest(),
        "endpoint": document["endpoint"],
        "provider": config["candidate"]["provider"],
        **{f"audio.{key}": value for key, value in identity["audio"].items()},
        "normaliser": scores.norm_id,
        "second normaliser": scores.secondary_norm_id,
        "score.consume": config["score"]["consume"],
        "score.tail_policy": config["score"]["tail_policy"],
        "receive stamp": scores.recv_stamp,
    }


def conditions_of(document: Mapping[str, Any]) -> Json:
    """What may differ between two runs' candidates and would explain a difference."""
    side = document["config"]["candidate"]
    params = side["params_as_sent"]
    return {
        "host": side["host"],
        "region": params.get("region"),
        "SDK": document["identity"]["sdks"]["candidate"],
        "passes": document["identity"]["passes"],
        **{f"params.{key}": value for key, value in params.items() if key != "region"},
    }


def baseline_text(
    document: Mapping[str, Any], scores: Scores, verdict: Mapping[str, Any], accepted: Mapping[str, str]
) -> str:
    """A baseline file of a run's candidate.

    Args:
        document: `run.json`.
        scores: The run's scores.
        verdict: `verdict.json`.
        accepted: Who approves the run and why; empty values where nobody had to say.

    Returns:
        JSON, a line a session, equal for equal input.
    """
    head = {
        "schema": SCHEMA,
        "run_id": document["run_id"],
        "recorded_at": document["created_at"],
        "identity": identity_of(document, scores),
        "conditions": conditions_of(document),
        "verdict": verdict["verdict"],
        "rules": {rule["rule"]: f"{rule['verdict']}, candidate {rule['candidate']}" for rule in verdict["rules"]},
        "accepted": accepted,
        "columns": list(_COLUMNS),
    }
    text = json.dumps(head, indent=2, ensure_ascii=False, allow_nan=False).removesuffix("\n}")
    rows = (json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")) for row in _rows(scores))
    return text + ',\n  "sessions": [\n    ' + ",\n    ".join(rows) + "\n  ]\n}\n"


def write_baseline(path: Path, text: str) -> None:
    """Write a baseline file; one that is there is replaced, and nothing else is.

    Raises:
        ConfigError: The disk refuses, or the file that is there is none of these.
    """
    try:
        if path.is_file() and f'"schema": "{SCHEMA.partition("/")[0]}/' not in path.read_text("utf-8", "replace")[:100]:
            raise ConfigError(f"{path}: there is a file already, which is no baseline file. Name another file.")
        write_text_atomically(Path(os.path.realpath(path)), text)  # where a link leads, rather than in its place
    except OSError as error:
        raise ConfigError(f"{path}: can't be written ({error}). Name another file.") from None


def read_baseline(path: Path) -> BaselineFile:
    """Read a baseline file.

    Raises:
        ConfigError: It is missing, damaged or of another schema.
    """
    try:
        document = parse_json(
            path.read_text(encoding="utf-8"), parse_constant=_no_number, object_pairs_hook=_without_duplicates
        )
        schema = document.get("schema")
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file. `harness approve RUN --baseline FILE` makes one.") from None
    except (OSError, ValueError, AttributeError) as error:
        raise ConfigError(
            f"{path}: not readable as a baseline file ({error}). Restore it from your repository."
        ) from None
    if schema != SCHEMA:
        raise ConfigError(
            f"{path}: schema is {schema!r}, this version reads {SCHEMA!r}. Name a file that `harness approve RUN --baseline FILE` wrote."
        )
    try:
        return _baseline(path.name, document)
    except KeyError as error:
        raise ConfigError(f"{path}: damaged: {error.args[0]} is missing. Restore it from your repository.") from None
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{path}: damaged: {error}. Restore it from your repository.") from None


def _baseline(name: str, document: Json) -> BaselineFile:
    for field, kind, wanted in (
        ("run_id", str, "text"),
        ("recorded_at", str, "a date and time"),
        ("identity", dict, "a table"),
        ("conditions", dict, "a table"),
        ("columns", list, "a list"),
        ("sessions", list, "a list"),
    ):
        _fits(isinstance(document[field], kind), field, document[field], wanted)
    datetime.fromisoformat(document["recorded_at"])
    sessions: dict[Key, StoredSession] = {}
    for number, row in enumerate(document["sessions"], 1):
        try:
            key, session = _stored(dict(zip(document["columns"], row, strict=True)))
        except (TypeError, ValueError) as error:
            raise ValueError(f"session {number}: {error}") from None
        if key in sessions:
            raise ValueError(f"session {number}: clip {key[0]!r}, pass {key[1]} is there twice")
        sessions[key] = session
    return BaselineFile(
        name,
        document["run_id"],
        document["recorded_at"],
        document["identity"],
        document["conditions"],
        sessions,
    )


def candidate_sessions(scores: Scores) -> Iterator[SessionScore]:
    """The candidate's sessions; beside a baseline that failed, turns were not judged, by text or by times, and none counts."""
    failed = {(row.clip_id, row.pass_number) for row in scores.sessions if row.side == "baseline" and not row.succeeded}
    for row in scores.sessions:
        if row.side == "candidate":
            yield replace(row, time_hold_turns=0) if (row.clip_id, row.pass_number) in failed else row


def _rows(scores: Scores) -> Iterator[list[Any]]:
    latencies: dict[tuple[str, Key], list[Any]] = {}
    for name, table, index in (
        ("first_partial_ms", scores.utterances, "utterance"),
        ("final_ms", scores.turns, "turn"),
    ):
        for one in table:
            if one.side == "candidate":
                values = latencies.setdefault((name, (one.clip_id, one.pass_number)), [])
                values.extend([None] * (getattr(one, index) + 1 - len(values)))
                values[getattr(one, index)] = _to_json(getattr(one, name))
    for row in candidate_sessions(scores):
        if row.valid:
            key = row.clip_id, row.pass_number
            yield [
                *key,
                row.succeeded,
                row.audio_sha256[:_AUDIO_DIGITS],
                _words(row.words),
                row.words_secondary and _words(row.words_secondary),
                *(getattr(row, name) for name in COUNTS),
                latencies.get(("first_partial_ms", key), []),
                latencies.get(("final_ms", key), []),
            ]


def _stored(row: Json) -> tuple[Key, StoredSession]:
    for name in ("clip", "audio"):
        _fits(isinstance(row[name], str) and row[name], name, row[name], "text")
    _fits(isinstance(row["succeeded"], bool), "succeeded", row["succeeded"], "true or false")
    for name in ("pass", *COUNTS):
        _fits(_is_count(row[name]), name, row[name], "a count")
    for name in ("words", *(["words_secondary"] if row["words_secondary"] is not None else [])):
        counts = row[name]
        fits = isinstance(counts, list) and len(counts) == len(_WORDS) and all(map(_is_count, counts))
        _fits(fits, name, counts, f"counts of {', '.join(_WORDS)}")
    for part, whole in _PARTS.items():
        _fits(row[part] <= row[whole], part, row[part], f"at most {row[whole]}, the {whole}")
    for name in ("first_partial_ms", "final_ms"):
        fits = isinstance(row[name], list) and all(map(_is_latency, row[name]))
        _fits(fits, name, row[name], 'a list of milliseconds, "inf" or null')
    return (row["clip"], row["pass"]), StoredSession(
        row["succeeded"],
        row["audio"],
        WordCounts(*row["words"]),
        row["words_secondary"] and WordCounts(*row["words_secondary"]),
        {name: row[name] for name in COUNTS},
        tuple(_from_json(value) for value in row["first_partial_ms"]),
        tuple(_from_json(value) for value in row["final_ms"]),
    )


def _fits(fits: object, name: str, value: object, wanted: str) -> None:
    if not fits:
        raise ValueError(f"{name} is {value!r:.100}; it must be {wanted}")


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < _MOST


def _is_latency(value: object) -> bool:
    return value is None or value == "inf" or (type(value) in {int, float} and abs(value) < _MOST)  # type: ignore[arg-type] # a number


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> Json:
    """A table, unless a key is there twice, as after a merge that went wrong."""
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)} is there twice")
    return table


def _words(counts: WordCounts) -> list[int]:
    return [getattr(counts, name) for name in _WORDS]


def told_ms(value: float | None) -> float | None:
    """A latency with the digits that a baseline file keeps."""
    return None if value is None else round(value, _DECIMALS)


def _to_json(value: float | None) -> float | str | None:
    told = told_ms(value)
    return "inf" if told == float("inf") else told


def _from_json(value: float | str | None) -> float | None:
    return None if value is None else float(value)
