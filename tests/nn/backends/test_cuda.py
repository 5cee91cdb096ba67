"""The kernels' files and their launches: that nothing is left out, and that a grid of any size does all the work.

What the kernels compute is compared in test_conformance.py, on the CPU where there is no GPU."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tagma.nn import Ops
from tagma.nn.backends import _cuda, cupy_ops

from .cupy_on_host import CUPY, CupyOpsOnHost, HostModule

ROOT = Path(__file__).parents[3]


def kernels() -> set[str]:
    """Every kernel as "file.function"."""
    return {f"{file}.{name}" for file in _cuda.FILES for name in re.findall(r"KERNEL (\w+)\(", _cuda.source(file))}


def test_every_file_is_listed() -> None:
    """The folder has the listed files and the prelude, and nothing else."""
    assert {path.name for path in _cuda.FOLDER.iterdir()} == {"prelude.cuh", *(f"{name}.cu" for name in _cuda.FILES)}


def test_a_file_is_whole() -> None:
    """The prelude stands before the kernels, and nothing is included: NVRTC has no headers."""
    for file in _cuda.FILES:
        text = _cuda.source(file)
        assert text.index("#define KERNEL") < text.index("KERNEL ", text.index("#define EACH"))
        assert "#include" not in text


def test_every_kernel_is_launched_and_every_launch_has_a_kernel() -> None:
    """The names in CupyOps are those of the files."""
    text = Path(cupy_ops.__file__).read_text(encoding="utf8")
    launched = set(re.findall(r'_launch\(\s*"(\w+\.\w+)"', text))
    launched |= {f"activations.{name}" for name in re.findall(r'_pointwise\(\s*"(\w+)"', text)}
    assert launched == kernels()


@pytest.mark.parametrize(("threads", "blocks"), [(1, 1), (3, 2), (128, 1), (7, 1000)])
def test_any_grid_does_all_the_work(threads: int, blocks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer threads than items, and more."""
    monkeypatch.setattr(_cuda, "THREADS", threads)
    monkeypatch.setattr(_cuda, "MAX_BLOCKS", blocks)
    X, lengths = np.random.default_rng(0).normal(size=(37, 5)).astype("float32"), np.array([30, 0, 7])
    ops = CupyOpsOnHost()
    for name in ("reduce_sum", "softmax_sequences"):
        found = getattr(ops, name)(ops.asarray(X), ops.asarray(lengths))
        np.testing.assert_allclose(ops.to_numpy(found), getattr(Ops(), name)(X, lengths), rtol=1e-5, atol=1e-6)


def test_no_items_no_launch() -> None:
    """A grid without blocks would be refused, so nothing is launched; not even a kernel that is not there."""
    _cuda.launch(CUPY, "activations.nothing", "float32", 0)
    with pytest.raises(KeyError, match="nothing"):
        _cuda.launch(CUPY, "activations.nothing", "float32", 1)


def test_arguments_get_the_types_of_the_parameters() -> None:
    """Python's numbers become isize and real, in either float type; the stand-in refuses all else."""
    for dtype in ("float32", "float64"):
        X, Y = CUPY.asarray(np.arange(-2.0, 3.0), dtype=dtype), CUPY.zeros(5, dtype=dtype)
        _cuda.launch(CUPY, "activations.clipped_linear", dtype, 5, Y, X, 5, 2.0, 1.0, -1.0, 3.0)
        np.testing.assert_array_equal(Y.get(), [-1, -1, 1, 3, 3])
    kernel = HostModule(code=_cuda.source("activations"), options=("-DREAL=float",)).get_function("sigmoid")
    for args in [(Y, X, np.int64(5)), (Y.astype("float32"), X.astype("float32"), np.int32(5))]:
        with pytest.raises(TypeError, match="sigmoid"):
            kernel((1,), (5,), args)


def test_without_nvcc_compiling_fails_and_says_so() -> None:
    """The check of the sources never passes by not having been made."""
    script = ROOT / "scripts" / "compile_cuda.py"
    command = [sys.executable, str(script), "--nvcc", "/nowhere/nvcc"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "There is no nvcc (looked for /nowhere/nvcc)" in done.stdout
