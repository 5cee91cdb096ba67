"""What commands share, under the names that plug-ins of the groups `tagma_cli` and `spacy_cli` import."""

from tagma.doors import door

__getattr__, __dir__, __all__ = door(
    __name__,
    {
        "tagma.cli._app": "COMMAND HELP NAME Arg Opt app benchmark_cli debug_cli init_cli project_cli",
        "tagma.cli._commands": "COMMANDS",
        "tagma.cli._failures": "show_validation_error",
        "tagma.cli._options": "_format_number config_path example existing_path import_code set_verbose setup_gpu"
        " string_to_list walk_directory write_beside",
        "tagma.cli._overrides": "OverridesCommand parse_config_overrides",
        "tagma.cli._report": "Printer",
        "tagma.cli._setup": "ENTRY_POINTS setup_cli",
    },
)
