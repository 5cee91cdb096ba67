# Written by scripts/door_stubs.py; do not edit.
from tagma.cli._setup import setup_cli as setup_cli
from tagma.cli.assemble import assemble_cli as assemble_cli
from tagma.cli.benchmark_speed import benchmark_speed_cli as benchmark_speed_cli
from tagma.cli.debug_profile import profile as profile
from tagma.cli.init_config import fill_config as fill_config
from tagma.cli.init_pipeline import init_labels as init_labels
from tagma.cli.init_pipeline import init_pipeline_cli as init_pipeline_cli
from tagma.cli.project.commands import project_assets as project_assets
from tagma.cli.project.commands import project_clone as project_clone
from tagma.cli.project.commands import project_document as project_document
from tagma.cli.project.commands import project_pull as project_pull
from tagma.cli.project.commands import project_push as project_push
from tagma.cli.project.commands import project_run as project_run
from tagma.cli.project.commands import project_update_dvc as project_update_dvc
from tagma.cli.train import train_cli as train_cli
from tagma.training.pretrain import pretrain as pretrain

from .apply import apply as apply
from .assemble import assemble as assemble
from .benchmark_speed import benchmark_speed as benchmark_speed
from .convert import convert as convert
from .debug_config import debug_config as debug_config
from .debug_data import debug_data as debug_data
from .debug_diff import debug_diff as debug_diff
from .debug_model import debug_model as debug_model
from .distill import distill as distill
from .download import download as download
from .evaluate import evaluate as evaluate
from .find_function import find_function as find_function
from .find_threshold import find_threshold as find_threshold
from .info import info as info
from .init_config import init_config as init_config
from .kb import kb as kb
from .link import link as link
from .package import package as package
from .validate import validate as validate

__all__ = [
    "setup_cli",
    "pretrain",
    "fill_config",
    "init_config",
    "init_labels",
    "init_pipeline_cli",
    "convert",
    "debug_config",
    "debug_data",
    "debug_model",
    "debug_diff",
    "profile",
    "train_cli",
    "assemble",
    "assemble_cli",
    "kb",
    "distill",
    "evaluate",
    "find_threshold",
    "benchmark_speed",
    "benchmark_speed_cli",
    "apply",
    "info",
    "find_function",
    "download",
    "validate",
    "package",
    "link",
    "project_assets",
    "project_clone",
    "project_document",
    "project_pull",
    "project_push",
    "project_run",
    "project_update_dvc",
]
