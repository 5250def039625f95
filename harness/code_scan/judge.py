"""The rules applied to what a file uses: from uses to findings, without files and without languages' grammars."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from harness.code_scan.configuration import judge_gladia_configuration
from harness.code_scan.findings import ParameterRow, Rule
from harness.code_scan.handlers import ANY, Handler, Path, Read
from harness.code_scan.names import ASSEMBLYAI, GLADIA
from harness.code_scan.parameters import ignored, rows_of
from harness.code_scan.rules import RULES
from harness.code_scan.syntax import Place
from harness.code_scan.uses import Listener, Use, Uses

_STARTS = ("start_session", "connect_session")
_ENDS = ("disconnect", "close", "__aexit__")
# What AssemblyAI's events become: Python's names, then TypeScript's where they differ.
_EVENTS = {
    "begin": "`started` is the answer to the request by HTTP; what `Begin` tells, that audio can be sent, is `connected`.",
    "turn": "A `message` of type `transcript`: data.is_final tells partials from finals.",
    "termination": "`ended`, with a code and a reason; durations are in other messages.",
    "error": "`error`; a session that the service closed arrives as `ended` with its code instead.",
    "speech_started": "A `message` of type `speech_start`: data.time in seconds, and a channel.",
    "heartbeat": "None; acknowledgements (`audio_chunk`, data.time_range) tell how much audio has arrived.",
    "silence": "None; it lies between `speech_end` and the next `speech_start`.",
    "warning": "None.",
    "llm_gateway_response": "None live; post_processing.summarization is the nearest.",
    "speaker_revision": "None: there is no live diarization.",
}
_EVENTS |= {"open": _EVENTS["begin"], "close": _EVENTS["termination"]}
_CALLS = {
    "connect": "assemblyai-connect",
    "set_params": "assemblyai-set-params",
    "update_configuration": "assemblyai-set-params",
    "force_endpoint": "assemblyai-force-endpoint",
    "keep_alive": "assemblyai-keep-alive",
    "create_temporary_token": "assemblyai-token",
    "stream": "assemblyai-audio",
    "send_audio": "assemblyai-audio",
}
_READS = {
    "end_of_turn": "assemblyai-end-of-turn",
    "turn_is_formatted": "assemblyai-turn-formatted",
    "end_of_turn_confidence": "assemblyai-turn-confidence",
    "transcript": "assemblyai-turn-text",
    "utterance": "assemblyai-utterance",
    "turn_order": "assemblyai-turn-order",
    "speaker_label": "assemblyai-speaker",
    "audio_duration_seconds": "assemblyai-durations",
    "session_duration_seconds": "assemblyai-durations",
    "timestamp": "assemblyai-milliseconds",
    "words": "assemblyai-word",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule at a place, with what there is to say about this place beyond the rule itself."""

    rule: Rule
    place: Place
    more: str = ""
    rows: tuple[ParameterRow, ...] = ()


def judge(uses: Uses, language: str) -> list[Judged]:
    """All findings of a file, in its order; a rule speaks once a line, and says there all that it has to say."""
    found: dict[tuple[int, str], Judged] = {}
    for each in _judged(uses, language):
        first = found.setdefault((each.place.line, each.rule.id), each)
        if each.more not in first.more:
            found[each.place.line, each.rule.id] = replace(first, more=f"{first.more} {each.more}")
    return sorted(found.values(), key=lambda each: (each.place, each.rule.id))


def _judged(uses: Uses, language: str) -> Iterator[Judged]:
    yield from _unbound_names(uses)
    for call in uses.calls:
        yield from _call(call, language)
    yield from _listeners(uses, language)
    yield from _handlers(uses, language)
    yield from _parameters(uses)
    yield from _sessions(uses, language)
    with_sdk = any(service == ASSEMBLYAI for service, _ in uses.imports)
    for address in uses.addresses:
        if address.service == ASSEMBLYAI:
            rule = "assemblyai-host" if with_sdk else "assemblyai-address"
            yield Judged(RULES[rule], address.place, rows=rows_of(address.entries) if "?" in address.text else ())
    for place, word in uses.wire_words:
        more = f"`{word}`: {RULES[_READS[word]].meaning}" if word in _READS else f"`{word}` has no counterpart."
        yield Judged(RULES["assemblyai-wire-word"], place, more)


def _unbound_names(uses: Uses) -> Iterator[Judged]:
    told: set[str] = set()
    used: list[Use | Listener] = [*uses.calls, *uses.listeners]
    for use in sorted(used, key=lambda each: each.place):
        name = use.owner.partition(".")[0]
        if not use.is_owner_bound and name not in told:
            told.add(name)
            made = _sessions_made(uses, use.service)
            yield Judged(
                RULES["name-not-assigned"], use.place, f"The name is `{name}`{'; write ' + made if made else ''}."
            )


def _sessions_made(uses: Uses, service: str) -> str:
    """The names that this file does give to sessions of a service, with their lines."""
    made = [
        call
        for call in uses.calls
        if call.service == service and call.result and (call.method in _STARTS or call.kind == "assemblyai.session")
    ]
    return " or ".join(f"`{call.result}`, made in line {call.place.line}" for call in made)


def _call(call: Use, language: str) -> Iterator[Judged]:
    kind = call.kind
    if kind.startswith("assemblyai.legacy"):
        if call.method in ("new", "transcriber"):
            yield Judged(RULES["assemblyai-legacy"], call.place)
    elif call.service == ASSEMBLYAI and call.method == "new":
        yield Judged(RULES["assemblyai-client"], call.place)
    elif kind == "assemblyai.session" and call.method in _ENDS[:2]:
        yield Judged(RULES[_end_of_assemblyai(call, language)], call.place)
    elif call.service == ASSEMBLYAI and call.method in _CALLS:
        if language == "typescript" and call.method == "stream" and call.arguments:
            yield Judged(RULES["assemblyai-stream-argument"], call.place)
        else:
            yield Judged(RULES[_CALLS[call.method]], call.place)
    elif call.service == GLADIA and call.method in _STARTS and call.entries is not None:
        for rule, place, more in judge_gladia_configuration(call.entries):
            yield Judged(RULES[rule], place, more)


def _end_of_assemblyai(call: Use, language: str) -> str:
    """Whether an end of a session waits for its last turn: in Python only if told to, in TypeScript unless told not to."""
    said = call.flags.get("terminate", call.flags.get(0))
    waits = said is not False if language == "typescript" else said is True or (said is None and call.arguments > 0)
    return "assemblyai-disconnect" if waits else "assemblyai-no-terminate"


def _listeners(uses: Uses, language: str) -> Iterator[Judged]:
    for listener in uses.listeners:
        if listener.kind == "assemblyai.session":
            more = _EVENTS.get(listener.event, "")
            yield Judged(RULES["assemblyai-event"], listener.place, more)
            late = _is_after_connect(listener, uses)
            if late:
                yield Judged(
                    RULES["assemblyai-late-listener"], listener.place, f"It connects in line {late.place.line}."
                )
        elif listener.service == GLADIA and (between := _between_start_and(listener, uses, language)):
            yield Judged(RULES["gladia-late-listener"], listener.place, f"Line {between.line} comes between.")


def _is_after_connect(listener: Listener, uses: Uses) -> Use | None:
    """The connect() of the same session before it, in the same function."""
    for call in uses.calls:
        connects = call.kind == "assemblyai.session" and call.method == "connect"
        same = call.scope is listener.scope and (call.owner == listener.owner or not listener.is_owner_bound)
        if connects and same and call.place < listener.place:
            return call
    return None


def _between_start_and(listener: Listener, uses: Uses, language: str) -> Place | None:
    """The first place between the start of a session and its listener at which the session can get ahead of it."""
    starts = [
        call.place
        for call in uses.calls
        if call.method in _STARTS and call.scope is listener.scope and call.place < listener.place
        if call.result == listener.owner or not listener.is_owner_bound
    ]
    if not starts:
        return None
    start = max(starts)
    between = [place for place, scope in uses.pauses if scope is listener.scope and start < place < listener.place]
    if language == "python" and listener.kind == "gladia.session":  # a thread of its own: any work lets it get ahead
        between += [
            call.place
            for call in uses.calls
            if call.kind == "gladia.session" and call.scope is listener.scope and start < call.place < listener.place
        ]
    return min(between, default=None)


def _handlers(uses: Uses, language: str) -> Iterator[Judged]:
    for listener in uses.listeners:
        if listener.handler is None:
            continue
        if listener.service == ASSEMBLYAI:
            yield from _assemblyai_reads(listener.handler.reads, language)
        elif listener.event == "message":
            partials = _are_partials_on(_starts_of(listener, uses))
            yield from _gladia_handler(listener.handler, listener.place, partials_on=partials)
    for event, handler in uses.loose_handlers:
        if event == "turn":
            yield from _assemblyai_reads(handler.reads, language)
        else:
            partials = _are_partials_on(_gladia_starts(uses))
            yield from _gladia_handler(handler, handler.place, partials_on=partials)


def _assemblyai_reads(reads: Iterable[Read], language: str) -> Iterator[Judged]:
    for read in reads:
        path = read.path
        rule = _READS.get(path[0])
        if rule is None or (rule == "assemblyai-utterance" and language == "typescript"):  # the wire has it
            continue
        if path[0] == "words" and path[-1] in ("start", "end"):
            rule = "assemblyai-milliseconds"
        elif path[0] == "words" and path[-1] == "speaker":
            rule = "assemblyai-speaker"
        yield Judged(RULES[rule], read.place)


def _gladia_handler(handler: Handler, registered: Place, *, partials_on: bool) -> Iterator[Judged]:
    data = [read for read in handler.reads if read.path[0] == "data"]
    unguarded = next((read for read in data if not read.is_guarded and read.path != ("data",)), None)
    if unguarded is not None:
        shown = "message." + ".".join(part for part in unguarded.path if part != ANY)
        yield Judged(RULES["gladia-every-message"], unguarded.place, f"`{shown}` is read without asking message.type.")
    elif handler.prints_all and not data and not handler.asks_type:
        yield Judged(RULES["gladia-every-message"], registered, "This handler prints each message, whatever it is.")
    text = next((read for read in data if _is_text(read.path)), None)
    asks_final = handler.hands_on or any(read.path[-1] == "is_final" for read in data)
    if partials_on and text is not None and not asks_final:
        yield Judged(RULES["gladia-partial-as-final"], text.place)
    for read in data:
        if read.scale == "/" and read.path[-1] in ("start", "end", "time"):
            yield Judged(RULES["gladia-seconds"], read.place)


def _is_text(path: Path) -> bool:
    return path[:2] == ("data", "utterance") and path[-1] in ("utterance", "text", "words", "word")


def _gladia_starts(uses: Uses) -> list[Use]:
    return [call for call in uses.calls if call.service == GLADIA and call.method in _STARTS]


def _starts_of(listener: Listener, uses: Uses) -> list[Use]:
    """The starts of the listener's session; if none is in its function, of any session of the file."""
    starts = _gladia_starts(uses)
    own = [call for call in starts if call.scope is listener.scope and call.result == listener.owner]
    return own or starts


def _are_partials_on(starts: list[Use]) -> bool:
    """Whether one of these sessions asks for partials, or whether that can't be told."""
    if not starts or any(call.entries is None for call in starts):
        return True
    for call in starts:
        messages = (call.entries or {}).get("messages_config")
        if messages is not None:
            wanted = messages.value.get("receive_partial_transcripts") if isinstance(messages.value, dict) else messages
            if wanted is not None and wanted.value is not False:
                return True
    return False


def _parameters(uses: Uses) -> Iterator[Judged]:
    for given in uses.parameters:
        if given.entries and not given.is_update:
            yield Judged(RULES["assemblyai-parameters"], given.place, rows=rows_of(given.entries))
        for name, place, said in ignored(given.entries):
            yield Judged(RULES["assemblyai-parameter-ignored"], place, f"`{name}`: {said}")


def _sessions(uses: Uses, language: str) -> Iterator[Judged]:
    """How sessions begin and end, as far as one file tells."""
    calls = uses.calls
    assemblyai = [call for call in calls if call.kind == "assemblyai.session"]
    if not any(call.method in _ENDS for call in assemblyai):
        yield from (
            Judged(RULES["assemblyai-no-disconnect"], call.place) for call in assemblyai if call.method == "connect"
        )
    gladia = [call for call in calls if call.kind in ("gladia.session", "gladia.async_session")]
    stops = [call for call in gladia if call.method == "stop_recording"]
    aborts = [call for call in gladia if call.method == "end_session"]
    starts = [call for call in calls if call.service == GLADIA and call.method in _STARTS and not call.is_returned]
    if not stops and not aborts:
        yield from (Judged(RULES["gladia-no-stop"], call.place) for call in starts)
    if not stops:
        yield from (Judged(RULES["gladia-aborted"], call.place) for call in aborts)
    events = {listener.event for listener in uses.listeners if listener.service == GLADIA}
    if "ended" not in events:
        yield from (Judged(RULES["gladia-stop-not-awaited"], call.place) for call in stops)
    ready = any(call.method == "wait_until_ready" for call in gladia) or "connected" in events
    threaded = [call for call in gladia if call.kind == "gladia.session" and call.method == "send_audio"]
    if language == "python" and threaded and not ready:
        yield Judged(RULES["gladia-early-audio"], threaded[0].place)
