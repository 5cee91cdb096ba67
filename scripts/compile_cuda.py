"""Compile every file of CUDA kernels with nvcc, for both float types and two architectures. Needs no GPU.

    make test-gpu-compile

Prints a line a file. Exit status 1 if there is no nvcc, or if a file does not compile without a warning. nvcc is the
one that NVCC or --nvcc names, that on PATH, or that of $CUDA_HOME, $CUDA_PATH or /usr/local/cuda*, newest first.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tagma.nn.backends._cuda import FILES, REAL, source

ARCHITECTURES = (80, 90)  # Ampere and Hopper


def candidates(named: str | None) -> Iterator[str]:
    """Where nvcc may be; only there if a place was named."""
    if named:
        yield named
        return
    yield "nvcc"
    homes = [os.environ[name] for name in ("CUDA_HOME", "CUDA_PATH") if os.environ.get(name)]
    homes += sorted(map(str, Path("/usr/local").glob("cuda*")), reverse=True)
    yield from (str(Path(home) / "bin" / "nvcc") for home in homes)


def compiled(nvcc: str, file: str, real: str, folder: Path) -> int:
    """Bytes of machine code of a file for all architectures. Raises CalledProcessError if it does not compile."""
    text, binary = folder / f"{file}.cu", folder / f"{file}.fatbin"
    text.write_text(source(file), encoding="utf8")
    targets = [f"-gencode=arch=compute_{number},code=sm_{number}" for number in ARCHITECTURES]
    flags = ["-std=c++14", "--Werror=all-warnings", "-diag-suppress=177", f"-DREAL={real}"]  # 177: function not used
    subprocess.run([nvcc, "-fatbin", *targets, *flags, "-o", str(binary), str(text)], check=True)
    return binary.stat().st_size


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--nvcc", default=os.environ.get("NVCC"), help="path of the compiler")
    named = parser.parse_args().nvcc
    places = list(candidates(named))
    nvcc = next(filter(None, map(shutil.which, places)), None)
    if nvcc is None:
        print(f"There is no nvcc (looked for {', '.join(places)}): install the CUDA toolkit, or set NVCC to its path")
        return 1
    with TemporaryDirectory() as folder:
        for file in FILES:
            for real in REAL.values():
                try:
                    size = compiled(nvcc, file, real, Path(folder))
                except subprocess.CalledProcessError:
                    print(f"{file}.cu does not compile for {real}")
                    return 1
                print(f"{file}.cu, {real}: {size:,} bytes for {', '.join(f'sm_{number}' for number in ARCHITECTURES)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
