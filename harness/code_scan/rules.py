"""Every rule: what it looks for, what that means at Gladia, and what to write instead. `docs/code.md` explains each."""

from harness.code_scan.findings import Rule

_HANDLER_PY = """\
@session.on("message")
def on_message(message):
    if message.type != "transcript":
        return
    text = message.data.utterance.text.strip()
    print("final" if message.data.is_final else "partial", text)"""
_HANDLER_TS = """\
session.on("message", (message) => {
  if (message.type !== "transcript") return;
  const text = message.data.utterance.text.trim();
  console.log(message.data.is_final ? "final" : "partial", text);
});"""
_STOP_PY = """\
done = threading.Event()
session.on("ended", lambda _ended: done.set())
...
session.stop_recording()
done.wait(60)"""
_STOP_TS = """\
const ended = new Promise((resolve) => session.on("ended", resolve));
...
session.stopRecording();
await ended;"""
_START_PY = """\
session = GladiaClient(api_key=key).live_v2().start_session(config)
session.on("message", on_message)  # all listeners on the lines right below
session.on("error", on_error)
session.on("ended", on_ended)
session.wait_until_ready()"""
_START_TS = """\
const session = new GladiaClient({ apiKey }).liveV2().startSession(config);
session.on("message", onMessage); // all listeners before the first await
session.on("error", onError);
session.on("ended", onEnded);"""

_ALL = (
    Rule(
        "assemblyai-client",
        "change",
        "an AssemblyAI client",
        "Gladia's client starts sessions: a request by HTTP, whose answer has the address of the WebSocket. It returns at once "
        "and connects in the background.",
        "session = GladiaClient(api_key=key).live_v2().start_session(config)",
        "const session = new GladiaClient({ apiKey }).liveV2().startSession(config);",
    ),
    Rule(
        "assemblyai-connect",
        "change",
        "the connection",
        "start_session connects by itself and returns at once; a refused session arrives as an `error` event and `ended`.",
        _START_PY,
        _START_TS,
    ),
    Rule(
        "assemblyai-parameters",
        "change",
        "parameters of a session",
        "Each parameter becomes what its row says; `harness translate` writes the whole configuration.",
    ),
    Rule(
        "assemblyai-parameter-ignored",
        "trap",
        "a parameter that the SDK drops",
        "AssemblyAI's SDK has no such parameter and drops it without a word: it never had an effect, so whatever Gladia does "
        "with a field of that name is new behaviour.",
    ),
    Rule(
        "assemblyai-set-params",
        "trap",
        "parameters changed during a session",
        "Gladia can change nothing during a session. Set it when the session starts, or stop and start another one.",
        "session = live.start_session(config)  # with everything set here",
        "const session = live.startSession(config); // with everything set here",
    ),
    Rule(
        "assemblyai-force-endpoint",
        "trap",
        "a forced end of turn",
        "Gladia has nothing that ends an utterance on demand: finals come by `endpointing` alone, so what waits for one has to "
        "be designed anew.",
        'config = {"endpointing": 0.3, "maximum_duration_without_endpointing": 60}',
        "const config = { endpointing: 0.3, maximum_duration_without_endpointing: 60 };",
    ),
    Rule(
        "assemblyai-keep-alive",
        "note",
        "a keep-alive message",
        "Gladia has no such message and no documented idle timeout. Remove it, and stop idle sessions yourself.",
    ),
    Rule(
        "assemblyai-token",
        "change",
        "a temporary token",
        "At Gladia the backend creates the session and hands its `url` to the client, which connects to it; the url carries a "
        "token for this one session.",
        "session = live.connect_session(LiveV2ConnectSessionOptions(id=id, url=url))",
        "const session = live.connectSession({ id, url });",
    ),
    Rule(
        "assemblyai-audio",
        "change",
        "audio sent",
        "The same bytes go to send_audio. Gladia has no limits of 50 and 1000 ms a message; about 100 ms are advised.",
        "session.send_audio(chunk)",
        "session.sendAudio(chunk);",
    ),
    Rule(
        "assemblyai-stream-argument",
        "trap",
        "audio given to stream()",
        "AssemblyAI's TypeScript stream() takes no audio: it returns a stream to write to, and the argument is dropped, so "
        "nothing is sent. The migration guide shows it so.",
        "",
        "session.sendAudio(chunk);",
    ),
    Rule(
        "assemblyai-event",
        "change",
        "a listener of AssemblyAI's events",
        "Gladia's messages all arrive as `message`, to be told apart by `message.type`.",
    ),
    Rule(
        "assemblyai-late-listener",
        "trap",
        "a listener after connect()",
        "`Begin` can arrive before this line, and an error that refused the connection has been dropped. Listen first, then "
        "connect. At Gladia it is the other way round: the session exists only once started, so listen on the next lines.",
        _START_PY,
        _START_TS,
    ),
    Rule(
        "assemblyai-no-disconnect",
        "trap",
        "a session that is never ended",
        "Nothing in this file ends the session: AssemblyAI bills until its limit of 3 hours, a Python program does not exit, and "
        "at Gladia a session that is not stopped delivers no end of its transcript.",
        _STOP_PY,
        _STOP_TS,
    ),
    Rule(
        "assemblyai-no-terminate",
        "trap",
        "an end without Terminate",
        "Without terminate=True the last turn and `Termination` are lost. Gladia's stop_recording always delivers the last "
        "finals, but does not wait: wait for `ended`.",
        _STOP_PY,
        _STOP_TS,
    ),
    Rule(
        "assemblyai-disconnect",
        "change",
        "the end of a session",
        "stop_recording returns at once; the last finals come after it. Wait for the event `ended`, which is the last one.",
        _STOP_PY,
        _STOP_TS,
    ),
    Rule(
        "assemblyai-end-of-turn",
        "change",
        "the end of a turn",
        "`is_final` ends an utterance, and a turn may be several of them: Gladia's own defaults end one after 0.05 s of silence, "
        "and after 5 s of speech. Set both.",
        _HANDLER_PY,
        _HANDLER_TS,
    ),
    Rule(
        "assemblyai-turn-formatted",
        "trap",
        "turn_is_formatted",
        "There is no second, formatted final at Gladia: code that waits for it waits for ever. Each utterance is final once, and "
        "formatted.",
        _HANDLER_PY,
        _HANDLER_TS,
    ),
    Rule(
        "assemblyai-turn-text",
        "change",
        "the text of a turn",
        "It is `data.utterance.text` of a message of type `transcript`, and begins with a blank.",
        "text = message.data.utterance.text.strip()",
        "const text = message.data.utterance.text.trim();",
    ),
    Rule(
        "assemblyai-word",
        "change",
        "words of a turn",
        "They are `data.utterance.words`; a word's text is `word`, not `text`, and may begin with a blank. There is no "
        "`word_is_final` and no `speaker`.",
        "words = [each.word.strip() for each in message.data.utterance.words]",
        "const words = message.data.utterance.words.map(({ word }) => word.trim());",
    ),
    Rule(
        "assemblyai-milliseconds",
        "trap",
        "times in milliseconds",
        "AssemblyAI's times are whole milliseconds, Gladia's are seconds with a fraction: off by a factor of 1000, without an "
        "error.",
        "start_ms = round(word.start * 1000)",
        "const startMs = Math.round(word.start * 1000);",
    ),
    Rule(
        "assemblyai-utterance",
        "trap",
        "the turn's `utterance`",
        "AssemblyAI's Python SDK has no such field: reading it raises AttributeError, which the SDK logs and swallows. Gladia has "
        "`data.utterance`, which is something else: the whole utterance with its text, words and times.",
        "text = message.data.utterance.text.strip()",
        "const text = message.data.utterance.text.trim();",
    ),
    Rule(
        "assemblyai-turn-confidence",
        "trap",
        "the confidence of an end of turn",
        "Gladia has no such score, and no threshold for it: an utterance ends by silence alone. `utterance.confidence` is about "
        "its words.",
    ),
    Rule(
        "assemblyai-turn-order",
        "change",
        "the number of a turn",
        "`data.id` is a text that the partials and the final of one utterance share; it says nothing about turns.",
        "utterance_id = message.data.id",
        "const utteranceId = message.data.id;",
    ),
    Rule(
        "assemblyai-speaker",
        "trap",
        "speakers",
        "There is no live diarization at Gladia. Send each speaker in a channel of its own: `utterance.channel` says which, and "
        "each channel is billed.",
        'config = {"channels": 2}',
        "const config = { channels: 2 };",
    ),
    Rule(
        "assemblyai-durations",
        "change",
        "durations at the end",
        "The audio's duration is in the message `end_recording` (receive_lifecycle_events) or in post_final_transcript's "
        "metadata; nothing says how long the session was open. Billed is audio times channels.",
        "seconds = message.data.recording_duration  # of end_recording",
        "const seconds = message.data.recording_duration; // of end_recording",
    ),
    Rule(
        "assemblyai-address",
        "change",
        "AssemblyAI's address",
        "Gladia's socket has no fixed address: POST /v2/live with the configuration as JSON answers with the `url` to connect "
        "to, once for each session.",
        'url = httpx.post("https://api.gladia.io/v2/live", headers={"x-gladia-key": key}, json=config).json()["url"]',
        'const { url } = await (await fetch("https://api.gladia.io/v2/live", { method: "POST", '
        'headers: { "x-gladia-key": key, "content-type": "application/json" }, body: JSON.stringify(config) })).json();',
    ),
    Rule(
        "assemblyai-host",
        "change",
        "the host of AssemblyAI's client",
        "Gladia's host is the client's `api_url`; where AssemblyAI has a host for each region, Gladia takes a `region`, eu-west or "
        "us-west.",
        'client = GladiaClient(api_key=key, region="eu-west")',
        'const client = new GladiaClient({ apiKey, region: "eu-west" });',
    ),
    Rule(
        "assemblyai-wire-word",
        "change",
        "AssemblyAI's messages read or written without its SDK",
        "Gladia's messages have `type`, `session_id`, `created_at` and `data`; the client sends audio and "
        '`{"type": "stop_recording"}`, and nothing else.',
    ),
    Rule(
        "assemblyai-legacy",
        "note",
        "AssemblyAI's former real-time API",
        "This is streaming v2, which v3 replaced; its transcripts, events and parameters have other names than those told "
        "here.",
    ),
    Rule(
        "name-not-assigned",
        "trap",
        "a name that nothing assigns",
        "Nothing in this file gives this name a value: NameError or ReferenceError before anything is streamed. The migration "
        "guide uses `client` and `live_session` so.",
    ),
    Rule(
        "gladia-every-message",
        "trap",
        "a handler that takes every message for a transcript",
        "Acknowledgements, speech_start and speech_end arrive here too and have no `is_final` and no `utterance`. In Python "
        "reading them raises, which ends the receiving thread without a word: no transcript arrives, and status stays "
        "`connected`.",
        _HANDLER_PY,
        _HANDLER_TS,
    ),
    Rule(
        "gladia-partial-as-final",
        "trap",
        "partials taken for finals",
        "Partials are on, and this handler never reads `is_final`: the same words arrive several times. Replace the text of a "
        "`data.id` until its final.",
        _HANDLER_PY,
        _HANDLER_TS,
    ),
    Rule(
        "gladia-late-listener",
        "trap",
        "a listener long after start_session",
        "The session connects in the background from the moment it is made: `started`, `connected` and an `error` can be gone "
        "before this line. Listen on the lines right after start_session.",
        _START_PY,
        _START_TS,
    ),
    Rule(
        "gladia-early-audio",
        "trap",
        "audio before the session is ready",
        "What is sent before the socket is open is kept and sent in a burst, and in Python's threads it can be doubled or "
        "change places with what follows. Wait first.",
        "session.wait_until_ready()\nsession.send_audio(chunk)",
        'session.once("connected", () => startSendingAudio());',
    ),
    Rule(
        "gladia-no-stop",
        "trap",
        "a session that is never stopped",
        "Nothing in this file stops the session: the last finals and the end of the session never come, and the recording goes "
        "on as long as audio is sent.",
        _STOP_PY,
        _STOP_TS,
    ),
    Rule(
        "gladia-stop-not-awaited",
        "trap",
        "an end that nobody waits for",
        "stop_recording returns at once and the last finals come after it: a program that goes on to its end loses them. Wait "
        "for `ended`.",
        _STOP_PY,
        _STOP_TS,
    ),
    Rule(
        "gladia-aborted",
        "trap",
        "a session that is aborted",
        "end_session closes at once, with what was not yet final. stop_recording delivers it.",
        _STOP_PY,
        _STOP_TS,
    ),
    Rule(
        "gladia-seconds",
        "trap",
        "seconds taken for milliseconds",
        "Gladia's times are seconds already: divided by 1000 they are microscopic, without an error.",
        "start_s = word.start",
        "const startS = word.start;",
    ),
    Rule(
        "gladia-config-units",
        "trap",
        "a configuration in milliseconds",
        "Gladia takes seconds: `endpointing` from 0.01 to 10, `maximum_duration_without_endpointing` from 5 to 60.",
        'config = {"endpointing": 0.4, "maximum_duration_without_endpointing": 60}',
        "const config = { endpointing: 0.4, maximum_duration_without_endpointing: 60 };",
    ),
    Rule(
        "gladia-config-value",
        "trap",
        "a value that Gladia refuses",
        "The session is refused when it starts: an `error` event, then `ended` with 1006.",
        'config = {"encoding": "wav/pcm", "bit_depth": 16, "sample_rate": 16000}',
        'const config = { encoding: "wav/pcm", bit_depth: 16, sample_rate: 16000 };',
    ),
)  # fmt: skip

RULES = {rule.id: rule for rule in _ALL}
