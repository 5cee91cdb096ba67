"""Helpers by the names under which users know them; each lives in a module of its own subject."""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Any

from tagma.batches import minibatch
from tagma.dotted import (
    combine_score_weights,
    copy_config,
    dict_to_dot,
    dot_to_dict,
    dot_to_object,
    get_sourced_components,
    set_dot_to_object,
    walk_dict,
)
from tagma.error_handlers import ignore_error, raise_error
from tagma.errors import OLD_MODEL_SHORTCUTS, Errors, Warnings
from tagma.frozen import SimpleFrozenDict, SimpleFrozenList
from tagma.norms import add_lookups
from tagma.objects import (
    all_equal,
    check_bool_env_var,
    get_arg_names,
    get_object_name,
    is_cython_func,
    is_in_interactive,
    is_in_jupyter,
    is_same_func,
    load_language_data,
    to_ternary_int,
)
from tagma.paths import ensure_path, get_module_path, import_file, make_tempdir, working_dir
from tagma.processes import run_command, split_command
from tagma.serialize import from_bytes, from_dict, from_disk, to_bytes, to_dict, to_disk
from tagma.spans import (
    filter_chain_spans,
    filter_spans,
    get_words_and_spaces,
    make_first_longest_spans_filter,
    normalize_slice,
)
from tagma.special_cases import expand_exc, update_exc
from tagma.tokenizer.dummy import DummyTokenizer
from tagma.tokenizer.regexes import compile_infix_regex, compile_prefix_regex, compile_suffix_regex, read_regex
from tagma.versions import (
    get_base_version,
    get_minor_version,
    get_minor_version_range,
    get_model_lower_version,
    get_package_version,
    is_compatible_version,
    is_minor_version_match,
    is_package,
    is_prerelease_version,
    is_unconstrained_version,
    split_requirement,
)

if TYPE_CHECKING:
    from tagma.languages import (
        LANG_ALIASES,
        find_matching_language,
        get_lang_class,
        lang_class_is_loaded,
        set_lang_class,
    )
    from tagma.loading import (
        CONFIG_SECTION_ORDER,
        get_installed_models,
        get_model_meta,
        get_package_path,
        load_config,
        load_config_from_str,
        load_meta,
        load_model,
        load_model_from_config,
        load_model_from_init_py,
        load_model_from_package,
        load_model_from_path,
        packages_distributions,
        resolve_dot_names,
    )
    from tagma.nn.schedules import compounding, decaying
    from tagma.nn.util import fix_random_seed
    from tagma.registry import registry

OOV_RANK = 2**64 - 1
DEFAULT_OOV_PROB = -20
LEXEME_NORM_LANGS = ["cs", "da", "de", "el", "en", "grc", "id", "lb", "mk", "pt", "ru", "sr", "ta", "th"]

logger = logging.getLogger("tagma")

# These modules import the layers or configs; they come in when one of their names is asked for.
_LAZY = {
    "tagma.languages": (
        "LANG_ALIASES",
        "find_matching_language",
        "get_lang_class",
        "lang_class_is_loaded",
        "set_lang_class",
    ),
    "tagma.loading": (
        "CONFIG_SECTION_ORDER",
        "get_installed_models",
        "get_model_meta",
        "get_package_path",
        "load_config",
        "load_config_from_str",
        "load_meta",
        "load_model",
        "load_model_from_config",
        "load_model_from_init_py",
        "load_model_from_package",
        "load_model_from_path",
        "packages_distributions",
        "resolve_dot_names",
    ),
    "tagma.nn.schedules": ("compounding", "decaying"),
    "tagma.nn.util": ("fix_random_seed",),
    "tagma.registry": ("registry",),
}
_WHERE = {name: module for module, names in _LAZY.items() for name in names}


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


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(importlib.import_module(_WHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "DEFAULT_OOV_PROB",
    "ENV_VARS",
    "LEXEME_NORM_LANGS",
    "OLD_MODEL_SHORTCUTS",
    "OOV_RANK",
    "CONFIG_SECTION_ORDER",
    "DummyTokenizer",
    "Errors",
    "LANG_ALIASES",
    "SimpleFrozenDict",
    "SimpleFrozenList",
    "Warnings",
    "add_lookups",
    "all_equal",
    "check_bool_env_var",
    "combine_score_weights",
    "compile_infix_regex",
    "compile_prefix_regex",
    "compile_suffix_regex",
    "compounding",
    "copy_config",
    "create_default_optimizer",
    "decaying",
    "dict_to_dot",
    "dot_to_dict",
    "dot_to_object",
    "ensure_path",
    "expand_exc",
    "filter_chain_spans",
    "filter_spans",
    "find_matching_language",
    "fix_random_seed",
    "from_bytes",
    "from_dict",
    "from_disk",
    "get_arg_names",
    "get_base_version",
    "get_installed_models",
    "get_lang_class",
    "get_minor_version",
    "get_minor_version_range",
    "get_model_lower_version",
    "get_model_meta",
    "get_module_path",
    "get_object_name",
    "get_package_path",
    "get_package_version",
    "get_sourced_components",
    "get_words_and_spaces",
    "ignore_error",
    "import_file",
    "is_compatible_version",
    "is_cython_func",
    "is_in_interactive",
    "is_in_jupyter",
    "is_minor_version_match",
    "is_package",
    "is_prerelease_version",
    "is_same_func",
    "is_unconstrained_version",
    "lang_class_is_loaded",
    "load_config",
    "load_config_from_str",
    "load_language_data",
    "load_meta",
    "load_model",
    "load_model_from_config",
    "load_model_from_init_py",
    "load_model_from_package",
    "load_model_from_path",
    "logger",
    "make_first_longest_spans_filter",
    "make_tempdir",
    "minibatch",
    "normalize_slice",
    "packages_distributions",
    "raise_error",
    "read_regex",
    "registry",
    "replace_model_node",
    "resolve_dot_names",
    "run_command",
    "set_dot_to_object",
    "set_lang_class",
    "split_command",
    "split_requirement",
    "to_bytes",
    "to_dict",
    "to_disk",
    "to_ternary_int",
    "update_exc",
    "walk_dict",
    "working_dir",
]
