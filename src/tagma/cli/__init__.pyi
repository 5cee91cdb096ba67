# Written by scripts/door_stubs.py; do not edit.
from tagma.cli._setup import setup_cli as setup_cli
from tagma.cli.benchmark_speed import benchmark_speed_cli as benchmark_speed_cli
from tagma.cli.init_config import fill_config as fill_config
from tagma.cli.train import train_cli as train_cli
from tagma.training.pretrain import pretrain as pretrain

from .apply import apply as apply
from .benchmark_speed import benchmark_speed as benchmark_speed
from .convert import convert as convert
from .debug_config import debug_config as debug_config
from .debug_data import debug_data as debug_data
from .distill import distill as distill
from .evaluate import evaluate as evaluate
from .find_function import find_function as find_function
from .info import info as info
from .init_config import init_config as init_config

__all__ = [
    "setup_cli",
    "pretrain",
    "fill_config",
    "init_config",
    "convert",
    "debug_config",
    "debug_data",
    "train_cli",
    "distill",
    "evaluate",
    "benchmark_speed",
    "benchmark_speed_cli",
    "apply",
    "info",
    "find_function",
]
