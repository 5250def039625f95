"""Run a command while every processor is kept busy by something else; the exit code is the command's.

python tests/busy.py COMMAND [ARGUMENT]...
"""

import os
import subprocess
import sys

BURN = "while True: sum(range(10_000))"


def main(command: list[str]) -> int:
    """One process a processor burns beside the command, with the same priority, as long as it lasts."""
    burners = [subprocess.Popen([sys.executable, "-c", BURN]) for _ in range(os.cpu_count() or 1)]
    try:
        return subprocess.run(command, check=False).returncode
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
