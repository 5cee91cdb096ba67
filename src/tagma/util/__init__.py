"""Helpers by the names under which users know them; each stands in a file of its own subject.

The files of this room lie low: `paths`, `versions`, `processes`, `frozen`, `dotted`, `objects`, `serialize`,
`checksums`, `batches`, `handlers`, `cuda` import only errors and the layer library. This file is a door: it gathers
names of all rooms, lazily, and no room of this library goes through it.
"""

from __future__ import annotations

import logging
from typing import Any

from tagma.doors import door

OOV_RANK = 2**64 - 1
DEFAULT_OOV_PROB = -20

logger = logging.getLogger("tagma")


class ENV_VARS:
    """Names of environment variables."""

    CONFIG_OVERRIDES = "TAGMA_CONFIG_OVERRIDES"


def create_default_optimizer() -> Any:
    """Adam with the library's defaults."""
    from tagma.nn import Adam

    return Adam()


def replace_model_node(model: Any, target: Any, replacement: Any) -> None:
    """Put another layer in the place of one, everywhere in a model, references included."""
    model.replace_node(target, replacement)


__getattr__, __dir__, __all__ = door(
    __name__,
    {
        "tagma.errors": "OLD_MODEL_SHORTCUTS Errors Warnings",
        "tagma.lang.special_cases": "expand_exc update_exc",
        "tagma.language.codes": "LANG_ALIASES find_matching_language get_lang_class lang_class_is_loaded"
        " set_lang_class",
        "tagma.language.assembly": "get_sourced_components",
        "tagma.language.configs": "CONFIG_SECTION_ORDER load_config load_config_from_str resolve_dot_names",
        "tagma.language.description": "combine_score_weights",
        "tagma.language.loading": "get_installed_models get_model_meta get_package_path load_meta"
        " load_model load_model_from_config load_model_from_init_py"
        " load_model_from_package load_model_from_path packages_distributions",
        "tagma.nn.schedules": "compounding decaying",
        "tagma.nn.util": "fix_random_seed",
        "tagma.lookups": "LEXEME_NORM_LANGS add_lookups check_lexeme_norms",
        "tagma.registries": "registry",
        "tagma.tokenizer.dummy": "DummyTokenizer",
        "tagma.tokenizer.regexes": "compile_infix_regex compile_prefix_regex compile_suffix_regex read_regex",
        "tagma.util.markup": "escape_html minify_html",
        "tagma.util.ports": "find_available_port",
        "tagma.tokens.spans": "filter_chain_spans filter_spans get_words_and_spaces make_first_longest_spans_filter"
        " normalize_slice",
        "tagma.util.batches": "minibatch",
        "tagma.util.cuda": "get_async get_cuda_stream warn_if_jupyter_cupy",
        "tagma.util.dotted": "copy_config dict_to_dot dot_to_dict dot_to_object set_dot_to_object walk_dict",
        "tagma.util.frozen": "SimpleFrozenDict SimpleFrozenList",
        "tagma.util.handlers": "ignore_error raise_error",
        "tagma.util.objects": "all_equal check_bool_env_var get_arg_names get_object_name is_cython_func"
        " is_in_interactive is_in_jupyter is_same_func load_language_data to_ternary_int",
        "tagma.util.paths": "ensure_path get_module_path import_file make_tempdir working_dir",
        "tagma.util.processes": "run_command split_command",
        "tagma.util.serialize": "from_bytes from_dict from_disk to_bytes to_dict to_disk",
        "tagma.util.versions": "get_base_version get_minor_version get_minor_version_range get_model_lower_version"
        " get_package_version is_compatible_version is_minor_version_match is_package is_prerelease_version"
        " is_unconstrained_version split_requirement",
    },
)
__all__ += [
    "DEFAULT_OOV_PROB",
    "ENV_VARS",
    "OOV_RANK",
    "create_default_optimizer",
    "logger",
    "replace_model_node",
]
