"""The commands: each file of this room that holds some, in the order of the help, and its public functions.

The one place that names a command. The functions become attributes of `tagma.cli`, and the files are loaded when the
command line runs.
"""

COMMANDS = {
    "init_config": "fill_config init_config",
    "convert": "convert",
    "debug_config": "debug_config",
    "debug_data": "debug_data",
    "pretrain": "",  # its function is that of tagma.training.pretrain
    "train": "train_cli",
    "distill": "distill",
    "evaluate": "evaluate",
    "benchmark_speed": "benchmark_speed benchmark_speed_cli",
    "apply": "apply",
    "info": "info",
    "find_function": "find_function",
}
