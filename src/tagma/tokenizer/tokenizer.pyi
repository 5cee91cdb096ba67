from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from re import Match
from typing import Any, Self, TypeAlias

from tagma.gold.example import Example
from tagma.language import Language
from tagma.tokens.doc import Doc
from tagma.vocab import Vocab

_Search: TypeAlias = Callable[[str], Match[str] | bool | None]
_FindAll: TypeAlias = Callable[[str], Iterable[Match[str]]]
_Rules: TypeAlias = Mapping[str, Iterable[Mapping[int | str, str]]]

DEFAULT_MAX_CACHE_SIZE: int

class Tokenizer:
    """Splits texts into tokens.

    vocab              The vocabulary that tokens refer to.
    rules              Special cases: text -> tokens, each a map with ORTH and, if need be, NORM.
    prefix_search      Function of a string that finds what is split off at its beginning (`re.compile(...).search`).
    suffix_search      The same for its end.
    infix_finditer     Function of a string that yields the matches at which the rest is split.
    token_match        Function of a string; a match makes it one token before affixes are split off.
    url_match          The same, asked after affixes are split off.
    faster_heuristics  Look for special cases among split tokens only where a rule can have split them.
    max_cache_size     Chunks remembered; when it is reached, the cache begins anew.
    """

    faster_heuristics: bool

    def __init__(
        self,
        vocab: Vocab,
        rules: _Rules | None = None,
        prefix_search: _Search | None = None,
        suffix_search: _Search | None = None,
        infix_finditer: _FindAll | None = None,
        token_match: _Search | None = None,
        url_match: _Search | None = None,
        faster_heuristics: bool = True,
        max_cache_size: int = DEFAULT_MAX_CACHE_SIZE,
    ) -> None: ...
    @classmethod
    def deferred(cls, vocab: Vocab, rest: Callable[[], dict[str, Any]]) -> Self:
        """A tokenizer whose rules are asked for when they are needed, which those of a saved one make needless.

        rest    gives the arguments of a Tokenizer but for the vocabulary, as a dict
        """
    @property
    def vocab(self) -> Vocab:
        """The vocabulary."""
    @property
    def prefix_search(self) -> _Search | None:
        """Finds a prefix; None splits none."""
    @prefix_search.setter
    def prefix_search(self, function: _Search | None) -> None: ...
    @property
    def suffix_search(self) -> _Search | None:
        """Finds a suffix; None splits none."""
    @suffix_search.setter
    def suffix_search(self, function: _Search | None) -> None: ...
    @property
    def infix_finditer(self) -> _FindAll | None:
        """Finds all infixes; None splits none."""
    @infix_finditer.setter
    def infix_finditer(self, function: _FindAll | None) -> None: ...
    @property
    def token_match(self) -> _Search | None:
        """Tells what is a token before affixes are split off; None: nothing."""
    @token_match.setter
    def token_match(self, function: _Search | None) -> None: ...
    @property
    def url_match(self) -> _Search | None:
        """Tells what is a token after affixes are split off; None: nothing."""
    @url_match.setter
    def url_match(self, function: _Search | None) -> None: ...
    @property
    def rules(self) -> dict[str, list[Mapping[int | str, str]]]:
        """The special cases. Setting them replaces them all; one more is added by `add_special_case`."""
    @rules.setter
    def rules(self, rules: _Rules | None) -> None: ...
    @property
    def max_cache_size(self) -> int:
        """Chunks remembered; 0 remembers none."""
    @max_cache_size.setter
    def max_cache_size(self, size: int) -> None: ...
    def add_special_case(self, string: str, substrings: Iterable[Mapping[int | str, str]]) -> None:
        """Add or replace a special case. Raises ValueError E997 or E1005, KeyError for a token without ORTH."""
    def find_prefix(self, string: str) -> int:
        """Length of the prefix of a string, 0 if it has none."""
    def find_suffix(self, string: str) -> int:
        """Length of the suffix of a string, 0 if it has none."""
    def find_infix(self, string: str) -> list[Match[str]]:
        """Matches of the infixes in a string."""
    def __call__(self, string: str) -> Doc:
        """Tokenize a text. Raises ValueError E025 for a text of 2**30 characters or more, E4015 for lone surrogates."""
    def pipe(self, texts: Iterable[str], batch_size: int = 1000) -> Iterator[Doc]:
        """One Doc for each text, in order; `batch_size` is accepted for other tokenizers' sake."""
    def memory_zone(self, mem: object = None) -> AbstractContextManager[object]:
        """Forget at the end what was remembered inside about the vocabulary's memory zone. Yields `mem`."""
    def explain(self, text: str) -> list[tuple[str, str]]:
        """The tokens of a text that are no white space, each with the rule that made it: [(rule, token text), ...]."""
    def score(self, examples: Iterable[Example], **kwargs: object) -> dict[str, float | None]:
        """Accuracy and F-score of the tokens: see `Scorer.score_tokenization`."""
    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Serialize; `exclude` may name fields ("vocab", "exceptions" …). Rule functions are kept as their patterns."""
    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        """Load what `to_bytes` wrote, in place; returns self. Rule functions that are not in the data are kept."""
    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write `to_bytes` to one file."""
    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Self:
        """Load what `to_disk` wrote, in place; returns self."""

def create_tokenizer() -> Callable[[Language], Tokenizer]:
    """The tokenizer of a language, from the rules in its `Defaults`."""
