"""Each rule on the smallest code that breaks it, in both languages, and on code that does not."""

from pathlib import Path

import pytest
from found import found

from harness.code_scan.scan import scan

AAI = "from assemblyai.streaming.v3 import *\n"
AAI_TS = 'import { AssemblyAI } from "assemblyai";\nconst s = new AssemblyAI({}).streaming.transcriber({ sampleRate: 16000 });\n'
GLADIA = "from gladiaio_sdk import GladiaClient\ns = GladiaClient().live_v2().start_session({})\n"
GLADIA_TS = 'import { GladiaClient } from "@gladiaio/sdk";\nconst s = new GladiaClient({}).liveV2().startSession({});\n'
TYPES = "from assemblyai.streaming.v3 import StreamingClient as C, StreamingEvents as E, StreamingParameters as P\nc = C()\n"
PARTIALS = '{"messages_config": {"receive_partial_transcripts": True}}'


def turn(body):
    return f"{TYPES}def f(c, e):\n    {body}\nc.on(E.Turn, f)\n"


def message(body):
    return f"{GLADIA}@s.on('message')\ndef f(m):\n    {body}\n"


PYTHON = [
    (f"{TYPES}c.set_params(x)", "assemblyai-set-params", 3),
    (f"{TYPES}c.force_endpoint()", "assemblyai-force-endpoint", 3),
    (f"{TYPES}c.keep_alive()", "assemblyai-keep-alive", 3),
    (f"{TYPES}c.create_temporary_token(60)", "assemblyai-token", 3),
    (f"{TYPES}c.stream(b'')", "assemblyai-audio", 3),
    (f"{TYPES}c.connect(P(sample_rate=8000))", "assemblyai-parameters", 3),
    (f"{TYPES}c.connect(P(sample_rate=8000,\n  channels=2))", "assemblyai-parameter-ignored", 4),
    (f"{TYPES}c.connect(p)", "assemblyai-no-disconnect", 3),
    (f"{TYPES}c.disconnect()", "assemblyai-no-terminate", 3),
    (f"{TYPES}c.disconnect(terminate=True)", "assemblyai-disconnect", 3),
    (f"{TYPES}c.connect(p)\nc.on(E.Begin, f)", "assemblyai-late-listener", 4),
    (f"{TYPES}c.on(E.SpeechStarted, f)", "assemblyai-event", 3),
    (turn("print(e.end_of_turn)"), "assemblyai-end-of-turn", 4),
    (turn("print(e.turn_is_formatted)"), "assemblyai-turn-formatted", 4),
    (turn("print(f'{e.transcript}')"), "assemblyai-turn-text", 4),
    (turn("[w.text for w in e.words]"), "assemblyai-word", 4),
    (turn("[w.start for w in e.words]"), "assemblyai-milliseconds", 4),
    (turn("words = e.words; last = words[-1]; last.end"), "assemblyai-milliseconds", 4),
    (turn("e.utterance"), "assemblyai-utterance", 4),
    (turn("e.end_of_turn_confidence > 0.5"), "assemblyai-turn-confidence", 4),
    (turn("x[e.turn_order] = 1"), "assemblyai-turn-order", 4),
    (turn("e.speaker_label"), "assemblyai-speaker", 4),
    (turn("[w.speaker for w in e.words]"), "assemblyai-speaker", 4),
    (turn("self.text = e.transcript"), "assemblyai-turn-text", 4),
    (turn("show(e)").replace("def f", "def show(x): x.transcript\ndef f"), "assemblyai-turn-text", 3),
    (f"{TYPES}def f(c, e, *, log, level=1): e.transcript\nc.on(E.Turn, partial(f, log=l))", "assemblyai-turn-text", 3),
    (f"{TYPES}def f(q, c, e): e.transcript\nc.on(E.Turn, partial(f, q))", "assemblyai-turn-text", 3),
    (f"{TYPES}def f(q, c, e): e.transcript\ng = partial(f, q)\nc.on(E.Turn, g)", "assemblyai-turn-text", 3),
    (f"{TYPES}@inject(1)\n@c.retry(2)\n@c.on(E.Turn)\ndef f(c, e): pass", "assemblyai-event", 5),
    ("from assemblyai.streaming.v3 import TurnEvent as T\ndef f(e: T): e.transcript", "assemblyai-turn-text", 2),
    (turn("e.audio_duration_seconds"), "assemblyai-durations", 4),
    (f"{TYPES}host = 'streaming.eu.assemblyai.com'", "assemblyai-host", 3),
    ("u = f'wss://streaming.assemblyai.com/v3/ws?sample_rate={r}'", "assemblyai-address", 1),
    ("def f(\n    at='wss://streaming.assemblyai.com/v3/ws',\n): pass", "assemblyai-address", 2),
    (
        f"{TYPES}class A:\n  def f(self, c, e, more=1): e.turn_is_formatted\nc.on(E.Turn, A().f)",
        "assemblyai-turn-formatted",
        4,
    ),
    ("# assemblyai\nif m['end_of_turn']: pass", "assemblyai-wire-word", 2),
    ("# assemblyai\nif m.end_of_turn: pass", "assemblyai-wire-word", 2),
    ("import assemblyai as aai\nt = aai.RealtimeTranscriber()\nt.connect()", "assemblyai-legacy", 2),
    (f"{TYPES}d.force_endpoint()", "name-not-assigned", 3),
    (message("print(m.data.is_final)"), "gladia-every-message", 5),
    (message("print(m)"), "gladia-every-message", 3),
    (message("text = m['data']['utterance']"), "gladia-every-message", 5),
    (message("text: str\n    text = m.get('data').get('utterance')"), "gladia-every-message", 6),
    (message("self.is_final = m.data.is_final"), "gladia-every-message", 5),
    (message("def later(): print(m.data.is_final)"), "gladia-every-message", 5),
    (
        "from gladiaio_sdk import LiveV2WebSocketMessage as M\ndef f(m: M): print(m.data.is_final)",
        "gladia-every-message",
        2,
    ),
    (message("if m.type == 'x': pass\n    print(m.data.is_final)"), "gladia-every-message", 6),
    (
        message("if m.type == 'transcript': print(m.data.utterance.text)").replace("({})", f"({PARTIALS})"),
        "gladia-partial-as-final",
        5,
    ),
    (message("if m.type == 'transcript': print(m.data.utterance.start / 1000)"), "gladia-seconds", 5),
    (f"{GLADIA}s.wait_until_ready()\ns.on('error', f)", "gladia-late-listener", 4),
    (f"{GLADIA}sleep(1)\ns.on('error', f)", "gladia-late-listener", 4),
    (f"{GLADIA}async for x in y: pass\ns.on('error', f)", "gladia-late-listener", 4),
    (f"{GLADIA}s.send_audio(b'')", "gladia-early-audio", 3),
    (GLADIA, "gladia-no-stop", 2),
    (f"{GLADIA}s.stop_recording()", "gladia-stop-not-awaited", 3),
    (f"{GLADIA}s.end_session()", "gladia-aborted", 3),
    (GLADIA.replace("{}", "{'endpointing': 400}"), "gladia-config-units", 2),
    (GLADIA.replace("{}", "dict(sample_rate=22050)"), "gladia-config-value", 2),
]
TYPESCRIPT = [
    (AAI_TS, "assemblyai-client", 2),
    (f"{AAI_TS}s.updateConfiguration({{ maxTurnSilence: 1 }});", "assemblyai-set-params", 3),
    (f"{AAI_TS}s.updateConfiguration();", "assemblyai-set-params", 3),
    (f"{AAI_TS}s.forceEndpoint();", "assemblyai-force-endpoint", 3),
    (f"{AAI_TS}s.stream(chunk);", "assemblyai-stream-argument", 3),
    (f"{AAI_TS}source.pipeTo(s.stream());", "assemblyai-audio", 3),
    (f"{AAI_TS}await s.connect();\ns.on('open', f);", "assemblyai-late-listener", 4),
    (f"{AAI_TS}await s.connect();", "assemblyai-no-disconnect", 3),
    (f"{AAI_TS}s.close(false);", "assemblyai-no-terminate", 3),
    (f"{AAI_TS}s.close();", "assemblyai-disconnect", 3),
    (f"{AAI_TS}s.on('turn', ({{ words }}) => words.map((w) => w.start));", "assemblyai-milliseconds", 3),
    (f"{AAI_TS}s.on('turn', (t) => t.turn_is_formatted);", "assemblyai-turn-formatted", 3),
    (f"{AAI_TS}s.on('turn', f.bind(null, q));\nfunction f(q, t) {{ t.transcript; }}", "assemblyai-turn-text", 4),
    (
        f"{AAI_TS}class A {{ f() {{ s.on('turn', this.g.bind(this)); }}\ng(t) {{ t.transcript; }} }}",
        "assemblyai-turn-text",
        4,
    ),
    (AAI_TS.replace("16000", "16000, interimResults: true"), "assemblyai-parameter-ignored", 2),
    (
        'const { AssemblyAI } = require("assemblyai");\nnew AssemblyAI({}).streaming.createTemporaryToken({});',
        "assemblyai-token",
        2,
    ),
    ("new WebSocket(`wss://streaming.assemblyai.com/v3/ws?token=${t}`)", "assemblyai-address", 1),
    (f"{GLADIA_TS}s.on('message', (m) => console.log(m.data.is_final));", "gladia-every-message", 3),
    (f"{GLADIA_TS}s.on('message', (m) => {{\n  if (m.data.is_final) f(m);\n}});", "gladia-every-message", 4),
    (f"{GLADIA_TS}s.on('message', ({{ type, ...m }}) => f(m.data.is_final));", "gladia-every-message", 3),
    (f"{GLADIA_TS}s.on('message', (m) => {{ if (x) f(); else g(m.data.is_final); }});", "gladia-every-message", 3),
    (
        f"{GLADIA_TS}s.on('message', (m) => {{ if (x) f(); else {{ g(m.data.is_final); }} }});",
        "gladia-every-message",
        3,
    ),
    (f"{GLADIA_TS}await x;\ns.on('started', f);", "gladia-late-listener", 4),
    (f"{GLADIA_TS}for await (const x of y) {{}}\ns.on('started', f);", "gladia-late-listener", 4),
    (GLADIA_TS, "gladia-no-stop", 2),
    (f"{GLADIA_TS}s.stopRecording();", "gladia-stop-not-awaited", 3),
    (GLADIA_TS.replace("{});\n", "{ maximum_duration_without_endpointing: 30_000 });\n"), "gladia-config-units", 2),
    (
        f"{GLADIA_TS}s.on('message', (m) => {{ if (m.type === 'transcript') f(m.data.utterance.end / 1000); }});",
        "gladia-seconds",
        3,
    ),
]


@pytest.mark.parametrize(
    ("code", "rule", "line"), PYTHON, ids=lambda value: value if isinstance(value, str) and "\n" not in value else ""
)
def test_python_code_that_breaks_a_rule_is_found_at_its_line(code, rule, line):
    """The rule speaks exactly there."""
    assert [line] == [each.line for each in found(code) if each.rule.id == rule]


@pytest.mark.parametrize(
    ("code", "rule", "line"),
    TYPESCRIPT,
    ids=lambda value: value if isinstance(value, str) and "\n" not in value else "",
)
def test_typescript_code_that_breaks_a_rule_is_found_at_its_line(code, rule, line):
    """The rule speaks exactly there."""
    assert [line] == [each.line for each in found(code, "app.ts") if each.rule.id == rule]


GUARDED = [
    message("if m.type != 'transcript':\n        return\n    print(m.data.is_final)"),
    message("if m.type == 'transcript' and m.data.is_final: print(m.data.utterance.text)"),
    message("match m.type:\n        case 'transcript': print(m.data.is_final)"),
    message("is_text = m.type == 'transcript'\n    if is_text: print(m.data.is_final)"),
    message("if isinstance(m, Transcript): print(m.data.is_final)"),
    message("queue.put(m)"),
]


@pytest.mark.parametrize("code", GUARDED)
def test_a_handler_that_asks_first_or_hands_on_is_no_trap(code):
    """Whatever way it asks."""
    assert "gladia-every-message" not in {each.rule.id for each in found(code)}


@pytest.mark.parametrize(
    "handler",
    [
        "({ type, data }) => { if (type === 'transcript') console.log(data.is_final); }",
        "(m) => m.type === 'transcript' ? m.data.utterance.text : null",
        "(m) => { switch (m.type) { case 'transcript': console.log(m.data.is_final); } }",
        "(m) => { if (m.type !== 'transcript') { return; } console.log(m.data.is_final); }",
        "(m) => { if (m.type !== 'transcript') { f(); } else console.log(m.data.is_final); }",
        "(m) => { if (m.type !== 'transcript') { f(); } else { console.log(m.data.is_final); } }",
    ],
)
def test_a_typescript_handler_that_asks_first_is_no_trap(handler):
    """Whatever way it asks."""
    assert "gladia-every-message" not in {
        each.rule.id for each in found(f"{GLADIA_TS}s.on('message', {handler});", "app.ts")
    }


@pytest.mark.parametrize(
    "body",
    [
        "d, u = m.data, m.data.utterance\n    show(u.text, d.is_final)",
        "print(m.data.utterance.text)\n    elsewhere(m.data)",
        "print(m.data.utterance.text)\n    queue.put(m)",
        "print(m.data.utterance.text)\n    self.last = m",
    ],
)
def test_whether_a_text_is_final_may_be_asked_by_whoever_is_given_the_message(body):
    """Of another name for its data, or in another file; looking at it in a log is no question."""
    partials = message(body).replace("({})", f"({PARTIALS})")
    assert "gladia-partial-as-final" not in {each.rule.id for each in found(partials)}
    logged = message("print(m.data.utterance.text, str(m.data))").replace("({})", f"({PARTIALS})")
    assert "gladia-partial-as-final" in {each.rule.id for each in found(logged)}


def test_each_session_has_its_own_switch_for_partials():
    """A second session of the file, without them, needs no question."""
    code = (
        "from gladiaio_sdk import GladiaClient\nlive = GladiaClient().live_v2()\n"
        f"def one(f):\n    s = live.start_session({PARTIALS})\n    s.on('message', f)\n"
        "def two():\n    s = live.start_session({})\n"
        "    s.on('message', lambda m: m.type == 'transcript' and m.data.utterance.text)\n"
    )
    assert "gladia-partial-as-final" not in {each.rule.id for each in found(code)}
    for given in (
        "{'messages_config': {'receive_partial_transcripts': False}}",
        "{'messages_config': {'receive_errors': True}}",
        "{'messages_config': {}}",
    ):
        assert "gladia-partial-as-final" not in {each.rule.id for each in found(code.replace("({})", f"({given})"))}
    swapped = code.replace("({})", "(0)").replace(f"({PARTIALS})", "({})").replace("(0)", f"({PARTIALS})")
    assert "gladia-partial-as-final" in {each.rule.id for each in found(swapped)}


@pytest.mark.parametrize("example", ["python/after", "typescript/after"])
def test_the_migrated_example_has_no_trap(example):
    """Its code is the advice that this command gives."""
    scanned = scan(Path(__file__).parents[2] / "examples/migration" / example)
    assert ([], 1) == (list(scanned.findings), scanned.using)


def test_every_parameter_of_a_line_that_has_no_effect_is_told_with_what_it_means():
    """What only the program knows is no text, and none of its value is doubted."""
    code = f"{TYPES}c.connect(P(interim_results=True, end_utterance_silence_threshold=500, utterance_end_ms=wait))"
    each = {finding.rule.id: finding for finding in found(code)}
    said = each["assemblyai-parameter-ignored"].message
    assert all(
        f"`{name}`" in said for name in ("interim_results", "end_utterance_silence_threshold", "utterance_end_ms")
    )
    assert "no meaning" not in said
    rows = [(row.value, row.is_literal, row.target) for row in each["assemblyai-parameters"].rows]
    assert [(True, True, "none"), (500, True, "endpointing"), ("wait", False, "endpointing")] == rows


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (f"{TYPES}c.connect(P(model, **{{'max_turn_silence': -5, key: 2, **more}}))", "app.py"),
        (AAI_TS.replace("sampleRate: 16000", "maxTurnSilence: -5, [key]: 2, ...more"), "app.ts"),
        (
            f"const {{ key, ...p }} = {{ maxTurnSilence: -5 }};\n{AAI_TS.replace('{ sampleRate: 16000 }', 'p')}",
            "app.ts",
        ),
    ],
)
def test_parameters_whose_names_only_the_program_knows_are_left_out(code, name):
    """And those beside them are told."""
    [rows] = [each.rows for each in found(code, name) if each.rule.id == "assemblyai-parameters"]
    assert [("max_turn_silence", -5)] == [(row.field, row.value) for row in rows]


def test_what_a_session_does_rightly_is_no_trap():
    """Listeners at once, ready before audio, a stop that is waited for; an `async with` ends AssemblyAI's."""
    gladia = f"{GLADIA}s.on('error', f)\ns.on('ended', done.set)\ns.wait_until_ready()\ns.send_audio(b'')\ns.stop_recording()\n"
    assert [] == [each.rule.id for each in found(gladia) if each.rule.severity == "trap"]
    assemblyai = (
        "from assemblyai.streaming.v3 import AsyncStreamingClient\n"
        "async def f():\n    async with AsyncStreamingClient() as c:\n        await c.connect(p)\n"
    )
    assert [] == [each.rule.id for each in found(assemblyai) if each.rule.severity == "trap"]
    assert [] == found("def factory(live):\n    return live.start_session({})  # gladia\n")


def test_a_name_that_is_not_assigned_comes_with_those_that_are():
    """What to write instead is in the message."""
    for live in ("live", "(await live)"):
        [finding] = [each for each in found(f"{GLADIA}{live}.on('message', f)") if each.rule.id == "name-not-assigned"]
        assert finding.message.endswith("The name is `live`; write `s`, made in line 2.")


def test_values_that_grow_with_each_name_or_go_in_circles_are_unknown():
    """Thirty lines can stand for a billion words; the call is found all the same, with what is known of it."""
    growing = "".join(f"a{n} = [{f'a{n - 1}, ' * 4}]\n" for n in range(1, 30))
    code = f"from assemblyai.streaming.v3 import StreamingParameters\na0 = ['x']\n{growing}b = [c]\nc = [b]\n"
    code += "a = d\nd = a\n"
    for name in ("a29", "b", "a"):
        call = found(f"{code}p = StreamingParameters(sample_rate=16000, keyterms_prompt={name})\n")
        [rows] = [finding.rows for finding in call if finding.rule.id == "assemblyai-parameters"]

        assert [("sample_rate", True), ("keyterms_prompt", False)] == [(row.field, row.is_literal) for row in rows]
