"""Tokenizers of languages whose words are not what stands between spaces: what they share, and Thai and Vietnamese.

Words are found by a package of the language, which is imported when a tokenizer is made that asks for it. Chinese,
Japanese and Korean have files of their own.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tagma.errors import Errors
from tagma.registries import registry
from tagma.tokenizer.dummy import DummyTokenizer
from tagma.tokens import Doc
from tagma.tokens.spans import get_words_and_spaces
from tagma.util.serialize import Part, Parts, reading

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.vocab import Vocab

__all__ = ["ThaiTokenizer", "UnspacedTokenizer", "VietnameseTokenizer", "WithSetting", "needed"]


def needed(module: str, lang: str, package: str = "") -> Any:
    """A module of a package that finds words, `package` being what is installed, if it is not named as the module.

    Raises ImportError E4411 that says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        name = module.partition(".")[0]
        raise ImportError(Errors.E4411.format(lang=lang, module=name, package=package or name)) from None


class UnspacedTokenizer(DummyTokenizer):
    """A tokenizer that knows where words are by `words`, which a subclass has."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.vocab,)

    def words(self, text: str) -> Iterable[str]:
        """The words in order; white space among them is passed over."""
        raise NotImplementedError

    def __call__(self, text: str) -> Doc:
        """The words, and white space where it is more than a blank behind a word. Raises ValueError E194."""
        words, spaces = get_words_and_spaces(self.words(text), text)
        return Doc(self.vocab, words=words, spaces=spaces)

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """Precision, recall and F-score of the tokens."""
        from tagma.scorer import Scorer

        return Scorer.score_tokenization(examples)


class WithSetting(UnspacedTokenizer):
    """A tokenizer that saves one setting, whose name is `setting`."""

    setting = ""

    def __init__(self, vocab: Vocab, value: Any) -> None:
        super().__init__(vocab)
        self.use(value)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.vocab, getattr(self, self.setting))

    def use(self, value: Any) -> None:
        """Take a value of the setting, and what is needed for it."""
        setattr(self, self.setting, value)

    def _parts(self) -> Parts:
        import srsly

        def load(read: Callable[[], Any], what: object) -> None:
            with reading(what):
                self.use(read()[self.setting])

        def saved() -> dict[str, Any]:
            return {self.setting: getattr(self, self.setting)}

        return Parts(
            cfg=Part(
                to_bytes=lambda: srsly.json_dumps(saved()),
                from_bytes=lambda data: load(lambda: srsly.json_loads(data), "cfg of the tokenizer"),
                to_disk=lambda path: srsly.write_json(path, saved()),
                from_disk=lambda path: load(lambda: srsly.read_json(path), path),
            )
        )

    def to_bytes(self, **kwargs: Any) -> bytes:
        """The setting."""
        return self._parts().to_bytes()

    def from_bytes(self, data: bytes, **kwargs: Any) -> Self:
        """Load what `to_bytes` wrote."""
        self._parts().from_bytes(data)
        return self

    def to_disk(self, path: str | Path, **kwargs: Any) -> None:
        """Write the setting to a folder."""
        self._parts().to_disk(path)

    def from_disk(self, path: str | Path, **kwargs: Any) -> Self:
        """Load what `to_disk` wrote."""
        self._parts().from_disk(path)
        return self


class ThaiTokenizer(UnspacedTokenizer):
    """Words that the package pythainlp finds. Raises ImportError E4411 without it."""

    def __init__(self, vocab: Vocab) -> None:
        super().__init__(vocab)
        self._find = needed("pythainlp.tokenize", "Thai").word_tokenize

    def __call__(self, text: str) -> Doc:
        """The words, white space among them."""
        words = list(self._find(text))
        return Doc(self.vocab, words=words, spaces=[False] * len(words))


# What pyvi's model was trained on: one of these, the first that fits, is a syllable.
_SYLLABLES = re.compile(
    r"""\s+
    | [A-ZĐ]+\. | Tp\. | Mrs?\. | Ms\. | Dr\. | ThS\.     # abbreviations
    | ==> | -> | \.\.\. | >>                              # arrows and dots
    | \w+://\S+                                           # addresses
    | [a-zA-Z0-9_.+-]+@(?:[a-zA-Z0-9-]+\.)+[a-zA-Z0-9-]+
    | \d+(?:[.,_]\d+)+                                    # numbers with points
    | [^\w\s] | \w+""",
    re.VERBOSE,
)
_PUNCTUATION = frozenset("""!"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~""")


class VietnameseTokenizer(WithSetting):
    """Syllables, as they stand between spaces, or words that the package pyvi joins them to.

    use_pyvi    Whether syllables are joined. Raises ImportError E4411 without the package.
    """

    setting = "use_pyvi"
    use_pyvi: bool

    def __init__(self, vocab: Vocab, use_pyvi: bool = False) -> None:
        super().__init__(vocab, use_pyvi)

    def use(self, value: Any) -> None:
        """Take `use_pyvi`; import the package if it is true."""
        self._pyvi: Any = needed("pyvi.ViTokenizer", "Vietnamese").ViTokenizer if value else None
        super().use(value)

    def words(self, text: str) -> Iterable[str]:
        """Syllables or words."""
        return text.split() if self._pyvi is None else self._joined(text)

    def _joined(self, text: str) -> Iterator[str]:
        """Words of one or more syllables, with the white space between these."""
        syllables = [match.span() for match in _SYLLABLES.finditer(text) if not match[0].isspace()]
        if not syllables:
            return
        forms = [text[start:end] for start, end in syllables]
        labels = self._pyvi.model.predict([self._pyvi.sent2features(forms, False)])[0]
        first = syllables[0][0]
        for i in range(1, len(forms)):
            if labels[i] != "I_W" or not _may_join(forms[i - 1], forms[i]):
                yield text[first : syllables[i - 1][1]]
                first = syllables[i][0]
        yield text[first : syllables[-1][1]]


def _may_join(before: str, syllable: str) -> bool:
    """Whether two syllables can be of one word: no punctuation, no numbers, no name behind a word in small letters."""
    if before in _PUNCTUATION or syllable in _PUNCTUATION or before[0].isdigit() or syllable[0].isdigit():
        return False
    return before[0].istitle() or not syllable[0].istitle()


@registry.tokenizers("spacy.th.ThaiTokenizer")
def create_thai_tokenizer() -> Callable[[Any], ThaiTokenizer]:
    """Makes the tokenizer of a pipeline."""
    return lambda nlp: ThaiTokenizer(nlp.vocab)


@registry.tokenizers("spacy.vi.VietnameseTokenizer")
def create_vietnamese_tokenizer(use_pyvi: bool = True) -> Callable[[Any], VietnameseTokenizer]:
    """Makes the tokenizer of a pipeline."""
    return lambda nlp: VietnameseTokenizer(nlp.vocab, use_pyvi)
