# Written by scripts/door_stubs.py; do not edit.
from tagma.language.analysis import DEFAULT_KEYS as DEFAULT_KEYS
from tagma.language.analysis import analyze_pipes as analyze_pipes
from tagma.language.analysis import get_attr_info as get_attr_info
from tagma.language.analysis import print_pipe_analysis as print_pipe_analysis
from tagma.pipeline.factory import validate_attrs as validate_attrs

__all__ = ["DEFAULT_KEYS", "analyze_pipes", "get_attr_info", "print_pipe_analysis", "validate_attrs"]
