"""Seconds for `import` and for a blank English pipeline, each in a fresh process."""

import argparse
import os
import subprocess
import sys
import tempfile

from harness import main

CLOCK = "import time; t = time.perf_counter(); {code}; print(time.perf_counter() - t)"


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    def once(code: str, environment: dict[str, str]) -> float:
        command = [sys.executable, "-c", CLOCK.format(code=code)]
        return float(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)

    def seconds(code: str) -> float:
        # An installed package has its bytecode beside it; a checkout may not, so both get a cache of their own.
        with tempfile.TemporaryDirectory() as cache:
            environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
            once(code, environment)
            return sorted(once(code, environment) for _ in range(5))[2]

    return {
        "import, s": seconds(f"import {lib}"),
        "import and blank('en'), s": seconds(f"import {lib}; {lib}.blank('en')('Hello world.')"),
    }


if __name__ == "__main__":
    main(__file__, measure, {"import, s": False, "import and blank('en'), s": False})
