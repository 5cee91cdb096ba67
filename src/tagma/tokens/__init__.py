"""Doc, Token, Span and what goes with them."""

from typing import TYPE_CHECKING, Any

from tagma.tokens._dict_proxies import SpanGroups
from tagma.tokens.doc import Doc
from tagma.tokens.span import Span
from tagma.tokens.span_group import SpanGroup
from tagma.tokens.token import Token

from tagma.morphology import MorphAnalysis  # isort: skip

if TYPE_CHECKING:
    from tagma.tokens.doc_bin import DocBin

__all__ = ["Doc", "DocBin", "MorphAnalysis", "Span", "SpanGroup", "SpanGroups", "Token"]


def __getattr__(name: str) -> Any:
    if name == "DocBin":
        from tagma.tokens.doc_bin import DocBin

        return DocBin
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
