"""The scan as a whole: no text brings it down, and no key gets out."""

import pytest
from found import found, scanned
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.code_scan import typescript_code
from harness.code_scan.python_code import UnreadableError

PIECES = [
    "import assemblyai as aai\n", "from assemblyai.streaming.v3 import *\n", "from gladiaio_sdk import GladiaClient as G\n",
    "s = G().live_v2().start_session(x)\n", "s.on('message', lambda m: m.data)\n", "def f(", "class A:\n ", "self.c.on(E.Turn, f)",
    "x = {**x}\n", "x = x\n", "match m.type:\n case 1: pass\n", "await ", "f'{e.words}'", "({", "})", "=>", "const {a, ...b} = ", "`${",
    "import {AssemblyAI} from 'assemblyai';", "new AssemblyAI({...o}).streaming.transcriber(o)", "this.t?.on('turn', (t) => t)", "<T,>",
    "[]", "['a']", "()", ".get('data')", "/ 1000", " if ", ": ", ";", "\n", "\t", "\r", "\u2028", "\ud800", "é", "\0",
]  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=14),
    st.sampled_from(["a.py", "a.ts", "a.jsx", "a.ipynb"]),
)
def test_any_text_is_scanned_or_said_to_be_unreadable(pieces, name):
    """Whatever the text, there is a result, and each place lies in the file."""
    code = "# assemblyai\n" + "".join(pieces)
    result = scanned(code, name)
    lines = code.count("\n") + code.count("\r") + 1
    assert all(1 <= each.line <= lines and each.column >= 1 for each in result.findings)


@pytest.mark.parametrize(
    "code",
    [
        'from assemblyai.streaming.v3 import StreamingClient\nc = StreamingClient(api_key="hush-hush")',
        'import { AssemblyAI } from "assemblyai"; const c = new AssemblyAI({ "apiKey": `hush-hush` });',
        "h = {'Authorization': 'hush-hush'}; u = 'wss://streaming.assemblyai.com'",
        'u = "wss://streaming.assemblyai.com/v3/ws?sample_rate=8000&token=hush-hush"',
        'from assemblyai.streaming.v3 import StreamingParameters as P\nP(webhook_auth_header_value="hush-hush")',
    ],
)
def test_keys_in_code_are_not_shown(code):
    """Neither in the line nor among the parameters."""
    shown = found(code, "a.ts" if "const" in code else "a.py")
    assert (True, False) == (bool(shown), "hush-hush" in repr(shown))


KEY = "9f86d081884c7d659a2feaa0c55ad015"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a.py", f'from assemblyai.streaming.v3 import StreamingParameters as P\nP(prompt="{KEY}", foo=["{KEY}"])'),
        (
            "a.py",
            f'from assemblyai.streaming.v3 import StreamingParameters as P; P(sample_rate=1); K: str = "hush-hush"; T = b"{KEY}"',
        ),
        ("a.py", 'import os; os.environ["ASSEMBLYAI_API_KEY"] = "hush-hush"; u = "wss://streaming.assemblyai.com"'),
        ("a.py", 'import os; k = os.getenv("API_KEY") or "hush-hush"; u = "wss://streaming.assemblyai.com"'),
        ("a.py", 'u = "wss://me:hush-hush@streaming.assemblyai.com/v3/ws?sample_rate=8000"'),
        ("a.py", f'import gladiaio_sdk as g\ng.GladiaClient().live_v2().start_session({{"encoding": "{KEY}"}})'),
        (
            "a.ts",
            f'import {{ GladiaClient }} from "@gladiaio/sdk"; const g = new GladiaClient("{KEY}").liveV2().startSession();',
        ),
        (
            "a.ts",
            'import { AssemblyAI } from "assemblyai"; const t = new AssemblyAI({ apiKey: env.K ?? 1, token: "hush-hush" });',
        ),
    ],
)
def test_keys_are_known_by_their_names_or_looks(name, code):
    """Wherever they stand, and in what is said of their values."""
    shown = found(code.replace("K: str", "api_key: str"), name)
    assert (True, False) == (bool(shown), KEY in repr(shown) or "hush-hush" in repr(shown))


@pytest.mark.parametrize(("name", "before"), [("a.py", "é = '\U0001f600';"), ("a.ts", "const é = '\U0001f600';")])
def test_code_may_stand_in_one_line(name, before):
    """As minified code does: each place costs the same, and counts characters."""
    imported = {"a.py": "from assemblyai.streaming.v3 import StreamingParameters as P;", "a.ts": 'import "assemblyai";'}
    use = {"a.py": "P(speech_model='x')", "a.ts": 'connect("wss://streaming.assemblyai.com/v3/ws")'}
    code = imported[name] + before + "x=1;" * 20_000
    columns = {each.column for each in found(code + use[name], name)}
    assert len(code) + (9 if name == "a.ts" else 1) in columns


def test_without_its_parser_typescript_is_said_to_be_unread(monkeypatch):
    """The message names the extra to install."""

    def missing(**_):
        raise UnreadableError("TypeScript and JavaScript need the extra `code`: pip install 'cutover-harness[code]'")

    monkeypatch.setattr(typescript_code, "_parser", missing)
    [unread] = scanned("import 'assemblyai';", "a.ts").unread
    assert "cutover-harness[code]" in unread.reason
