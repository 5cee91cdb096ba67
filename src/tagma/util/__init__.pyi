# Written by scripts/door_stubs.py; do not edit.
from __future__ import annotations

import logging
from typing import Any

from tagma.errors import OLD_MODEL_SHORTCUTS as OLD_MODEL_SHORTCUTS
from tagma.errors import Errors as Errors
from tagma.errors import Warnings as Warnings
from tagma.lang.special_cases import expand_exc as expand_exc
from tagma.lang.special_cases import update_exc as update_exc
from tagma.language.assembly import get_sourced_components as get_sourced_components
from tagma.language.codes import LANG_ALIASES as LANG_ALIASES
from tagma.language.codes import find_matching_language as find_matching_language
from tagma.language.codes import get_lang_class as get_lang_class
from tagma.language.codes import lang_class_is_loaded as lang_class_is_loaded
from tagma.language.codes import set_lang_class as set_lang_class
from tagma.language.configs import CONFIG_SECTION_ORDER as CONFIG_SECTION_ORDER
from tagma.language.configs import load_config as load_config
from tagma.language.configs import load_config_from_str as load_config_from_str
from tagma.language.configs import resolve_dot_names as resolve_dot_names
from tagma.language.description import combine_score_weights as combine_score_weights
from tagma.language.loading import get_installed_models as get_installed_models
from tagma.language.loading import get_model_meta as get_model_meta
from tagma.language.loading import get_package_path as get_package_path
from tagma.language.loading import load_meta as load_meta
from tagma.language.loading import load_model as load_model
from tagma.language.loading import load_model_from_config as load_model_from_config
from tagma.language.loading import load_model_from_init_py as load_model_from_init_py
from tagma.language.loading import load_model_from_package as load_model_from_package
from tagma.language.loading import load_model_from_path as load_model_from_path
from tagma.language.loading import packages_distributions as packages_distributions
from tagma.lookups import LEXEME_NORM_LANGS as LEXEME_NORM_LANGS
from tagma.lookups import add_lookups as add_lookups
from tagma.lookups import check_lexeme_norms as check_lexeme_norms
from tagma.nn.schedules import compounding as compounding
from tagma.nn.schedules import decaying as decaying
from tagma.nn.util import fix_random_seed as fix_random_seed
from tagma.registries import registry as registry
from tagma.tokenizer.dummy import DummyTokenizer as DummyTokenizer
from tagma.tokenizer.regexes import compile_infix_regex as compile_infix_regex
from tagma.tokenizer.regexes import compile_prefix_regex as compile_prefix_regex
from tagma.tokenizer.regexes import compile_suffix_regex as compile_suffix_regex
from tagma.tokenizer.regexes import read_regex as read_regex
from tagma.tokens.spans import filter_chain_spans as filter_chain_spans
from tagma.tokens.spans import filter_spans as filter_spans
from tagma.tokens.spans import get_words_and_spaces as get_words_and_spaces
from tagma.tokens.spans import make_first_longest_spans_filter as make_first_longest_spans_filter
from tagma.tokens.spans import normalize_slice as normalize_slice
from tagma.util.batches import minibatch as minibatch
from tagma.util.cuda import get_async as get_async
from tagma.util.cuda import get_cuda_stream as get_cuda_stream
from tagma.util.cuda import warn_if_jupyter_cupy as warn_if_jupyter_cupy
from tagma.util.dotted import copy_config as copy_config
from tagma.util.dotted import dict_to_dot as dict_to_dot
from tagma.util.dotted import dot_to_dict as dot_to_dict
from tagma.util.dotted import dot_to_object as dot_to_object
from tagma.util.dotted import set_dot_to_object as set_dot_to_object
from tagma.util.dotted import walk_dict as walk_dict
from tagma.util.frozen import SimpleFrozenDict as SimpleFrozenDict
from tagma.util.frozen import SimpleFrozenList as SimpleFrozenList
from tagma.util.handlers import ignore_error as ignore_error
from tagma.util.handlers import raise_error as raise_error
from tagma.util.markup import escape_html as escape_html
from tagma.util.markup import minify_html as minify_html
from tagma.util.objects import all_equal as all_equal
from tagma.util.objects import check_bool_env_var as check_bool_env_var
from tagma.util.objects import get_arg_names as get_arg_names
from tagma.util.objects import get_object_name as get_object_name
from tagma.util.objects import is_cython_func as is_cython_func
from tagma.util.objects import is_in_interactive as is_in_interactive
from tagma.util.objects import is_in_jupyter as is_in_jupyter
from tagma.util.objects import is_same_func as is_same_func
from tagma.util.objects import load_language_data as load_language_data
from tagma.util.objects import to_ternary_int as to_ternary_int
from tagma.util.paths import ensure_path as ensure_path
from tagma.util.paths import get_module_path as get_module_path
from tagma.util.paths import import_file as import_file
from tagma.util.paths import make_tempdir as make_tempdir
from tagma.util.paths import working_dir as working_dir
from tagma.util.ports import find_available_port as find_available_port
from tagma.util.processes import run_command as run_command
from tagma.util.processes import split_command as split_command
from tagma.util.serialize import from_bytes as from_bytes
from tagma.util.serialize import from_dict as from_dict
from tagma.util.serialize import from_disk as from_disk
from tagma.util.serialize import to_bytes as to_bytes
from tagma.util.serialize import to_dict as to_dict
from tagma.util.serialize import to_disk as to_disk
from tagma.util.versions import get_base_version as get_base_version
from tagma.util.versions import get_minor_version as get_minor_version
from tagma.util.versions import get_minor_version_range as get_minor_version_range
from tagma.util.versions import get_model_lower_version as get_model_lower_version
from tagma.util.versions import get_package_version as get_package_version
from tagma.util.versions import is_compatible_version as is_compatible_version
from tagma.util.versions import is_minor_version_match as is_minor_version_match
from tagma.util.versions import is_package as is_package
from tagma.util.versions import is_prerelease_version as is_prerelease_version
from tagma.util.versions import is_unconstrained_version as is_unconstrained_version
from tagma.util.versions import split_requirement as split_requirement

OOV_RANK = 2**64 - 1
DEFAULT_OOV_PROB = -20
logger = logging.getLogger("tagma")

class ENV_VARS:
    """Names of environment variables."""

    CONFIG_OVERRIDES = "TAGMA_CONFIG_OVERRIDES"

def create_default_optimizer() -> Any:
    """Adam with the library's defaults."""

def replace_model_node(model: Any, target: Any, replacement: Any) -> None:
    """Put another layer in the place of one, everywhere in a model, references included."""

__all__ = [
    "OLD_MODEL_SHORTCUTS",
    "Errors",
    "Warnings",
    "expand_exc",
    "update_exc",
    "LANG_ALIASES",
    "find_matching_language",
    "get_lang_class",
    "lang_class_is_loaded",
    "set_lang_class",
    "get_sourced_components",
    "CONFIG_SECTION_ORDER",
    "load_config",
    "load_config_from_str",
    "resolve_dot_names",
    "combine_score_weights",
    "get_installed_models",
    "get_model_meta",
    "get_package_path",
    "load_meta",
    "load_model",
    "load_model_from_config",
    "load_model_from_init_py",
    "load_model_from_package",
    "load_model_from_path",
    "packages_distributions",
    "compounding",
    "decaying",
    "fix_random_seed",
    "LEXEME_NORM_LANGS",
    "add_lookups",
    "check_lexeme_norms",
    "registry",
    "DummyTokenizer",
    "compile_infix_regex",
    "compile_prefix_regex",
    "compile_suffix_regex",
    "read_regex",
    "escape_html",
    "minify_html",
    "find_available_port",
    "filter_chain_spans",
    "filter_spans",
    "get_words_and_spaces",
    "make_first_longest_spans_filter",
    "normalize_slice",
    "minibatch",
    "get_async",
    "get_cuda_stream",
    "warn_if_jupyter_cupy",
    "copy_config",
    "dict_to_dot",
    "dot_to_dict",
    "dot_to_object",
    "set_dot_to_object",
    "walk_dict",
    "SimpleFrozenDict",
    "SimpleFrozenList",
    "ignore_error",
    "raise_error",
    "all_equal",
    "check_bool_env_var",
    "get_arg_names",
    "get_object_name",
    "is_cython_func",
    "is_in_interactive",
    "is_in_jupyter",
    "is_same_func",
    "load_language_data",
    "to_ternary_int",
    "ensure_path",
    "get_module_path",
    "import_file",
    "make_tempdir",
    "working_dir",
    "run_command",
    "split_command",
    "from_bytes",
    "from_dict",
    "from_disk",
    "to_bytes",
    "to_dict",
    "to_disk",
    "get_base_version",
    "get_minor_version",
    "get_minor_version_range",
    "get_model_lower_version",
    "get_package_version",
    "is_compatible_version",
    "is_minor_version_match",
    "is_package",
    "is_prerelease_version",
    "is_unconstrained_version",
    "split_requirement",
    "DEFAULT_OOV_PROB",
    "ENV_VARS",
    "OOV_RANK",
    "create_default_optimizer",
    "logger",
    "replace_model_node",
]
