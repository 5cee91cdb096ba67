"""Old name of the dict of span groups in `tagma.tokens.span_group`."""

from tagma.tokens.span_group import SpanGroups

__all__ = ["SpanGroups"]
