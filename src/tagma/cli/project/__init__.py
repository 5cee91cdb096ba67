"""tagma project: projects, folders with a project.yml that names assets, commands and workflows.

The package weasel carries them out (`commands`); with `pip install 'tagma[project]'` it is there.
"""

from tagma.doors import door

PUBLIC = "project_assets project_clone project_document project_pull project_push project_run project_update_dvc"
__getattr__, __dir__, __all__ = door(__name__, {"tagma.cli.project.commands": PUBLIC}, rooms="commands")
