"""Seconds for `import` and for a blank English pipeline, each in a fresh process."""

import argparse
import subprocess
import sys

from harness import main

CLOCK = "import time; t = time.perf_counter(); {code}; print(time.perf_counter() - t)"


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    def seconds(code: str) -> float:
        runs = [
            float(
                subprocess.run(
                    [sys.executable, "-c", CLOCK.format(code=code)], capture_output=True, text=True, check=True
                ).stdout
            )
            for _ in range(5)
        ]
        return sorted(runs)[2]

    return {
        "import, s": seconds(f"import {lib}"),
        "import and blank('en'), s": seconds(f"import {lib}; {lib}.blank('en')('Hello world.')"),
    }


if __name__ == "__main__":
    main(__file__, measure, {"import, s": False, "import and blank('en'), s": False})
