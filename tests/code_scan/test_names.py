"""Whose object a name stands for, however it came to it."""

import pytest
from found import found

AWAY = "assemblyai-connect"  # a method of much else: what it is called on has to be known
PYTHON = [
    "import assemblyai as aai\nc = aai.streaming.v3.StreamingClient()\nc.connect(p)",
    "import assemblyai.streaming.v3 as v3\nc = v3.StreamingClient()\nd = c\nd.connect(p)",
    "from assemblyai.streaming.v3 import RealTimeTranscriber as R\nclass A:\n def __init__(self): self.c = R()\n def f(self): self.c.connect(p)",
    "from assemblyai.streaming.v3 import StreamingClient\ndef f(x: 'StreamingClient | None'): x.connect(p)",
    "from assemblyai.streaming.v3 import StreamingClient\ndef make(): return StreamingClient()\nmake().connect(p)",
    "from assemblyai.streaming.v3 import *\nif (c := StreamingClient()): c.connect(p)",
    "from assemblyai.streaming.v3 import StreamingClient\nc: StreamingClient = load()\nc.connect(p)",
    "from assemblyai.streaming.v3 import StreamingClient\nc, n = StreamingClient(), 1\nc.connect(p)",
    "from assemblyai.streaming.v3 import StreamingClient\nclass A:\n def __init__(self):\n  c = StreamingClient()\n  self.c = c\n def f(self): self.c.connect(p)",
    "from assemblyai.streaming.v3 import AsyncStreamingClient as A\nasync def f():\n  async with A() as c: await c.connect(p)",
    "from assemblyai.streaming.v3 import StreamingClient\nwith lock, StreamingClient() as c: c.connect(p)",
    "from assemblyai.streaming.v3 import StreamingClient\nclass A:\n def __init__(self): self.c = StreamingClient()\nA().c.connect(p)",
    "from assemblyai.streaming.v3 import StreamingClient\napp.c = StreamingClient()\napp.c.connect(p)",
    "from assemblyai.streaming.v3 import StreamingClient\ndef f(*, url, c=StreamingClient()): c.connect(p)",
    "from assemblyai.streaming.v3 import StreamingParameters as P\nx.connect(P(sample_rate=8000))",
]
TYPESCRIPT = [
    'import { AssemblyAI as A } from "assemblyai"; new A({}).streaming.transcriber({}).connect();',
    'import * as sdk from "assemblyai"; const c = new sdk.AssemblyAI({}); const t = c.streaming.transcriber(p); t.connect();',
    'const { AssemblyAI: A } = require("assemblyai"); const t = new A({}).streaming.transcriber({}); t.connect();',
    'import type { StreamingTranscriber } from "assemblyai"; function f(t?: StreamingTranscriber) { t?.connect(); }',
    'import { StreamingTranscriber } from "assemblyai"; class A { t!: StreamingTranscriber; f() { this.t.connect(); } }',
    'import { AssemblyAI } from "assemblyai"; class A { c = new AssemblyAI({}); t = this.c.streaming.transcriber({}); f() { this.t!.connect(); } }',
    'import { AssemblyAI } from "assemblyai"; class A { #t; constructor() { const c = new AssemblyAI({}); this.#t = c.streaming.transcriber({}); } f() { this.#t.connect(); } }',
    'import sdk from "assemblyai"; new sdk.AssemblyAI({}).streaming.transcriber({}).connect();',
    'const sdk = require("assemblyai"); new sdk.AssemblyAI({}).streaming.transcriber({}).connect();',
    'const { AssemblyAI, ...rest } = require("assemblyai"); new AssemblyAI({}).streaming.transcriber({}).connect();',
    'import { StreamingTranscriber } from "assemblyai"; function f(t = new StreamingTranscriber({})) { t.connect(); }',
    'import { StreamingTranscriber } from "assemblyai"; async function f(t: StreamingTranscriber) { (await t).connect(); }',
    'const { AssemblyAI } = await import("assemblyai"); (new AssemblyAI({}).streaming.transcriber({}) as any).connect();',
]


@pytest.mark.parametrize("code", PYTHON)
def test_python_names_are_followed_to_the_class(code):
    """Imports, attributes, annotations, functions, `with`, `:=`, pairs, defaults; or what it is given tells."""
    assert AWAY in {each.rule.id for each in found(code)}


@pytest.mark.parametrize("code", TYPESCRIPT)
def test_typescript_names_are_followed_to_the_class(code):
    """Imports of every kind, fields, annotations, defaults, `?.`, `!` and `as`."""
    assert AWAY in {each.rule.id for each in found(code, "app.ts")}


@pytest.mark.parametrize(
    "code",
    [
        "import gladiator\nc = gladiator.StreamingClient()\nc.connect(p)",
        "class StreamingClient: pass\nc = StreamingClient()  # as assemblyai's\nc.set_params(1)\nc.connect()",
        "a = b\nb = a  # assemblyai\na.connect()",
        "def f(): return f()  # assemblyai\nf().connect()",
    ],
)
def test_names_of_others_are_nobodys(code):
    """Also those that stand for each other in a circle."""
    assert [] == found(code)


def test_two_services_under_one_name_are_kept_apart():
    """A name means in each function what is assigned there."""
    code = (
        "from assemblyai.streaming.v3 import StreamingClient\nfrom gladiaio_sdk import GladiaClient\n"
        "def one():\n    s = StreamingClient()\n    s.disconnect(terminate=True)\n"
        "def two():\n    s = GladiaClient().live_v2().start_session({})\n    s.stop_recording()\n"
    )
    assert {("assemblyai-disconnect", 5), ("gladia-stop-not-awaited", 8)} <= {
        (each.rule.id, each.line) for each in found(code)
    }


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a.py", "import assemblyai, redis\nredis.Redis().on('turn', f)\nr = redis.Redis()\nr.on('close', f)"),
        ("a.py", "import gladiaio_sdk, http.client\nc = http.client.HTTPConnection('h')\nc.on('message', f)"),
        (
            "a.ts",
            'import "assemblyai"; import { EventEmitter } from "node:events"; new EventEmitter().on("turn", (t) => t);',
        ),
        ("a.ts", 'import "assemblyai"; const net = require("net"); const s = net.connect(1); s.on("close", () => 1);'),
    ],
)
def test_events_of_other_packages_are_no_sessions(name, code):
    """Though the file imports an SDK, and the event has the name of one of its."""
    assert not [each for each in found(code, name) if "event" in each.rule.id or "message" in each.rule.id]
