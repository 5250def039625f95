"""Which machine and which versions a calibration is about: its figures hold for these alone."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Host:
    """What decides how many pairs a machine carries.

    Attributes:
        cpu: Model of the processor.
        cores: Logical processors that this process may use.
        python: Version of the interpreter.
        assemblyai: Version of the SDK.
        gladia: Version of the SDK.
        workers: Processes that the engine was told to have; None leaves their number to it.
    """

    cpu: str
    cores: int
    python: str
    assemblyai: str
    gladia: str
    workers: int | None


def this_host(workers: int | None = None) -> Host:
    """This machine, recording with so many workers."""
    return Host(
        cpu=_cpu_model(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        python=platform.python_version(),
        assemblyai=version("assemblyai"),
        gladia=version("gladiaio-sdk"),
        workers=workers,
    )


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()
