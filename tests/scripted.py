"""Scripted emulators and a plan that reaches them, for tests that replay real speech over real sockets."""

from pathlib import Path

from harness.config import load_config, override
from harness.emulators.embedded import Emulators
from harness.planning import RunPlan, plan_run

DEMO = Path(__file__).parents[1] / "corpora" / "demo"
SHORTEST = "id=ps_cards_001"  # 1.1 s of speech
SPEECH = """
[[session]]
{match}
final_delay_ms = 200
[[session.segment]]
text = "Queen of hearts."
start_s = 0.2
end_s = 0.9
"""


def plan(
    emulators: Emulators, *, select: str = SHORTEST, passes: int = 1, pairs: int = 2, chunk_ms: float = 100.0
) -> RunPlan:
    """A run of the demo's shortest clip against running emulators."""
    loaded = override(
        load_config(folder=DEMO),
        {
            "corpus.path": str(DEMO),
            "baseline.host": emulators.assemblyai,
            "candidate.host": emulators.gladia,
            "replay.passes": passes,
            "replay.pairs": pairs,
            "audio.chunk_ms": chunk_ms,
        },
    )
    return plan_run(loaded, select=select)


def config_file(folder: Path, emulators: Emulators) -> Path:
    """The same as a configuration file, for the command line."""
    path = folder / "harness.toml"
    path.write_text(
        f'[corpus]\npath = "{DEMO}"\n'
        f'[baseline]\nprovider = "assemblyai"\nhost = "{emulators.assemblyai}"\n'
        f'[candidate]\nprovider = "gladia"\nparams = "translate"\nhost = "{emulators.gladia}"\n'
    )
    return path
