"""Small Debian packages of prompts, and an apt that knows them: a script, in front of the real one on the path."""

import gzip
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from foreign import audio

from harness.corpus.fetch.catalogue import OptionalCorpus, Package
from harness.corpus.manifest import file_sha256

TEXTS = """\ufeff; Prompts
hello: Hello, world.
beep: [a beep]
digits/1: one
digits/2: two
digits/2: too
unrecorded: nothing
"""
_APT = """#!/bin/sh
# apt-get download NAME=VERSION, from the folder of packages beside this script
for last; do :; done
name=${last%%=*}
if [ -e "$0.says" ]; then cat "$0.says" >&2; exit 100; fi
cp "$(dirname "$0")/$name"_*.deb .
"""


def needs(*tools: str) -> None:
    """Skip where a tool is missing; in CI there has to be one."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"CI has to test fetching, but there is no {', '.join(missing)}", pytrace=False)
    if missing:
        pytest.skip(f"NOT TESTED: there is no {', '.join(missing)}")


def small_corpus(folder: Path) -> OptionalCorpus:
    """A corpus of four prompts in two packages, which `fake_apt` will find in this folder."""
    sounds, texts = folder / "sounds", folder / "texts"
    for name in ("hello", "beep", "digits/1", "digits/2", "unsaid"):
        audio(sounds / f"usr/share/asterisk/sounds/xx_f_Ann/{name}.wav", 0.5)
    listed = texts / "usr/share/doc/prompts/core-sounds-xx.txt.gz"
    listed.parent.mkdir(parents=True)
    listed.write_bytes(gzip.compress(TEXTS.encode()))
    (sounds / "usr/share/doc/prompts-wav").mkdir(parents=True)
    (sounds / "usr/share/doc/prompts-wav/copyright").write_text("Everything may be done.\n")
    built = [build(folder, sounds, "prompts-wav"), build(folder, texts, "prompts")]
    return OptionalCorpus("prompts", "en-GB", "CC0-1.0", "Ann Author", "ann", 2, 0.1, *built)


def build(folder: Path, content: Path, name: str, version: str = "1.0-1") -> Package:
    """A package of what lies in a folder; one of the same name is replaced."""
    (content / "DEBIAN").mkdir(exist_ok=True)
    (content / "DEBIAN/control").write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: prompts\n"
    )
    archive = folder / f"{name}_{version}_all.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", content, archive], check=True, capture_output=True)
    return Package(name, version, file_sha256(archive), archive.stat().st_size)


def fake_apt(folder: Path, monkeypatch: pytest.MonkeyPatch, *, says: str | None = None, versions: str = "") -> None:
    """Put an `apt-get` that copies the packages of a folder, or says something and fails, and an `apt-cache`, on the path."""
    for tool, script in (("apt-get", _APT), ("apt-cache", f"#!/bin/sh\nprintf '{versions}'\n")):
        (folder / tool).write_text(script)
        (folder / tool).chmod(0o755)
    if says is not None:
        (folder / "apt-get.says").write_text(says)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
