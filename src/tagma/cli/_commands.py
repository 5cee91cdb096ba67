"""The commands: each file of this room that holds some, in the order of the help, and its public functions.

The one place that names a command. The functions become attributes of `tagma.cli`, and the files are loaded when the
command line runs.
"""

COMMANDS = {
    "init_config": "fill_config init_config",
    "init_vectors": "",
    "init_pipeline": "init_labels init_pipeline_cli",
    "convert": "convert",
    "debug_config": "debug_config",
    "debug_data": "debug_data",
    "debug_model": "debug_model",
    "debug_diff": "debug_diff",
    "debug_profile": "profile",
    "train": "train_cli",
    "assemble": "assemble assemble_cli",
    "kb": "kb",
    "pretrain": "",  # its function is that of tagma.training.pretrain
    "distill": "distill",
    "evaluate": "evaluate",
    "find_threshold": "find_threshold",
    "benchmark_speed": "benchmark_speed benchmark_speed_cli",
    "apply": "apply",
    "info": "info",
    "find_function": "find_function",
    "download": "download",
    "validate": "validate",
    "package": "package",
    "link": "link",
    "project.commands": "project_assets project_clone project_document project_pull project_push project_run"
    " project_update_dvc",
}
