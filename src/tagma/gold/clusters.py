"""Clusters of mentions in `doc.spans`: a group of spans for each, with the keys "prefix_1", "prefix_2" …"""

from __future__ import annotations

import re

from tagma.errors import Errors
from tagma.tokens import Doc, Span

__all__ = ["CLUSTER_PREFIX", "HEAD_PREFIX", "MentionClusters", "clusters_of", "head_of", "is_cluster_key"]

# First token and token behind the last of each mention, by cluster.
MentionClusters = list[list[tuple[int, int]]]

CLUSTER_PREFIX = "coref_clusters"
HEAD_PREFIX = "coref_head_clusters"  # clusters whose mentions are single tokens, the heads of others
NUMBER = re.compile(r"_\d+")


def is_cluster_key(prefix: str, key: str) -> bool:
    """Whether a group in `doc.spans` is a cluster: the prefix, an underscore and a number."""
    return key.startswith(prefix) and NUMBER.fullmatch(key, len(prefix)) is not None


def clusters_of(doc: Doc, prefix: str) -> dict[str, list[Span]]:
    """The clusters of a doc by key, in the order of its groups; none without mentions."""
    found = {key: list(group) for key, group in doc.spans.items() if is_cluster_key(prefix, key)}
    return {key: spans for key, spans in found.items() if spans}


def head_of(span: Span) -> int:
    """The token that a mention hangs on: its root, or its only token.

    Raises ValueError E4473 for a span of several tokens in a doc without a parse.
    """
    if len(span) == 1:
        return span.start
    if not span.doc.has_annotation("DEP"):
        raise ValueError(Errors.E4473.format(text=span.text, start=span.start, end=span.end))
    return span.root.i
