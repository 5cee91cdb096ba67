"""Loggers that add a GPU's memory to the info of an evaluation, for the loggers after them in a ChainLogger."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.registries import registry
from tagma.training.loggers import LogStep, Setup
from tagma.training.trackers import required

if TYPE_CHECKING:
    from tagma.language import Language

__all__ = ["cupy_logger", "pytorch_logger"]

MEGABYTE = 1024.0**2
POOLS = ("all", "large_pool", "small_pool")
METRICS = ("all", "current", "peak", "allocated", "free")


def _adding(measure: Callable[[], dict[str, Any]]) -> Setup:
    """A logger that adds what is measured to the info."""

    def setup(
        nlp: Language, stdout: IO[str] = sys.stdout, stderr: IO[str] = sys.stderr
    ) -> tuple[LogStep, Callable[[], None]]:
        def log_step(info: dict[str, Any] | None) -> None:
            if info is not None:
                info.update(measure())

        return log_step, lambda: None

    return setup


@registry.loggers("spacy.PyTorchLogger.v1")
def pytorch_logger(
    prefix: str = "pytorch", device: int = 0, cuda_mem_pool: str = "all", cuda_mem_metric: str = "all"
) -> Setup:
    """What `torch.cuda.memory_stats` says of a device, as `<prefix>.<name>`; bytes in megabytes of 2**20.

    cuda_mem_pool      "all", "large_pool" or "small_pool"
    cuda_mem_metric    "all", "current", "peak", "allocated" or "free"
    Raises ImportError E4442 without PyTorch, ValueError E4444 for another pool or metric.
    """
    for setting, value, known in (
        ("cuda_mem_pool", cuda_mem_pool, POOLS),
        ("cuda_mem_metric", cuda_mem_metric, METRICS),
    ):
        if value not in known:
            raise ValueError(Errors.E4444.format(setting=setting, value=value, known=", ".join(known)))
    torch = required("PyTorchLogger", "torch", ["cuda"])

    def measure() -> dict[str, Any]:
        found = {}
        for stat, value in torch.cuda.memory_stats(device).items():
            name, *where = stat.split(".")
            pool, metric = where if len(where) == 2 else (None, where[0] if len(where) == 1 else None)
            if pool not in (None, cuda_mem_pool) or (metric is not None and cuda_mem_metric not in ("all", metric)):
                continue
            if "_bytes" in name:
                name, value = name.replace("_bytes", "_megabytes"), value / MEGABYTE
            found[".".join([prefix, name, *where])] = value
        return found

    return _adding(measure)


@registry.loggers("spacy.CupyLogger.v1")
def cupy_logger(prefix: str = "cupy") -> Setup:
    """The memory pool that CuPy allocates from, as `<prefix>.pool.<name>`: whose it is, and megabytes of 2**20.

    Raises ImportError E4442 without CuPy, ValueError E4445 without a GPU.
    """
    from tagma.nn import compat

    cupy = required("CupyLogger", "cupy", ["cuda"])
    if not compat.has_cupy_gpu:
        raise ValueError(Errors.E4445)

    def measure() -> dict[str, Any]:
        from tagma.nn.backends import context_pools

        pool = cupy.cuda.get_allocator().__self__
        owners = [name for name in ("pytorch", "tensorflow") if context_pools.get().get(name) == pool]
        return {
            f"{prefix}.pool.source": owners[0] if owners else "default",
            f"{prefix}.pool.acquired_mib": pool.total_bytes() / MEGABYTE,
            f"{prefix}.pool.used_mib": pool.used_bytes() / MEGABYTE,
            f"{prefix}.pool.free_mib": pool.free_bytes() / MEGABYTE,
            f"{prefix}.pool.num_free_blocks": pool.n_free_blocks(),
        }

    return _adding(measure)
