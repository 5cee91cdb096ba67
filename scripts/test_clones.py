"""Builds that have the hot loops for one kind of processor alone: each is made, tested, and compared with the others.

    make test-clones

Each is built in a copy of its own below build/clones; the tree is left alone. A build that this processor cannot run is
made, but not run, and it is said what the processor lacks. The suites of kernels and layers run on the others; then
results must be the same bits for any number of threads within a build (scripts/clone_results.py), and between builds
the same within TOLERANCE, relative to the largest value of an array or to 1; whole numbers, and the tags of the dev set
by one model, must be equal. This is the contract of docs/architecture.md. Exit status 1 if any of it fails.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
CLONES = ROOT / "build" / "clones"
V3 = "avx avx2 bmi1 bmi2 f16c fma abm movbe"
NEEDS = {"default": "", "v3": V3, "v4": f"{V3} avx512f avx512bw avx512cd avx512dq avx512vl"}
"""What a build needs of the processor, as /proc/cpuinfo calls it."""

SUITES = ("tests/nn/backends", "tests/nn/layers", "tests/nn/fusion", "tests/pipeline/transitions")
COPIED = ("src", "tests", "scripts", "setup.py", "pyproject.toml", "README.md", "LICENSE", "NOTICE")
COMPILED_ALONE = "TAGMA_CLONES"  # sources with this word are compiled anew, the other modules copied
LOCAL = ("__pycache__", ".hypothesis")
TOLERANCE = 1e-5


def lacking(needs: str) -> list[str]:
    """What this processor has not."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf8").splitlines() if cpuinfo.exists() else []
    flags = next((line.split() for line in lines if line.startswith("flags")), [])
    return [need for need in needs.split() if need not in flags]


def copied(name: str) -> Path:
    """A fresh copy of the tree, with what was compiled."""
    folder = CLONES / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for entry in COPIED:
        source = ROOT / entry
        if source.is_dir():
            shutil.copytree(source, folder / entry, ignore=shutil.ignore_patterns(*LOCAL))
        else:
            shutil.copy2(source, folder / entry)
    (folder / "data").symlink_to(ROOT / "data")
    return folder


def modules() -> list[Path]:
    """The Cython sources, relative to the tree, whose C sources have loops for several kinds of processors."""
    folders = {
        path.parent.parent for path in (ROOT / "src").rglob("csrc/*.c") if COMPILED_ALONE in path.read_text("utf8")
    }
    return sorted(path.relative_to(ROOT) for folder in folders for path in folder.glob("*.pyx"))


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(folder / "src"), **more}


def build(folder: Path, clone: str) -> None:
    """Compile the modules anew, with one copy of their loops. Raises RuntimeError if there are more."""
    for module in modules():
        command = [sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"]
        only = environment(folder, TAGMA_CLONE=clone, TAGMA_ONLY=str(module))
        subprocess.run(command, cwd=folder, env=only, check=True)
        (library,) = (folder / module.parent).glob(f"{module.stem}.*.so")
        if b".arch_x86_64" in library.read_bytes():  # part of the names of clones
            raise RuntimeError(f"{library} has loops for several kinds of processors")


def run_suites(folder: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not peer", *SUITES]
    subprocess.run(command, cwd=folder, env=environment(folder), check=True)


def results(folder: Path, model: Path) -> dict[str, Any]:
    """What scripts/clone_results.py gives in a copy."""
    output = folder / "results.npz"
    command = [sys.executable, "scripts/clone_results.py", str(model), str(output)]
    subprocess.run(command, cwd=folder, env=environment(folder), check=True)
    with np.load(output) as arrays:
        return dict(arrays)


def compare(name: str, found: dict[str, Any], other: str, expected: dict[str, Any]) -> list[str]:
    """Prints how far two builds are apart; what is too far."""
    faults, farthest = [], 0.0
    own = float(np.mean(found.pop("own decisions") == expected["own decisions"]))
    for key, value in found.items():
        if value.dtype.kind != "f":
            if not np.array_equal(value, expected[key]):
                faults.append(f"{key}: {np.sum(value != expected[key])} of {value.size} differ")
            continue
        scale = max(1.0, float(np.abs(expected[key]).max()))
        distance = float(np.abs(value - expected[key]).max()) / scale
        farthest = max(farthest, distance)
        if not distance <= TOLERANCE:
            faults.append(f"{key}: {distance:.1e} apart")
    differ = int(np.sum(found["decisions"] != expected["decisions"]))
    print(f"{name} and {other}: {len(found)} arrays at most {farthest:.1e} apart;")
    print(f"    one model decides otherwise for {differ} of {len(found['decisions']):,} tokens,")
    print(f"    two models, each trained by one of the builds, for {1 - own:.2%}", flush=True)
    return [f"{name} and {other}: {fault}" for fault in faults]


def main() -> int:
    several = sys.platform == "linux" and platform.machine() == "x86_64"
    if not several:
        print(f"On {sys.platform} {platform.machine()} there is one kind of loops, the default: nothing to compare")
    model = CLONES / "tagger"
    shutil.rmtree(model, ignore_errors=True)
    first: tuple[str, dict[str, Any]] | None = None
    faults: list[str] = []
    for name, needs in NEEDS.items():
        if name != "default" and not several:
            continue
        print(f"== {name}", flush=True)
        folder = copied(name)
        build(folder, name)
        if missing := lacking(needs):
            print(f"{name}: built, but not run: this processor has no {', '.join(missing)}")
            continue
        run_suites(folder)
        found = results(folder, model)
        accuracy = f"accuracy of the tagger {found['accuracy']:.2%}"
        print(f"{name}: the same bits with 1, 2 and 3 threads; {accuracy}", flush=True)
        if first is None:
            first = (name, found)
        else:
            faults += compare(name, found, *first)
    print(*faults, sep="\n")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
