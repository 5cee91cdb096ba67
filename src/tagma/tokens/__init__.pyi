# Written by scripts/door_stubs.py; do not edit.
from tagma.morphology import MorphAnalysis as MorphAnalysis
from tagma.tokens.doc import Doc as Doc
from tagma.tokens.doc_bin import DocBin as DocBin
from tagma.tokens.span import Span as Span
from tagma.tokens.span_group import SpanGroup as SpanGroup
from tagma.tokens.span_group import SpanGroups as SpanGroups
from tagma.tokens.token import Token as Token

__all__ = ["Doc", "DocBin", "MorphAnalysis", "Span", "SpanGroup", "SpanGroups", "Token"]
