"""Tokenizers of languages whose words are not what stands between spaces: Chinese, Thai, Vietnamese."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tagma.errors import Errors
from tagma.registries import registry
from tagma.tokenizer.dummy import DummyTokenizer
from tagma.tokens import Doc
from tagma.tokens.spans import get_words_and_spaces
from tagma.util.serialize import Part, Parts, reading

if TYPE_CHECKING:
    from tagma.vocab import Vocab

__all__ = ["ChineseTokenizer", "ThaiTokenizer", "VietnameseTokenizer"]

SEGMENTERS = ("char", "jieba", "pkuseg")
NOT_HERE = ("pkuseg",)


def _needed(module: str, lang: str) -> Any:
    """A module of a package that finds words. Raises ImportError E4411 that says how to install it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise ImportError(Errors.E4411.format(lang=lang, package=module.partition(".")[0])) from None


class _WithSetting(DummyTokenizer):
    """A tokenizer that saves one setting."""

    setting = ""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def _words(self, text: str) -> Iterable[str]:
        raise NotImplementedError

    def __call__(self, text: str) -> Doc:
        """The words, and white space where it is more than a blank behind a word."""
        words, spaces = get_words_and_spaces(self._words(text), text)
        return Doc(self.vocab, words=words, spaces=spaces)

    def _parts(self) -> Parts:
        import srsly

        def load(read: Callable[[], Any], what: object) -> None:
            with reading(what):
                setattr(self, self.setting, read()[self.setting])

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


class ChineseTokenizer(_WithSetting):
    """Each character a token, or words that the package jieba finds.

    segmenter    "char" or "jieba". Raises ValueError E4412 for "pkuseg" and others, ImportError E4411 without jieba.
    """

    setting = "segmenter"

    def __init__(self, vocab: Vocab, segmenter: str = "char") -> None:
        super().__init__(vocab)
        if segmenter not in SEGMENTERS or segmenter in NOT_HERE:
            usable = [name for name in SEGMENTERS if name not in NOT_HERE]
            raise ValueError(Errors.E4412.format(segmenter=segmenter, usable=usable))
        self.segmenter = segmenter
        self._jieba = _needed("jieba", "Chinese") if segmenter == "jieba" else None

    def _words(self, text: str) -> Iterable[str]:
        return text if self._jieba is None else self._jieba.cut(text, cut_all=False)


class ThaiTokenizer(DummyTokenizer):
    """Words that the package pythainlp finds. Raises ImportError E4411 without it."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self._find = _needed("pythainlp.tokenize", "Thai").word_tokenize

    def __call__(self, text: str) -> Doc:
        """The words, white space among them."""
        words = list(self._find(text))
        return Doc(self.vocab, words=words, spaces=[False] * len(words))


class VietnameseTokenizer(_WithSetting):
    """Syllables, as they stand between spaces. Raises ValueError E4413 if they are to be joined (`use_pyvi`)."""

    setting = "use_pyvi"

    def __init__(self, vocab: Vocab, use_pyvi: bool = False) -> None:
        super().__init__(vocab)
        if use_pyvi:
            raise ValueError(Errors.E4413)
        self.use_pyvi = use_pyvi

    def _words(self, text: str) -> Iterable[str]:
        return text.split()


@registry.tokenizers("spacy.zh.ChineseTokenizer")
def create_chinese_tokenizer(segmenter: str = "char") -> Callable[[Any], ChineseTokenizer]:
    """Makes the tokenizer of a pipeline."""
    return lambda nlp: ChineseTokenizer(nlp.vocab, segmenter)


@registry.tokenizers("spacy.th.ThaiTokenizer")
def create_thai_tokenizer() -> Callable[[Any], ThaiTokenizer]:
    """Makes the tokenizer of a pipeline."""
    return lambda nlp: ThaiTokenizer(nlp.vocab)


@registry.tokenizers("spacy.vi.VietnameseTokenizer")
def create_vietnamese_tokenizer(use_pyvi: bool = True) -> Callable[[Any], VietnameseTokenizer]:
    """Makes the tokenizer of a pipeline."""
    return lambda nlp: VietnameseTokenizer(nlp.vocab, use_pyvi)
