"""tagma.threads: one setting, the same results for every number of threads."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tagma.threads import get_num_threads, parallel, set_num_threads


@pytest.fixture(autouse=True)
def restore_setting() -> Iterator[None]:
    """Every test leaves the number of threads as it found it."""
    before = get_num_threads()
    yield
    set_num_threads(before)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_every_part_runs_exactly_once(threads: int) -> None:
    """Each part index is handed out once, whatever the number of threads."""
    set_num_threads(threads)
    counts = np.zeros(101, dtype=int)

    def run(i: int) -> None:
        counts[i] += 1

    parallel(run, len(counts))
    assert counts.tolist() == [1] * 101


def test_parts_run_beside_each_other() -> None:
    """With two threads two parts can wait for each other."""
    set_num_threads(2)
    barrier = threading.Barrier(2, timeout=20)
    parallel(lambda i: barrier.wait(), 2)
    assert not barrier.broken


def test_error_of_a_part_is_raised() -> None:
    """An exception in a part reaches the caller, and the pool still works afterwards."""
    set_num_threads(2)

    def run(i: int) -> None:
        if i == 3:
            raise KeyError("part three")

    with pytest.raises(KeyError, match="part three"):
        parallel(run, 8)
    done: list[int] = []
    parallel(done.append, 4)
    assert sorted(done) == [0, 1, 2, 3]


def test_nested_regions_run() -> None:
    """A region inside a region does not wait for threads that are taken."""
    set_num_threads(2)
    seen: list[tuple[int, int]] = []
    parallel(lambda i: parallel(lambda j: seen.append((i, j)), 3), 3)
    assert sorted(seen) == [(i, j) for i in range(3) for j in range(3)]


@pytest.mark.parametrize("bad", [0, -1, 1.5, "2", True, None])
def test_bad_number_is_refused(bad: object) -> None:
    """Anything but a positive whole number is refused by value."""
    with pytest.raises(ValueError, match=repr(bad).replace(".", r"\.")):
        set_num_threads(bad)  # type: ignore[arg-type]


def run_python(code: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", code], env={**os.environ, **env}, capture_output=True, text=True)


def test_environment_sets_the_number() -> None:
    """TAGMA_NUM_THREADS is the start value."""
    result = run_python("import tagma.threads as t; print(t.get_num_threads())", TAGMA_NUM_THREADS="3")
    assert result.stdout.strip() == "3", result.stderr


def test_bad_environment_is_named() -> None:
    """A wrong TAGMA_NUM_THREADS is an error that shows variable and value."""
    result = run_python("import tagma.threads", TAGMA_NUM_THREADS="two")
    assert result.returncode == 1
    assert "TAGMA_NUM_THREADS is 'two'" in result.stderr


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads through /proc")
@pytest.mark.parametrize("threads", [1, 2])
def test_process_has_no_more_threads_than_it_says(threads: int) -> None:
    """BLAS brings no threads of its own: after a large product the process has at most the threads of the setting."""
    code = (
        "import os, tagma.threads, numpy as np\n"
        "from tagma.nn.backends.numpy_ops import matmul_into\n"
        "x = np.ones((4000, 288), 'f'); out = np.empty((4000, 288), 'f')\n"
        "matmul_into(out, x, x[:288].T.copy()[:288])\n"
        "print(len(os.listdir('/proc/self/task')))"
    )
    result = run_python(code, TAGMA_NUM_THREADS=str(threads))
    assert result.stdout.strip().isdigit(), result.stderr
    assert int(result.stdout) <= threads


def test_numpys_own_setting_is_left_alone() -> None:
    """Importing tagma leaves no environment variable behind."""
    code = "import os, tagma.threads; print(os.environ.get('OPENBLAS_NUM_THREADS'))"
    env = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    result = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert result.stdout.strip() == "None", result.stderr


def test_forked_child_computes() -> None:
    """A child made by fork has a working pool of its own."""
    code = (
        "import os\nfrom tagma.threads import parallel, set_num_threads\n"
        "set_num_threads(2)\ndone = []\nparallel(done.append, 4)\n"
        "pid = os.fork()\n"
        "if pid == 0:\n    mine = []\n    parallel(mine.append, 6)\n"
        "    os._exit(0 if sorted(mine) == list(range(6)) else 1)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    )
    result = run_python(code)
    assert result.stdout.strip() == "0", result.stderr


def test_blas_gets_its_own_number_back() -> None:
    """Where NumPy came first, BLAS is held at one thread in a region, also in one within it, and as before after it."""
    code = (
        "import numpy as np\nfrom threadpoolctl import threadpool_info\n"
        "from tagma.threads import single_threaded_blas\n"
        "def number():\n    return [lib['num_threads'] for lib in threadpool_info() if lib['user_api'] == 'blas']\n"
        "seen = [number()]\n"
        "for _ in range(2):\n"
        "    with single_threaded_blas:\n"
        "        with single_threaded_blas:\n            pass\n"
        "        seen.append(number())\n"
        "    seen.append(number())\n"
        "print(seen == [[2], [1], [2], [1], [2]], seen)"
    )
    result = run_python(code, OPENBLAS_NUM_THREADS="2")
    assert result.stdout.startswith("True"), result.stdout + result.stderr
