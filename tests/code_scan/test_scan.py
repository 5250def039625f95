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


def test_without_its_parser_typescript_is_said_to_be_unread(monkeypatch):
    """The message names the extra to install."""

    def missing(**_):
        raise UnreadableError("TypeScript and JavaScript need the extra `code`: pip install 'cutover-harness[code]'")

    monkeypatch.setattr(typescript_code, "_parser", missing)
    [unread] = scanned("import 'assemblyai';", "a.ts").unread
    assert "cutover-harness[code]" in unread.reason
