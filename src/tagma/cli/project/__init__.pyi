# Written by scripts/door_stubs.py; do not edit.
from tagma.cli.project.commands import project_assets as project_assets
from tagma.cli.project.commands import project_clone as project_clone
from tagma.cli.project.commands import project_document as project_document
from tagma.cli.project.commands import project_pull as project_pull
from tagma.cli.project.commands import project_push as project_push
from tagma.cli.project.commands import project_run as project_run
from tagma.cli.project.commands import project_update_dvc as project_update_dvc

PUBLIC: str
__all__ = [
    "project_assets",
    "project_clone",
    "project_document",
    "project_pull",
    "project_push",
    "project_run",
    "project_update_dvc",
]
