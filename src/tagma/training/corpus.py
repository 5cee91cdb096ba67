"""Readers of corpora: callables `nlp -> examples`, made from the [corpora] section."""

from __future__ import annotations

import random
import sys
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors, Warnings
from tagma.gold.example import Example
from tagma.registries import registry
from tagma.tokens import Doc, DocBin
from tagma.util.paths import count_lines, read_json_lines, read_lines, read_text

if TYPE_CHECKING:
    from tagma.language import Language
    from tagma.vocab import Vocab

__all__ = ["ConlluCorpus", "Corpus", "JsonlCorpus", "PlainTextCorpus", "walk_corpus"]

FILE_TYPE = ".spacy"
CONLLU_TYPES = (".conllu", ".conllu.xz", ".conllu.gz")
Augmenter = Callable[["Language", Example], Iterable[Example]]


def _dont_augment(nlp: Language, example: Example) -> Iterator[Example]:
    yield example


def _given(path: str | Path | None) -> str | Path:
    """A path that is neither null nor an empty text, which would stand for the current folder."""
    if not path:
        raise ValueError(Errors.E913)
    return path


@registry.readers("spacy.Corpus.v1")
def create_docbin_reader(
    path: str | Path | None,
    gold_preproc: bool,
    max_length: int = 0,
    limit: int = 0,
    augmenter: Augmenter | None = None,
) -> Callable[[Language], Iterable[Example]]:
    """Reader of .spacy files. Raises ValueError E913 for a path that is null or empty."""
    return Corpus(_given(path), gold_preproc=gold_preproc, max_length=max_length, limit=limit, augmenter=augmenter)


@registry.readers("tagma.ConlluCorpus.v1")
def create_conllu_reader(
    path: str | Path | None,
    n_sents: int = 10,
    gold_preproc: bool = False,
    max_length: int = 0,
    limit: int = 0,
    augmenter: Augmenter | None = None,
) -> Callable[[Language], Iterable[Example]]:
    """Reader of CoNLL-U files, plain or compressed, without converting them first."""
    return ConlluCorpus(
        _given(path),
        n_sents=n_sents,
        gold_preproc=gold_preproc,
        max_length=max_length,
        limit=limit,
        augmenter=augmenter,
    )


@registry.readers("spacy.JsonlCorpus.v1")
def create_jsonl_reader(
    path: str | Path | None, min_length: int = 0, max_length: int = 0, limit: int = 0
) -> Callable[[Language], Iterable[Example]]:
    """Reader of raw text in lines of JSON."""
    return JsonlCorpus(path, min_length=min_length, max_length=max_length, limit=limit)


@registry.readers("spacy.PlainTextCorpus.v1")
def create_plain_text_reader(
    path: str | Path | None, min_length: int = 0, max_length: int = 0
) -> Callable[[Language], Iterable[Example]]:
    """Reader of raw text, one document a line."""
    return PlainTextCorpus(_given(path), min_length=min_length, max_length=max_length)


@registry.readers("spacy.read_labels.v1")
def read_labels(path: Path, *, require: bool = False) -> Any:
    """Labels that `init labels` wrote; None if there is no such file and none is required."""
    import srsly

    return srsly.read_json(path) if require or Path(path).exists() else None


def walk_corpus(path: str | Path, file_type: str | tuple[str, ...]) -> list[Path]:
    """A file itself, or all files of that type below a folder, sorted; hidden ones are passed over.

    Raises OSError if the path does not exist; warns W090 if the folder holds no such file.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(Errors.E161.format(path=path))
    if path.is_file():
        return [path]
    found = sorted(
        file
        for file in path.rglob("*")
        if file.is_file()
        and file.name.endswith(file_type)
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )
    if not found:
        warnings.warn(Warnings.W090.format(path=path, format=file_type), stacklevel=2)
    return found


class Corpus:
    """Examples from .spacy files (DocBin): the reference as saved, predicted tokenized anew from its text.

    path            a file, or a folder of files
    limit           documents to read; 0 reads all
    gold_preproc    use the gold tokens, one example a sentence
    max_length      documents of this many tokens and more are split into sentences, or left out; 0 keeps all
    augmenter       `nlp, example -> examples`
    shuffle         documents in random order
    """

    file_type: str | tuple[str, ...] = FILE_TYPE

    def __init__(
        self,
        path: str | Path,
        *,
        limit: int = 0,
        gold_preproc: bool = False,
        max_length: int = 0,
        augmenter: Augmenter | None = None,
        shuffle: bool = False,
    ) -> None:
        self.path: Path = Path(_given(path))
        self.limit = limit
        self.gold_preproc = gold_preproc
        self.max_length = max_length
        self.augmenter: Augmenter = augmenter if augmenter is not None else _dont_augment
        self.shuffle = shuffle

    def __call__(self, nlp: Language) -> Iterator[Example]:
        """The examples, documents without tokens left out."""
        docs: Iterable[Doc] = self.read_docs(nlp.vocab)
        if self.shuffle:
            docs = list(docs)
            random.shuffle(docs)
        for doc in docs:
            for reference in self._references(doc):
                yield from self.augmenter(nlp, self._make_example(nlp, reference))

    def examples_with_places(self, nlp: Language) -> Iterator[tuple[Path, int, Example]]:
        """The examples in the order of the files and as they were annotated, without augmenting and shuffling.

        Each comes with its file and the number of its document there, from 1.
        """
        for path, number, doc in self._docs_with_places(nlp.vocab):
            for reference in self._references(doc):
                yield path, number, self._make_example(nlp, reference)

    def read_docs(self, vocab: Vocab) -> Iterator[Doc]:
        """The reference docs, `limit` of them at most."""
        return (doc for _, _, doc in self._docs_with_places(vocab))

    def _docs_with_places(self, vocab: Vocab) -> Iterator[tuple[Path, int, Doc]]:
        count = 0
        for path in walk_corpus(self.path, self.file_type):
            for number, doc in enumerate(self._read_file(path, vocab), 1):
                if not len(doc):
                    continue
                yield path, number, doc
                count += 1
                if self.limit and count >= self.limit:
                    return

    def _read_file(self, path: Path, vocab: Vocab) -> Iterable[Doc]:
        try:
            docs = DocBin().from_disk(path)
        except ValueError as error:
            raise ValueError(f"{error} File: {path}. Convert other formats with 'tagma convert'.") from None
        return docs.get_docs(vocab)

    def _make_example(self, nlp: Language, reference: Doc) -> Example:
        if reference.has_unknown_spaces or self.gold_preproc:
            spaces = None if reference.has_unknown_spaces else [bool(token.whitespace_) for token in reference]
            predicted = Doc(nlp.vocab, words=[token.text for token in reference], spaces=spaces)
        else:
            predicted = nlp.make_doc(reference.text)
        return Example(predicted, reference)

    def _references(self, doc: Doc) -> Iterable[Doc]:
        """The doc, or its sentences where they are wanted or the doc is too long; nothing that is too long itself."""
        fits = not self.max_length or len(doc) < self.max_length
        if (self.gold_preproc or not fits) and doc.has_annotation("SENT_START"):
            lengths = range(1, self.max_length or len(doc) + 1)
            return (sentence.as_doc() for sentence in doc.sents if len(sentence) in lengths)
        return [doc] if fits else []


class ConlluCorpus(Corpus):
    """Examples from CoNLL-U files, as `tagma convert` makes them. Settings as of `Corpus`.

    n_sents    sentences in a document
    """

    file_type: str | tuple[str, ...] = CONLLU_TYPES

    def __init__(self, path: str | Path, *, n_sents: int = 10, **settings: Any) -> None:
        super().__init__(path, **settings)
        self.n_sents = n_sents

    def _read_file(self, path: Path, vocab: Vocab) -> Iterable[Doc]:
        from tagma.training.converters import conllu_to_docs

        text = read_text(path)
        try:
            return list(conllu_to_docs(text, n_sents=self.n_sents, vocab=vocab, no_print=True))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None


class _RawCorpus(ABC):
    """Docs without annotation: what the tokenizer makes of texts."""

    file_type: str

    def __init__(self, path: str | Path | None, lengths: range, limit: int = 0) -> None:
        self.path: Path | None = Path(path) if path else None
        self._lengths = lengths
        self.limit = limit
        self.too_short: int = 0  # documents that were left out, in the last pass
        self.too_long: int = 0
        self._seen = 0
        self._size: int | None = None

    @abstractmethod
    def texts(self, path: Path) -> Iterator[str]:
        """The texts of a file, one at a time."""

    def __call__(self, nlp: Language) -> Iterator[Example]:
        """Examples whose two docs hold the same text. Raises ValueError E913 for a path that is null or empty."""
        if self.path is None:
            raise ValueError(Errors.E913)
        self.too_short = self.too_long = self._seen = 0
        return islice(self._examples(nlp, self.path), self.limit or None)

    def _examples(self, nlp: Language, path: Path) -> Iterator[Example]:
        for file in walk_corpus(path, self.file_type):
            for text in self.texts(file):
                self._seen += 1
                doc = nlp.make_doc(text)
                if len(doc) in self._lengths:
                    yield Example(doc, doc.copy())
                elif len(doc) < self._lengths.start:
                    self.too_short += 1
                else:
                    self.too_long += 1

    def share_read(self) -> float:
        """How much of the corpus the pass that goes on has read, 0 to 1: in lines, which are counted once."""
        if self._size is None:
            files = walk_corpus(self.path, self.file_type) if self.path is not None else []
            self._size = sum(count_lines(file) for file in files)
        size = min(self._size, self.limit) if self.limit else self._size
        return min(1.0, self._seen / size) if size else 0.0


class JsonlCorpus(_RawCorpus):
    """Raw docs from lines of JSON with a `text`.

    min_length, max_length    tokens; shorter ones and those of max_length or more are left out; 0 keeps all
    limit                     documents to read; 0 reads all
    """

    file_type = ".jsonl"

    def __init__(self, path: str | Path | None, *, limit: int = 0, min_length: int = 0, max_length: int = 0) -> None:
        self.min_length: int = min_length
        self.max_length: int = max_length
        super().__init__(path, range(min_length, max_length or sys.maxsize), limit)

    def texts(self, path: Path) -> Iterator[str]:
        """The `text` of each record. Raises ValueError for a record without."""
        for number, record in read_json_lines(path):
            if not isinstance(record, dict) or not isinstance(record.get("text"), str):
                raise ValueError(f"{path}, line {number} has no text; every line must be an object with a 'text'")
            yield record["text"]


class PlainTextCorpus(_RawCorpus):
    """Raw docs from .txt files, one a line; lines of fewer tokens than min_length or more than max_length left out."""

    file_type = ".txt"

    def __init__(self, path: str | Path | None, *, min_length: int = 0, max_length: int = 0) -> None:
        self.min_length: int = min_length
        self.max_length: int = max_length
        super().__init__(path, range(min_length, max_length + 1 if max_length else sys.maxsize))

    def texts(self, path: Path) -> Iterator[str]:
        """The lines that are not empty."""
        return filter(None, read_lines(path))
