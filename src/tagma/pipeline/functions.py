"""Components that change a doc's tokens, or clear what is not needed any more: functions, and three with settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tagma.errors import Warnings, warn_user
from tagma.gold.clusters import HEAD_PREFIX
from tagma.pipeline.factory import constant, factory
from tagma.strings import get_string_id
from tagma.tokens import Doc
from tagma.tokens.columns import read
from tagma.util.paths import ensure_path
from tagma.util.serialize import Part, Parts, reading

if TYPE_CHECKING:
    from tagma.tokens import Span
    from tagma.ty import Pipeline

__all__ = ["DocCleaner", "SpanCleaner", "TokenSplitter", "merge_entities", "merge_noun_chunks", "merge_subtokens"]


def _merge(doc: Doc, spans: Iterable[Span], attrs: Callable[[Span], Mapping[int | str, Any]]) -> Doc:
    with doc.retokenize() as retokenizer:
        for span in spans:
            retokenizer.merge(span, attrs=attrs(span))
    return doc


def merge_noun_chunks(doc: Doc) -> Doc:
    """Make each base noun phrase one token, with tag and label of its root. A doc without a parse stays as it is."""
    if not doc.has_annotation("DEP"):
        return doc
    return _merge(doc, doc.noun_chunks, lambda span: {"tag": span.root.tag, "dep": span.root.dep})


def merge_entities(doc: Doc) -> Doc:
    """Make each entity one token, with tag and label of its root and the entity's type."""
    return _merge(doc, doc.ents, lambda span: {"tag": span.root.tag, "dep": span.root.dep, "ent_type": span.label})


def merge_subtokens(doc: Doc, label: str = "subtok") -> Doc:
    """Make one token of each run of tokens that a parser calls parts of the next (label `label`), and that token."""
    is_part = read([doc], "dep")[0] == np.uint64(get_string_id(label))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_part, [False]]).astype("int8")))
    spans = [doc[start : min(end + 1, len(doc))] for start, end in edges.reshape(-1, 2).tolist()]
    return _merge(doc, spans, lambda span: {})


factory("merge_noun_chunks", requires=["token.dep", "token.tag", "token.pos"], retokenizes=True)(
    constant(merge_noun_chunks)
)
factory("merge_entities", requires=["doc.ents", "token.ent_iob", "token.ent_type"], retokenizes=True)(
    constant(merge_entities)
)
factory("merge_subtokens", requires=["token.dep"], retokenizes=True)(constant(merge_subtokens))


class _WithSettings:
    """A component whose settings are its file `cfg`."""

    def _settings(self) -> dict[str, Any]:
        raise NotImplementedError

    def _set(self, settings: dict[str, Any]) -> None:
        raise NotImplementedError

    def _parts(self) -> Parts:
        import srsly

        def load(read: Callable[[], Any], what: object) -> None:
            with reading(what):
                self._set(dict(read()))

        return Parts(
            cfg=Part(
                to_bytes=lambda: srsly.json_dumps(self._settings()),
                from_bytes=lambda data: load(lambda: srsly.json_loads(data), "cfg"),
                to_disk=lambda path: srsly.write_json(path, self._settings()),
                from_disk=lambda path: load(lambda: srsly.read_json(path), path),
            )
        )

    def to_bytes(self, **kwargs: Any) -> bytes:
        """The settings."""
        return self._parts().to_bytes()

    def from_bytes(self, data: bytes, **kwargs: Any) -> Self:
        """Load what `to_bytes` wrote."""
        self._parts().from_bytes(data)
        return self

    def to_disk(self, path: str | Path, **kwargs: Any) -> None:
        """Write the settings to a folder."""
        self._parts().to_disk(ensure_path(path))

    def from_disk(self, path: str | Path, **kwargs: Any) -> Self:
        """Load what `to_disk` wrote."""
        self._parts().from_disk(ensure_path(path))
        return self


class TokenSplitter(_WithSettings):
    """Cuts tokens of at least `min_length` characters into pieces of `split_length`; none if one of these is 0."""

    def __init__(self, min_length: int = 0, split_length: int = 0) -> None:
        self.min_length: int = min_length
        self.split_length: int = split_length

    def __call__(self, doc: Doc) -> Doc:
        """Cut the long tokens of a doc; the head of each piece is the piece itself."""
        if self.min_length > 0 and self.split_length > 0:
            with doc.retokenize() as retokenizer:
                for token in doc:
                    if len(token) >= self.min_length:
                        text, size = token.text, self.split_length
                        pieces = [text[start : start + size] for start in range(0, len(text), size)]
                        retokenizer.split(token, pieces, heads=[(token, k) for k in range(len(pieces))])
        return doc

    def _settings(self) -> dict[str, Any]:
        return {"min_length": self.min_length, "split_length": self.split_length}

    def _set(self, settings: dict[str, Any]) -> None:
        self.min_length, self.split_length = settings.get("min_length", 0), settings.get("split_length", 0)


class DocCleaner(_WithSettings):
    """Sets attributes of docs, so that what is in them can go: vectors of tokens, output of a transformer.

    attrs     {"tensor": None, "_.trf_data": None}: attributes with dots, and what they are set to
    silent    Say nothing of attributes that a doc has not; else warn W116.
    """

    def __init__(self, attrs: Mapping[str, Any], *, silent: bool = True) -> None:
        self.cfg: dict[str, Any] = {"attrs": dict(attrs), "silent": silent}

    def __call__(self, doc: Doc) -> Doc:
        """Set the attributes of a doc."""
        for path, value in self.cfg["attrs"].items():
            *inner, last = path.split(".")
            owner: Any = doc
            for name in inner:
                owner = getattr(owner, name, None)
            if hasattr(owner, last):
                setattr(owner, last, value)
            elif not self.cfg["silent"]:
                warn_user(Warnings.W116.format(attr=path))
        return doc

    def _settings(self) -> dict[str, Any]:
        return self.cfg

    def _set(self, settings: dict[str, Any]) -> None:
        self.cfg.update(settings)


@factory("token_splitter", default_config={"min_length": 25, "split_length": 10}, retokenizes=True)
def make_token_splitter(nlp: Pipeline, name: str, *, min_length: int = 0, split_length: int = 0) -> TokenSplitter:
    """A component that cuts long tokens."""
    return TokenSplitter(min_length, split_length)


@factory("doc_cleaner", default_config={"attrs": {"tensor": None, "_.trf_data": None}, "silent": True})
def make_doc_cleaner(nlp: Pipeline, name: str, *, attrs: dict[str, Any], silent: bool) -> DocCleaner:
    """A component that sets attributes of docs."""
    return DocCleaner(attrs, silent=silent)


class SpanCleaner:
    """Takes the groups out of `doc.spans` whose keys begin with a prefix, such as the heads of mentions."""

    def __init__(self, prefix: str = HEAD_PREFIX) -> None:
        self.prefix: str = prefix

    def __call__(self, doc: Doc) -> Doc:
        """Take them out of a doc."""
        for key in [key for key in doc.spans if key.startswith(self.prefix)]:
            del doc.spans[key]
        return doc


@factory("span_cleaner", default_config={"prefix": HEAD_PREFIX}, assigns=["doc.spans"])
@factory("experimental_span_cleaner", default_config={"prefix": HEAD_PREFIX}, assigns=["doc.spans"])
def make_span_cleaner(nlp: Pipeline, name: str, *, prefix: str) -> SpanCleaner:
    """A component that takes groups of spans out."""
    return SpanCleaner(prefix)
