"""lemmatizer: the lemma of each token by tables of a language, without training.

A lemma that depends on the word form alone, or on it and the part of speech and features, is found once for each
combination and looked up from then on, for a batch at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from tagma.errors import Errors, Warnings, warn_user
from tagma.lookups import Lookups, load_lookups
from tagma.nn import Model
from tagma.nn.types import Ints1d
from tagma.pipeline._memo import Memo
from tagma.pipeline.factory import factory, maker, scorer
from tagma.pipeline.pipe import Pipe
from tagma.scorer import Scorer
from tagma.tokens.columns import gather, lengths_of, read, write
from tagma.util.serialize import Part, Parts, part_of

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.tokens import Doc, Token
    from tagma.ty import Pipeline
    from tagma.vocab import Vocab

MethodT = TypeVar("MethodT", bound=Callable[..., Any])

MOST_REMEMBERED = 1 << 18  # combinations; with more, all are forgotten and found again
NO_WORDS = ("", "eol", "space")  # parts of speech whose tokens have no form but their own


def of_word(*attrs: str, uses: Iterable[str] = ()) -> Callable[[MethodT], MethodT]:
    """Decorator of a method of a lemmatizer: what it says of a token depends on these attributes alone.

    uses    names of other methods that it calls for the token
    A method without this mark is asked for each token anew.
    """

    def mark(method: MethodT) -> MethodT:
        method.of_word = (attrs, tuple(uses))  # type: ignore[attr-defined]  # a mark on a function
        return method

    return mark


@scorer("spacy.lemmatizer_scorer.v1")
def lemmatizer_score(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """lemma_acc."""
    return Scorer.score_token_attr(examples, "lemma", **kwargs)


@factory(
    "lemmatizer",
    default_config={"model": None, "mode": "lookup"},
    assigns=["token.lemma"],
    default_score_weights={"lemma_acc": 1.0},
)
class Lemmatizer(Pipe):
    """Sets lemmas from tables.

    model        Not used by the modes that are built in; one of a subclass may.
    mode         "lookup": table `lemma_lookup`. "rule": endings to be replaced (`lemma_rules`) by part of speech, with
                 exceptions (`lemma_exc`) and a list of known lemmas (`lemma_index`). Another mode `x` is a method
                 `x_lemmatize(token)` of a subclass, which gives the possible lemmas, the best first.
    overwrite    Also replace lemmas that are there already.
    Attributes: `lookups`, the tables; `cache`, a dict in which a subclass may keep what it finds.
    Raises ValueError E1003 for an unknown mode.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: Model[Any, Any] | None,
        name: str = "lemmatizer",
        *,
        mode: str = "lookup",
        overwrite: bool = False,
        scorer: Callable[..., Any] | None = lemmatizer_score,
    ) -> None:
        self.vocab = vocab
        self.model = model
        self.name = name
        self._mode = mode
        self.overwrite = overwrite
        self.scorer = scorer
        lemmatize = getattr(self, f"{mode}_lemmatize", None)
        if lemmatize is None:
            raise ValueError(Errors.E1003.format(mode=mode, modes=", ".join(self._modes()), name=name))
        self.lemmatize: Callable[[Token], list[str]] = lemmatize
        self.lookups = Lookups()

    @classmethod
    def _modes(cls) -> list[str]:
        return sorted(
            found.removesuffix("_lemmatize")
            for found in dir(cls)
            if found.endswith("_lemmatize") and not found.startswith("_")
        )

    @classmethod
    def get_lookups_config(cls, mode: str) -> tuple[list[str], list[str]]:
        """Names of the tables that a mode needs, and of those that it uses if they are there."""
        if mode == "lookup":
            return (["lemma_lookup"], [])
        if mode == "rule":
            return (["lemma_rules"], ["lemma_exc", "lemma_index"])
        return ([], [])

    @property
    def mode(self) -> str:
        """How lemmas are found; given when the lemmatizer is made."""
        return self._mode

    @property
    def lookups(self) -> Lookups:
        """The tables. What was found with others is forgotten when they are set."""
        return self._lookups

    @lookups.setter
    def lookups(self, lookups: Lookups) -> None:
        self._lookups = lookups
        self._validated = False
        self._forget()

    def _forget(self) -> None:
        self.cache: dict[Any, Any] = {}
        self._sets: dict[int, tuple[Any, int, frozenset[str]]] = {}
        self._memo: Memo | None = None
        self._lemmas: Ints1d = np.zeros(0, dtype="uint64")
        self._known: tuple[Any, ...] = ()

    # Annotating

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Annotate a stream of docs batch by batch, in order; a batch that fails goes to the error handler."""
        return self._in_batches(stream, batch_size, lambda docs: self.set_annotations(docs, self.predict(docs)))

    def predict(self, docs: Iterable[Doc]) -> Ints1d:
        """The lemmas of all tokens, as keys of the string store: uint64 (n_tokens,); those that are kept, as they are.

        Raises ValueError E1004 if tables are missing.
        """
        docs = list(docs)
        if not self._validated:
            self._validate_tables()
        lemmas, _ = read(docs, "lemma")
        places = np.arange(len(lemmas)) if self.overwrite else np.flatnonzero(lemmas == 0)
        attrs = self._decided_by()
        if not len(places):
            return lemmas
        if attrs is None:
            lemmas[places] = [self._lemma(token) for token in tokens_at(docs, places)]
            return lemmas
        keys = gather(docs, attrs)[0][places]
        memo, found = self._remembered(len(attrs))
        numbers, new = memo.number(keys)
        if len(new):
            added = [self._lemma(token) for token in tokens_at(docs, places[new])]
            found = np.concatenate([found, np.asarray(added, dtype="uint64")])
            if memo is self._memo:
                self._lemmas = found
        lemmas[places] = found[numbers]
        return lemmas

    def _remembered(self, width: int) -> tuple[Memo, Ints1d]:
        """What was found before and still holds; nothing in a memory zone, whose texts go when it ends."""
        known = (self.lemmatize, *((table, table.changes) for table in map(self.lookups.get_table, self.lookups)))
        if self._memo is None or known != self._known or len(self._memo) > MOST_REMEMBERED:
            self._forget()
            self._known, self._memo = known, Memo(width)
        if self.vocab.in_memory_zone:
            return Memo(width), np.zeros(0, dtype="uint64")
        return self._memo, self._lemmas

    def _lemma(self, token: Token) -> int:
        return self.vocab.strings.add(self.lemmatize(token)[0])

    def _decided_by(self) -> list[str] | None:
        """The attributes that decide on the lemma of a token; None if more than these may."""
        attrs: dict[str, None] = {}
        open_, seen = [self.lemmatize], set()
        while open_:
            mark = getattr(open_.pop(), "of_word", None)
            if mark is None:
                return None
            attrs.update(dict.fromkeys(mark[0]))
            open_ += [getattr(self, name) for name in mark[1] if name not in seen]
            seen.update(mark[1])
        return list(attrs)

    def set_annotations(self, docs: Doc | Sequence[Doc], lemmas: Ints1d) -> None:
        """Write the lemmas of a batch."""
        docs = [docs] if not isinstance(docs, Sequence) else docs
        if len(docs):
            write(docs, "lemma", lemmas)

    # Tables

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]] | None = None,
        *,
        nlp: Pipeline | None = None,
        lookups: Lookups | None = None,
    ) -> None:
        """Take over tables.

        lookups    The tables; None for those of the installed package spacy-lookups-data.
        Raises ValueError: E955 no such tables are installed, E1004 those that were given are not enough.
        """
        if lookups is None:
            required, optional = self.get_lookups_config(self.mode)
            lookups = load_lookups(self.vocab.lang, required)
            more = load_lookups(self.vocab.lang, optional, strict=False)
            for name in more:
                lookups.set_table(name, more.get_table(name))
        self.lookups = lookups
        self._validate_tables()

    def _validate_tables(self, message: str = "E1004") -> None:
        required, _ = self.get_lookups_config(self.mode)
        absent = [name for name in required if name not in self.lookups]
        if absent:
            text = Errors.E912 if message == "E912" else Errors.E1004
            raise ValueError(text.format(name=self.name, mode=self.mode, tables=absent, found=self.lookups.tables))
        self._validated = True

    def _table(self, name: str, pos: str | None = None) -> Any:
        """A table, or what it has for a part of speech; an empty one where there is none."""
        table: Any = self.lookups.get_table(name, None) or {}
        return table if pos is None else table.get(pos, ())

    def _forms(self, name: str, pos: str) -> frozenset[str]:
        """What a table has for a part of speech, as a set: the lists of lemmas are long."""
        listed = self._table(name, pos)
        known = self._sets.get(id(listed))
        if known is None or known[0] is not listed or known[1] != len(listed):
            known = self._sets[id(listed)] = (listed, len(listed), frozenset(listed))
        return known[2]

    # Modes

    @of_word("ORTH")
    def lookup_lemmatize(self, token: Token) -> list[str]:
        """The entry of the table `lemma_lookup`, or the text."""
        found = self._table("lemma_lookup").get(token.text, token.text)
        return [found] if isinstance(found, str) else found

    @of_word("ORTH", "POS", "MORPH", uses=["is_base_form"])
    def rule_lemmatize(self, token: Token) -> list[str]:
        """What the rules of the token's part of speech make of its text, lemmas of `lemma_index` first.

        The exceptions come before all, the last one first. Warns W108 for a token without part of speech.
        """
        text, pos = token.text, token.pos_.lower()
        lower = text.lower()
        if pos == "":
            warn_user(Warnings.W108)
        if pos in NO_WORDS or self.is_base_form(token):
            return [lower]
        if not any(self._table(name, pos) for name in ("lemma_index", "lemma_exc", "lemma_rules")):
            return [text if pos == "propn" else lower]
        known, likely, unknown = self._by_rules(lower, pos)
        forms = list(dict.fromkeys([*reversed(known), *likely]))
        for form in exceptions_of(self._table("lemma_exc", pos), lower):
            if form not in forms:
                forms.insert(0, form)
        return forms or unknown or [text]

    def _by_rules(self, form: str, pos: str) -> tuple[list[str], list[str], list[str]]:
        """What the rules make of a form: lemmas that are known, others that are no plain words, and other words."""
        index = self._forms("lemma_index", pos)
        known: list[str] = []
        likely: list[str] = []
        unknown: list[str] = []
        for made in replaced_endings(form, self._table("lemma_rules", pos)):
            (known if made in index else unknown if made.isalpha() else likely).append(made)
        return known, likely, unknown

    @of_word()
    def is_base_form(self, token: Token) -> bool:
        """Whether the token is its own lemma by its features; a language says when."""
        return False

    # Files

    def _parts(self, exclude: Iterable[str]) -> Parts:
        lookups = part_of(self.lookups)
        return Parts(
            vocab=part_of(self.vocab, exclude=exclude),
            lookups=Part(
                to_bytes=lookups.to_bytes,
                from_bytes=lambda data: self._set_lookups(Lookups().from_bytes(data)),
                to_disk=lookups.to_disk,
                from_disk=lambda path: self._set_lookups(Lookups().from_disk(path)),
            ),
        )

    def _set_lookups(self, lookups: Lookups) -> None:
        self.lookups = lookups

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Vocabulary and tables."""
        return self._parts(exclude).to_bytes(exclude)

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Lemmatizer:
        """Load what `to_bytes` wrote. Raises ValueError E912 if tables are missing that the mode needs."""
        self._parts(exclude).from_bytes(bytes_data, exclude)
        self._validate_tables("E912")
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Vocabulary and tables, in a folder."""
        self._parts(exclude).to_disk(path, exclude)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Lemmatizer:
        """Load what `to_disk` wrote. Raises ValueError E912 if tables are missing that the mode needs."""
        self._parts(exclude).from_disk(path, exclude)
        self._validate_tables("E912")
        return self


def tokens_at(docs: Sequence[Doc], places: Ints1d) -> Iterator[Token]:
    """The tokens at these places, counted through the batch."""
    ends = np.cumsum(lengths_of(docs))
    numbers = np.searchsorted(ends, places, side="right")
    starts = np.concatenate([[0], ends])
    for number, place in zip(numbers.tolist(), (places - starts[numbers]).tolist(), strict=True):
        yield docs[number][place]


def exceptions_of(table: Any, form: str) -> Sequence[str]:
    """The lemmas that a table of exceptions has for a form."""
    found: Sequence[str] = table.get(form, ()) if isinstance(table, Mapping) else ()
    return found


def replaced_endings(form: str, rules: Iterable[Sequence[str]]) -> Iterator[str]:
    """What each rule (old ending, new ending) that fits makes of a form, if anything is left."""
    for old, new in rules:
        if form.endswith(old) and (made := form[: len(form) - len(old)] + new):
            yield made


make_lemmatizer: Callable[..., Lemmatizer] = maker(Lemmatizer)
make_lemmatizer_scorer: Callable[[], Callable[..., dict[str, Any]]] = maker(lemmatizer_score)
