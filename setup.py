"""Compiled parts: every .pyx below src/tagma, with the C sources that stand in its room's csrc/ folder.

Wheels must run on any processor of their kind, so nothing here says -march=native: hot loops are cloned for the
instruction sets of the day and picked at run time (see nn/backends/csrc/dispatch.h).
TAGMA_CHECKED=1 builds with bounds checks on; TAGMA_ONLY=<part of a path> builds only the matching modules.
TAGMA_CLONE=default, v3 or v4 builds hot loops for x86-64, x86-64-v3 or x86-64-v4 alone, all modules anew; a later build
without it must be told --force. `make test-clones` builds each in a copy of its own.
"""

import os
import sys
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup

SRC = Path("src")
# Headers that code of other rooms includes: hashes and tables of strings, the pool of threads.
SHARED = [SRC / "tagma" / "csrc", SRC / "tagma" / "threads" / "csrc"]
CHECKED = os.environ.get("TAGMA_CHECKED") == "1"
ONLY = os.environ.get("TAGMA_ONLY", "")
CLONE = os.environ.get("TAGMA_CLONE", "")
# Nobody reads errno or the processor's flags of float operations. While compilers must keep these right, loops that
# choose by comparing floats are not vectorised: an exponential takes 7 ns then, not 1. No result depends on it.
FAST_MATH = ["-fno-math-errno", "-fno-trapping-math"]
FLAGS = ["/O2"] if sys.platform == "win32" else ["-O3", "-g0", *FAST_MATH, "-Wno-unused-function"]
DIRECTIVES = {
    "language_level": "3",
    "boundscheck": CHECKED,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": CHECKED,
    "embedsignature": True,
    "freethreading_compatible": True,
}


if CLONE not in ("", "default", "v3", "v4"):
    sys.exit(f"TAGMA_CLONE is {CLONE!r}; set it to default, v3 or v4, or unset it")

MACROS = [("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION"), *([(f"TAGMA_CLONE_{CLONE.upper()}", "1")] if CLONE else [])]


def extensions() -> list[Extension]:
    found = []
    for pyx in sorted(SRC.rglob("*.pyx")):
        if ONLY not in str(pyx):
            continue
        name = ".".join(pyx.relative_to(SRC).with_suffix("").parts)
        cpp = "distutils: language = c++" in pyx.read_text(encoding="utf8")[:400]
        csrc = pyx.parent / "csrc"
        headers = [csrc, *SHARED]
        sources = [str(pyx)]
        if not cpp:
            sources += [str(c) for c in sorted(csrc.glob(f"{pyx.stem.lstrip('_')}*.c"))]
        found.append(
            Extension(
                name,
                sources,
                language="c++" if cpp else "c",
                include_dirs=[numpy.get_include(), *map(str, headers)],
                depends=[str(header) for folder in headers for header in folder.glob("*.h")],
                define_macros=MACROS,
                extra_compile_args=[*FLAGS, *(["-std=c++17"] if cpp and sys.platform != "win32" else [])],
            )
        )
    return found


setup(
    ext_modules=cythonize(extensions(), compiler_directives=DIRECTIVES, include_path=[str(SRC)], nthreads=0),
    options={"build_ext": {"force": True}} if CLONE else {},
)
