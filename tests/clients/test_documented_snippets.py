"""The TypeScript that docs/emulators.md shows: run as it is, but for the ports."""

import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "emulators.md"
SNIPPETS = re.findall(r"```(?:ts|js)\n(.*?)```", PAGE.read_text(encoding="utf-8") if PAGE.exists() else "", re.DOTALL)


def with_ports_of(emulators, snippet):
    """The page's ports, counted from the one its command line names, become those of the running emulators."""
    [base] = set(re.findall(r"--port (\d+)", PAGE.read_text(encoding="utf-8")))
    running = (emulators.assemblyai, emulators.gladia, emulators.assemblyai_tls, emulators.gladia_tls)
    ports = {str(int(base) + offset): str(urlsplit(address).port) for offset, address in enumerate(running)}
    return re.sub(r"(?<=:)\d{4,5}\b", lambda shown: ports[shown[0]], snippet)


def test_the_page_shows_typescript():
    """Both SDKs are in it."""
    shown = "\n".join(SNIPPETS)
    assert ("assemblyai" in shown, "@gladiaio/sdk" in shown) == (True, True)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: "gladia" if "@gladiaio" in snippet else "assemblyai")
def test_a_snippet_prints_what_was_said(run_module, emulators, speech, tmp_path, snippet):
    """Copied into a project that has the SDK and a recording, it runs to its end and shows the texts."""
    module = tmp_path / "snippet.mjs"
    module.write_text(with_ports_of(emulators, snippet), encoding="utf-8")
    for name in re.findall(r'"([\w-]+\.(?:pcm|raw|wav))"', snippet):
        shutil.copy(speech.audio, tmp_path / name)
    printed = run_module(module, emulators.ca_file)
    assert [words(text) in words(printed) for text in speech.texts] == [True, True]


def words(text):
    """The words alone: not every model formats them."""
    return " ".join(re.findall(r"\w+", text.lower()))
