"""Programs for `provider = "command"`: one that behaves, and what a misbehaving one does in its place."""

import sys
import textwrap
from pathlib import Path
from typing import Any

from harness.providers.base import SessionSpec
from harness.providers.command import Command, CommandSession

SAY = """
import json, os, signal, subprocess, sys, time
def say(type, **more):
    sys.stdout.write(json.dumps({"type": type, **more}) + "\\n")
    sys.stdout.flush()
def hear():
    return sys.stdin.buffer.read(3200)
"""
HELLO = 'say("hello", protocol=1)\n'
READY = HELLO + 'say("ready")\n'
BEHAVING = (
    READY
    + """
heard = 0
while data := hear():
    heard += len(data)
    if heard % 16000 == 0:
        say("partial", id=0, text="Queen of")
say("final", id=0, text="Queen of hearts.", words=[
    {"text": word, "start_ms": 200 + 250 * i, "end_ms": 440 + 250 * i} for i, word in enumerate(["Queen", "of", "hearts."])
])
say("closed")
"""
)


def write(folder: Path, body: str) -> list[str]:
    """A program in a folder, and the command that runs it there."""
    (folder / "app.py").write_text(SAY + textwrap.dedent(body), encoding="utf-8")
    return [sys.executable, "-I", "-S", "app.py"]


def session(folder: Path, body: str, **params: Any) -> CommandSession:
    """A session of such a program, not opened yet."""
    command = Command(folder)
    complete = command.effective_params({"command": write(folder, body), **params}, "pcm_s16le", 16000)
    return command.session(SessionSpec(complete, "ws://127.0.0.1:9", {"OURS_API_KEY": "the-secret"}))
