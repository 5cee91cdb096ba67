"""What components assign and require, under the name of the field; it stands in `tagma.language.analysis`."""

from tagma.doors import door

__getattr__, __dir__, __all__ = door(
    __name__,
    {
        "tagma.language.analysis": "DEFAULT_KEYS analyze_pipes get_attr_info print_pipe_analysis",
        "tagma.pipeline.factory": "validate_attrs",
    },
)
