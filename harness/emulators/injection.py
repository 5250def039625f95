"""Where faults happen: between a session's protocol and its socket, and between its engine and its protocol.

Both services and both engines pass through here. Whether a message suffers a fault depends on the order of messages, on the
audio position it is about and on the seed, never on the wall clock: the same seed and the same audio give the same bytes.
"""

import asyncio
import copy
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from time import monotonic_ns
from typing import Any

from harness.emulators.faults import ON_CONNECTION, ON_TEXT, Fault, names
from harness.emulators.recognition import (
    Emit,
    Engine,
    Final,
    Hypothesis,
    RecognitionEvent,
    SpeechEnd,
    SpeechStart,
    Stream,
    StreamRequest,
)
from harness.emulators.script import hallucination

_HALLUCINATION_S = 0.5
_LOST_FINAL_MS = 2000  # a segment whose text turned out empty gets no final


@dataclass(slots=True)
class Parcel:
    """A message on its way out: later than otherwise, mangled, or named beside others that it does not wait for."""

    message: dict[str, Any]
    key: str = ""
    delay_s: float = 0.0
    text: str | None = None  # sent instead of the message
    lane: str = ""  # parcels of one lane keep their order
    lost: bool = False
    position_ms: float = 0.0
    suffered: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Active:
    """A fault with its own dice and its count."""

    fault: Fault
    dice: random.Random
    happened: int = 0

    def hits(self, message: dict[str, Any] | None, position_ms: float) -> bool:
        """Whether it happens now; the dice roll only when everything else fits."""
        fault = self.fault
        at_ms = fault.at_s * 1000
        if position_ms < at_ms or (fault.for_s is not None and position_ms >= at_ms + fault.for_s * 1000):
            return False
        if message is not None and fault.on and fault.on not in names(message):
            return False
        if fault.times is not None and self.happened >= fault.times:
            return False
        if fault.probability < 1 and self.dice.random() >= fault.probability:
            return False
        self.happened += 1
        return True


class SessionFaults:
    """All faults of one session.

    Attributes:
        position_ms: Audio instant that messages put out now are about.
        gone: A fault has ended the connection on purpose.
        happened: How often each kind did.
        on_connection: Called for each fault of the connection when its time has come; set by the outbox.
    """

    def __init__(self, faults: tuple[Fault, ...] = (), seed: str = "") -> None:
        self.position_ms = 0.0
        self.gone = False
        self.happened: Counter[str] = Counter()
        self.on_connection: Callable[[Fault], None] = lambda _: None
        self._seed = seed
        self._added = 0
        self._heard_s = 0.0
        self._connection: list[Fault] = []
        self._messages: list[_Active] = []
        self._texts: list[_Active] = []
        self._held: list[Parcel] = []
        self._free_ns = 0  # when a throttled line is free again
        self.add(faults)

    def add(self, faults: tuple[Fault, ...]) -> None:
        """More faults, from now on; those of the connection whose time has come happen at once."""
        for fault in faults:
            # a fault's dice are its own, so that one fault more does not change what the others do
            dice = random.Random(f"{self._seed}/{self._added}/{fault.kind}")  # noqa: S311 - reproducible on purpose
            self._added += 1
            if fault.kind in ON_CONNECTION:
                self._connection.append(fault)
            else:
                (self._texts if fault.kind in ON_TEXT else self._messages).append(_Active(fault, dice))
        self._connection.sort(key=lambda fault: fault.at_s)

    def remove(self, faults: tuple[Fault, ...]) -> None:
        """Have these no longer, but those like them that others ordered; what they held back goes out with the next message."""
        gone = {id(fault) for fault in faults}
        self._connection = [each for each in self._connection if id(each) not in gone]
        self._messages = [each for each in self._messages if id(each.fault) not in gone]
        self._texts = [each for each in self._texts if id(each.fault) not in gone]

    def heard(self, audio_s: float) -> bool:
        """The audio clock moved: let due faults of the connection happen; True if it is gone."""
        self._heard_s = max(self._heard_s, audio_s)
        self.position_ms = self._heard_s * 1000
        return self.happen()

    def happen(self) -> bool:
        """Let due faults of the connection happen; True if it is gone."""
        while self._connection and self._connection[0].at_s <= self._heard_s:
            fault = self._connection.pop(0)
            self.happened[fault.kind] += 1
            self.on_connection(fault)
            if fault.kind in {"drop", "close"}:
                self.gone = True
                return True
        return False

    def pack(self, message: dict[str, Any], key: str, delay_s: float) -> list[Parcel]:
        """What becomes of a message: none, one or more parcels, in order."""
        parcels = [Parcel(message, key, delay_s, position_ms=self.position_ms)]
        for active in self._messages:
            if active.fault.kind == "reorder" and self._held:
                continue  # what overtakes is not held back itself
            if not active.hits(message, self.position_ms):
                continue
            self.happened[active.fault.kind] += 1
            if active.fault.kind == "reorder":
                self._held += parcels
                return []
            if active.fault.kind == "lose":
                for parcel in parcels:
                    parcel.lost = True
            elif active.fault.kind == "duplicate":
                parcels = [each for parcel in parcels for each in (parcel, copy.copy(parcel))]
            else:
                for parcel in parcels:
                    self._change(parcel, active)
            for parcel in parcels:
                parcel.suffered = [*parcel.suffered, active.fault.kind]
        return [*parcels, *self.release()]

    def release(self) -> list[Parcel]:
        """What was held back to be overtaken."""
        held, self._held = self._held, []
        for parcel in held:
            parcel.suffered = [*parcel.suffered, "reorder"]
        return held

    def open(self, engine: Engine, request: StreamRequest, emit: Emit) -> "FaultyStream":
        """Begin an engine's stream whose words pass through the faults of text."""
        return FaultyStream(self, engine, request, emit)

    def texts(self, kind: str) -> Iterator[_Active]:
        """The faults of text of a kind, in order; a hallucination only once."""
        return (active for active in self._texts if active.fault.kind == kind)

    def _change(self, parcel: Parcel, active: _Active) -> None:
        fault = active.fault
        if fault.kind == "delay":
            parcel.delay_s += fault.delay_ms / 1000
            parcel.lane = fault.on
        elif fault.kind == "jitter":
            parcel.delay_s += active.dice.uniform(0.0, fault.jitter_ms) / 1000
            parcel.lane = fault.on
        elif fault.kind == "throttle":
            now_ns = monotonic_ns()
            self._free_ns = max(self._free_ns, now_ns) + int(len(dump(parcel.message)) / fault.bytes_per_s * 1e9)
            parcel.delay_s += (self._free_ns - now_ns) / 1e9
        elif fault.kind == "malformed":
            whole = dump(parcel.message)
            parcel.text = fault.text or whole[: len(whole) // 2]
        elif fault.kind == "oversize":
            parcel.message = {**parcel.message, "padding": "x" * max(0, fault.size_bytes - len(dump(parcel.message)))}
        elif fault.kind == "unknown_type":
            parcel.message = {**parcel.message, "type": f"Unknown{parcel.message.get('type')}"}
        else:
            parcel.message = copy.deepcopy(parcel.message)
            _EDITS[fault.kind](parcel.message, fault)


class FaultyStream:
    """An engine's stream with the faults of text: finals cut short or late, words that nobody said."""

    def __init__(self, faults: SessionFaults, engine: Engine, request: StreamRequest, emit: Emit) -> None:
        self._faults = faults
        self._format = request.format
        self._emit = emit
        self._received_bytes = 0
        self._late: list[RecognitionEvent] = []
        self._open_until_ms: dict[int, float] = {}  # by channel: no hallucination before
        self._numbers: dict[tuple[int, int], int] = {}  # of segments, as told: hallucinations take some
        self._next_number: Counter[int] = Counter()
        self._stream: Stream = engine.open(request, self._recognised)

    def push(self, data: bytes, received_ns: int) -> None:
        """Hand over audio as received."""
        self._received_bytes += len(data)
        self._stream.push(data, received_ns)
        self._hallucinate(self._format.duration_ms(self._received_bytes))

    def configure(self, rules: Any) -> None:
        """Use other rules for later audio."""
        self._stream.configure(rules)

    def force_endpoint(self) -> None:
        """End the open segment here."""
        self._stream.force_endpoint()

    async def finish(self) -> None:
        """Close what is open; late finals come now, after their delay, or at once if that was withdrawn."""
        await self._stream.finish()
        if self._late:
            delays_ms = [active.fault.delay_ms for active in self._faults.texts("late")]
            await asyncio.sleep(max(delays_ms, default=0.0) / 1000)
        late, self._late = self._late, []
        for event in late:
            self._tell(event)

    def close(self) -> None:
        """Forget the stream."""
        self._stream.close()

    def _recognised(self, event: RecognitionEvent) -> None:
        if isinstance(event, (SpeechStart, Hypothesis)):
            self._open_until_ms[event.channel] = float("inf")
        elif isinstance(event, SpeechEnd):
            self._open_until_ms[event.channel] = event.at_ms + _LOST_FINAL_MS
        elif isinstance(event, Final):
            self._open_until_ms[event.channel] = event.at_ms
            for active in self._faults.texts("truncate"):
                if active.hits(None, event.at_ms):
                    self._faults.happened["truncate"] += 1
                    event = replace(event, words=event.words[: max(1, int(len(event.words) * active.fault.keep))])
        event = self._renumbered(event)
        if self._late or (
            isinstance(event, Final) and any(active.hits(None, event.at_ms) for active in self._faults.texts("late"))
        ):
            if not self._late:
                self._faults.happened["late"] += 1
            self._late.append(event)
            return
        self._tell(event)

    def _tell(self, event: RecognitionEvent) -> None:
        """Emit, and while at it let every message be about the event's audio instant."""
        heard_ms = self._faults.position_ms
        self._faults.position_ms = getattr(event, "at_ms", heard_ms)
        try:
            self._emit(event)
        finally:
            self._faults.position_ms = heard_ms

    def _renumbered(self, event: Any) -> Any:
        if not hasattr(event, "segment"):
            return event
        key = (event.channel, event.segment)
        if key not in self._numbers:
            self._numbers[key] = max(event.segment, self._next_number[event.channel])
            self._next_number[event.channel] = self._numbers[key] + 1
        return event if self._numbers[key] == event.segment else replace(event, segment=self._numbers[key])

    def _hallucinate(self, position_ms: float) -> None:
        """Words in silence: told at once when their time has passed and nobody is speaking."""
        for active in self._faults.texts("hallucinate"):
            fault, length_s = active.fault, active.fault.for_s or _HALLUCINATION_S
            due = position_ms >= (fault.at_s + length_s) * 1000 and position_ms >= self._open_until_ms.get(0, 0.0)
            if active.happened or not due:
                continue
            active.happened += 1
            self._faults.happened["hallucinate"] += 1
            end_s = position_ms / 1000
            number = self._next_number[0]
            self._next_number[0] += 1
            for event in hallucination(fault.text, max(0.0, end_s - length_s), end_s, number):
                self._tell(event)


def dump(message: dict[str, Any]) -> str:
    """A message as it is sent."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def _holders(node: Any, path: list[str]) -> Iterator[dict[str, Any]]:
    """Every object in `node`, at any depth, that has the path; the path's last name is a key of what is returned."""
    if isinstance(node, dict):
        found: Any = node
        for name in path[:-1]:
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, dict) and path[-1] in found:
            yield found
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _holders(child, path)


def _remove(message: dict[str, Any], fault: Fault) -> None:
    path = fault.field.split(".")
    for holder in list(_holders(message, path)):
        holder.pop(path[-1], None)


def _break_integer(message: dict[str, Any], fault: Fault) -> None:
    path = fault.field.split(".")
    for holder in _holders(message, path):
        value = holder[path[-1]]
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            holder[path[-1]] = int(value) + 0.4


def _switch_language(message: dict[str, Any], fault: Fault) -> None:
    for name in ("language", "language_code"):
        for holder in _holders(message, [name]):
            holder[name] = fault.language


_EDITS: dict[str, Callable[[dict[str, Any], Fault], None]] = {
    "missing": _remove,
    "fraction": _break_integer,
    "language": _switch_language,
}
