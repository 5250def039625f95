"""Readers of what goes over wires and pipes as functions of bytes: frames of services, of clients, of programs; timelines; scenarios."""

import gzip
import itertools
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from urllib.parse import parse_qsl

from builders import frame, timeline
from bundles import scratch

from harness.corpus.model import Clip, ReferenceWord, Utterance
from harness.emulators.assemblyai_parameters import InvalidParameterError, parse_query
from harness.emulators.assemblyai_session import AssemblyAISession
from harness.emulators.document import build
from harness.emulators.gladia_parameters import parse_body
from harness.emulators.gladia_recordings import WavHeader
from harness.emulators.gladia_session import GladiaSession
from harness.emulators.injection import SessionFaults
from harness.emulators.options import AssemblyAIOptions, GladiaOptions
from harness.emulators.recognition import Final, Hypothesis, SpeechEnd, SpeechStart, TimedWord
from harness.emulators.scenario import ScriptedSegment, SessionScript, load_scenario
from harness.emulators.script import plan
from harness.emulators.stage import Order
from harness.emulators.wire_json import parse
from harness.exports.trace import trace
from harness.metrics.score import ScoreSettings, assemble, score_clip
from harness.metrics.tables import TABLES, rows_text
from harness.providers.base import SessionSpec
from harness.providers.command import CommandSession
from harness.providers.program import _Lines
from harness.providers.wire import Connection
from harness.timeline.events import Side, Timeline
from harness.timeline.files import read_timeline, write_timeline
from harness.timeline.fold import fold
from harness.timeline.segments import FoldedSession

_WORDS = (ReferenceWord("call", 0.2, 0.4), ReferenceWord("me", 0.5, 0.7), ReferenceWord("back", 0.8, 1.1))
_UTTERANCES = (Utterance("call me back", 0.2, 1.1, "t", "A", _WORDS), Utterance("at nine", 1.8, 2.4))
_CLIP = Clip(
    "a", "a", "a", "a.wav", 0, 1, 3.0, 16000, "en", None, (), "call me back at nine", _UTTERANCES, "words", "0" * 64
)
_SETTINGS = ScoreSettings()
_SCRIPT = SessionScript(endpointing=True, segment=(ScriptedSegment("a", 0.0, 1.0), ScriptedSegment("b", 1.5, 2.0)))
_SAID = (TimedWord("Call", 200, 400, 0.9), TimedWord("me.", 500, 700, 0.8))


def frames(provider: str, data: bytes) -> None:
    """Frames of a service, a line each: kept, folded, scored and told as tables, whatever they hold."""
    lines = [line.decode("utf-8", "replace") for line in data.split(b"\n")]
    session = timeline([frame(0.3 + 0.1 * number, line) for number, line in enumerate(lines)], provider=provider)
    _score({"baseline": fold(session)})
    with scratch() as folder:
        write_timeline(folder / "t.jsonl.gz", session)
        assert read_timeline(folder / "t.jsonl.gz") == session


def stored(data: bytes) -> None:
    """A timeline's lines, as they stand in its file."""
    with scratch() as folder:
        path = folder / "t.jsonl.gz"
        path.write_bytes(gzip.compress(data, 1))
        _use(read_timeline(path))


def packed(data: bytes) -> None:
    """A timeline's file."""
    with scratch() as folder:
        path = folder / "t.jsonl.gz"
        path.write_bytes(data)
        _use(read_timeline(path))


def _use(session: Timeline) -> None:
    side = session.header.side
    _score({side: fold(session)})
    with scratch() as folder:
        write_timeline(folder / "t.jsonl.gz", session)


def _score(sessions: Mapping[Side, FoldedSession]) -> None:
    scores = assemble([score_clip(_CLIP, sessions, 1, _SETTINGS)], _SETTINGS)
    for name, row_type in TABLES.items():
        rows_text(row_type, getattr(scores, name)).encode()
    for piece in trace(_CLIP, sessions, 1, "run"):
        piece.encode()


def program(data: bytes) -> None:
    """What a program says on its standard output, as pipes may cut it."""
    session = CommandSession(
        SessionSpec({"command": ["x"], "ready_within_s": 1.0, "sample_rate": 16000}, None, {}), Path()
    )
    session.wire.connections.append(Connection(0))
    lines = _Lines(session)
    for start in range(0, len(data), 100):
        lines.add(start, data[start : start + 100])
    lines.end()
    session.over("ended with exit code 0")
    received = [each.data.decode("utf-8", "replace") for each in session.wire.settled_frames(all_of_them=True)]
    fold(timeline([frame(0.3 + 0.1 * number, raw) for number, raw in enumerate(received)], provider="command"))
    for _, kind, message in session.errors:
        json.dumps([kind, message]).encode()


def assemblyai(data: bytes) -> None:
    """A client of the AssemblyAI emulator: its query, then its messages, a line each."""
    query, *messages = data.split(b"\n")
    try:
        parameters = parse_query(dict(parse_qsl(query.decode("utf-8", "replace"))))
    except InvalidParameterError as error:
        str(error).encode()
        return
    session = AssemblyAISession("s", parameters, AssemblyAIOptions(rate_tolerance_s=None))
    sent = session.begin(1)
    for number, message in enumerate(messages):
        if message.startswith(b"{"):
            sent += session.text(message.decode("utf-8", "replace"), number / 10)
        elif message:
            sent += session.audio(message * 40, number / 10)
        sent += session.recognised(SpeechStart(0, number, 0, 10))
        sent += session.recognised(Hypothesis(0, number, _SAID, 700, at_pause=False))
        sent += session.recognised(SpeechEnd(0, number, 700, 800))
        sent += session.recognised(Final(0, number, _SAID, 200, 700, "natural", 800))
        sent += session.tick(number / 10)
    sent += session.finished(9.0)
    _ = session.webhook(), session.parameters.wire_format
    plan(_SCRIPT, "seed", session.parameters.rules.sure_silence_ms)
    json.dumps(session.parameters.effective(), allow_nan=False)
    _tell(sent)


def gladia(data: bytes) -> None:
    """A client of the Gladia emulator: the body of its POST, then its messages, a line each."""
    body, *messages = data.split(b"\n")
    try:
        parameters, errors = parse_body(parse(body.decode("utf-8", "replace")))
    except ValueError:
        return
    if parameters is None:
        assert errors
        return
    session = GladiaSession("s", parameters, GladiaOptions(), lambda: "now")
    sent = [*session.opened(), *session.connected()]
    for number, message in enumerate(messages):
        is_text = message.startswith((b"{", b"["))
        sent += session.text(message.decode("utf-8", "replace")) if is_text else session.audio(message)
        sent += session.recognised(SpeechStart(0, number, 0, 10))
        sent += session.recognised(Hypothesis(0, number, _SAID, 700, at_pause=False))
        sent += session.recognised(SpeechEnd(0, number, 700, 800))
        sent += session.recognised(Final(0, number, _SAID, 200, 700, "natural", 800))
    sent += session.finished()
    plan(_SCRIPT, "seed", session.parameters.rules.sure_silence_ms)
    json.dumps(session.result())
    _tell(sent)


def _tell(outputs: list[object]) -> None:
    """What is sent can be written, and a close fits its frame."""
    faults = SessionFaults()
    for output in outputs:
        if (message := getattr(output, "message", None)) is not None:
            faults.pack(message, "", 0.0)
            json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")


def wav_header(data: bytes) -> None:
    """A RIFF header in a stream, however it is cut: the same audio comes out."""
    whole, cut = WavHeader(), WavHeader()
    size = 1 + (data[-1] if data else 0)
    pieces = b"".join(cut.strip(data[start : start + size]) for start in range(0, len(data), size))
    assert whole.strip(data) == pieces


def scenario(suffix: str, data: bytes) -> None:
    """A scenario file, and what is planned by it."""
    with scratch() as folder:
        path = folder / f"scenario{suffix}"
        path.write_bytes(data)
        found = load_scenario(path)
    for script in found.session:
        cues = plan(script, "seed", 400.0)
        assert all(before.at_ms <= after.at_ms for before, after in itertools.pairwise(cues))
        SessionFaults(script.fault).heard(5.0)
        for cue in cues:
            int(cue.delay_ms * 1e6)
    json.dumps(asdict(found), default=list)


def switches(data: bytes) -> None:
    """What `--set` says, a line each."""
    load_scenario(None, data.decode("utf-8", "surrogateescape").split("\n"))


def order(data: bytes) -> None:
    """The body of an order for faults."""
    try:
        document = parse(data.decode("utf-8", "replace"))
    except ValueError:
        return
    faults = SessionFaults(build(Order, document, "control/faults").fault, "seed")
    message = {
        "type": "transcript",
        "data": {"is_final": True, "utterance": {"text": "a", "language": "en", "start": 0.5}},
    }
    for at_s in (0.0, 1.0, 30.0):
        if not faults.heard(at_s):
            for parcel in faults.pack(message, "key", 0.0):
                json.dumps(parcel.message)
