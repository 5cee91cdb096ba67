"""`PhraseMatcher`: many phrases, given as Docs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from tagma.attrs import IDS, NAMES
from tagma.errors import Errors, Warnings, warn_user
from tagma.matcher._patterns import ANNOTATED, attribute_id
from tagma.matcher._phrases import PhraseTree
from tagma.tokens import Doc, Span

if TYPE_CHECKING:
    from tagma.vocab import Vocab

__all__ = ["PhraseMatcher"]

OnMatch: TypeAlias = Callable[["PhraseMatcher", Doc, int, list[Any]], Any]
# Attributes that a token pattern can ask for are those that phrases can be of; others only by their ids.
_NOT_BY_NAME = {"ID", "HEAD", "IDX", "LANG", "PREFIX", "SUFFIX"}


class PhraseMatcher:
    """Finds phrases, however many: each token of a text is looked up once for each token that a phrase may go on.

    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    matcher.add("CITY", list(nlp.tokenizer.pipe(["New York", "Rome"])))
    for key, start, end in matcher(doc): ...
    """

    def __init__(self, vocab: Vocab, attr: str | int | None = "ORTH", validate: bool = False) -> None:
        """
        vocab      that of the docs
        attr       attribute of tokens that must be equal; ValueError E152 for one that token patterns do not know
        validate   warn (W012) about pattern docs with annotations that `attr` does not look at
        """
        self.vocab = vocab
        self._attr = IDS["ORTH"] if attr is None else attribute_id(attr)
        if isinstance(attr, str) and (attr.upper() in _NOT_BY_NAME or attr.upper().startswith("FLAG")):
            raise ValueError(Errors.E152.format(attr=attr))
        self._validate = validate
        self._numbers: dict[int, int] = {}  # key → its number in the tree
        self._keys: dict[int, int] = {}  # number → key
        self._added = 0
        self._callbacks: dict[int, OnMatch | None] = {}
        self._tree = PhraseTree(self._attr)

    def __len__(self) -> int:
        """The number of keys."""
        return len(self._numbers)

    def __contains__(self, key: str) -> bool:
        """Whether there are phrases under the key, given as text."""
        return isinstance(key, str) and self.vocab.strings[key] in self._numbers

    def add(self, key: str, docs: Any, *_docs: Doc, on_match: OnMatch | None = None) -> None:
        """Add phrases under a key. Those that it has stay; the callback is replaced.

        docs        a list of Docs, of which empty ones are skipped; lists of the values of `attr` are taken as well
        on_match    called as `on_match(matcher, doc, i, matches)` for each match of the key

        `add(key, on_match, *docs)`, as it was written once, is understood.

        Raises ValueError: E171 (callback), E179 (one Doc alone), E155 (a Doc without annotation of `attr`);
        TypeError E4364 for a key that is no text and for other phrases.
        """
        if docs is None or callable(docs):
            docs, on_match = _docs, docs
        if on_match is not None and not callable(on_match):
            raise ValueError(Errors.E171.format(name="PhraseMatcher", arg_type=type(on_match)))
        if isinstance(docs, Doc):
            raise ValueError(Errors.E179.format(key=key, arg_type=type(docs)))
        if not isinstance(key, str):
            raise TypeError(Errors.E4364.format(what="key", value=key, type=type(key).__name__))
        phrases: list[Any] = [docs] if isinstance(docs, str) else list(docs)
        for phrase in phrases:
            self._check(key, phrase)
        number = self.vocab.strings.add(key)
        if number not in self._numbers:
            self._numbers[number] = self._added
            self._keys[self._added] = number
            self._added += 1
        self._callbacks[number] = on_match
        for phrase in phrases:
            if isinstance(phrase, Doc):
                self._tree.add_docs((phrase,), self._numbers[number])
            else:
                self._tree.add_values(phrase, self._numbers[number])

    def remove(self, key: str) -> None:
        """Remove a key; phrases that other keys share stay theirs. Raises KeyError if there is no such key."""
        if key not in self:
            raise KeyError(key)
        number = self.vocab.strings[key]
        self._tree.remove(self._numbers[number])
        del self._keys[self._numbers.pop(number)], self._callbacks[number]

    def pipe(
        self,
        stream: Iterable[Any],
        batch_size: int = 1000,
        return_matches: bool = False,
        as_tuples: bool = False,
    ) -> Iterator[Any]:
        """Match a stream of docs and hand them on; deprecated, call the matcher (W105)."""
        warnings.warn(Warnings.W105.format(matcher="PhraseMatcher"), DeprecationWarning, stacklevel=2)
        for item in stream:
            doc, *context = item if as_tuples else (item,)
            found = self(doc)
            out = (doc, found) if return_matches else doc
            yield (out, *context) if as_tuples else out

    def __call__(self, doclike: Doc | Span | None, *, as_spans: bool = False) -> Any:
        """(key, start, end) for each occurrence of each phrase, by start, then end, then the order of adding.

        doclike     of a Span, `start` and `end` are indices in the Doc all the same; None has no matches
        as_spans    Spans instead, with the key as label

        Raises ValueError E195 for other objects.
        """
        if doclike is None:
            return []
        if isinstance(doclike, Doc):
            doc, start, end = doclike, 0, len(doclike)
        elif isinstance(doclike, Span):
            doc, start, end = doclike.doc, doclike.start, doclike.end
        else:
            raise ValueError(Errors.E195.format(good="Doc or Span", got=type(doclike).__name__))
        found = self._tree.search(doc, start, end, self._keys)
        for i, match in enumerate(found):
            on_match = self._callbacks.get(match[0])
            if on_match is not None:
                on_match(self, doc, i, found)
        return [Span(doc, a, b, label=key) for key, a, b in found] if as_spans else found

    def _check(self, key: str, phrase: Any) -> None:
        if isinstance(phrase, list) and all(isinstance(value, int) for value in phrase):
            return
        if not isinstance(phrase, Doc):
            raise TypeError(Errors.E4364.format(what=f"phrase of {key!r}", value=phrase, type=type(phrase).__name__))
        needed = NAMES[self._attr]
        if needed in ANNOTATED:
            if not phrase.has_annotation(self._attr):
                raise ValueError(Errors.E155.format(pipe=ANNOTATED[needed], attr=needed))
        elif self._validate and (surplus := [attr for attr in ANNOTATED if phrase.has_annotation(IDS[attr])]):
            warn_user(Warnings.W012.format(key=key, attr=needed, attrs=", ".join(surplus)))
