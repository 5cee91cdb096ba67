"""Korean: morphemes, their tags and lemmas from MeCab with the dictionary mecab-ko-dic, by the package natto-py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from tagma.errors import Errors
from tagma.lang.analyser_tags import KOREAN
from tagma.registries import registry
from tagma.tokenizer.unspaced import UnspacedTokenizer, needed
from tagma.tokens import Doc
from tagma.tokens.spans import get_words_and_spaces

if TYPE_CHECKING:
    from tagma.vocab import Vocab

__all__ = ["KoreanTokenizer"]

FORMAT = "-F%f[0],%f[7]"  # tag and expression, of the fields of mecab-ko-dic


class _Morpheme(NamedTuple):
    surface: str
    tag: str  # tags of several morphemes in one are joined by +
    lemma: str


class KoreanTokenizer(UnspacedTokenizer):
    """Morphemes with tag, part of speech and lemma; `doc.user_data["full_tags"]` has the tags of compounds whole.

    Raises ImportError E4411 without natto-py, when made. MeCab is looked for with the first text, so that a pipeline
    whose tokenizer is not used needs none: OSError E4510 without it or a dictionary.
    """

    def __init__(self, vocab: Vocab) -> None:
        super().__init__(vocab)
        self._natto = needed("natto", "Korean", "natto-py")
        self._mecab: Any = None

    @property
    def mecab_tokenizer(self) -> Any:
        """MeCab, made when first asked for."""
        if self._mecab is None:
            try:
                self._mecab = self._natto.MeCab(FORMAT)
            except (OSError, self._natto.MeCabError) as error:
                raise OSError(Errors.E4510.format(reason=str(error).strip() or type(error).__name__)) from error
        return self._mecab

    def __call__(self, text: str) -> Doc:
        """The morphemes; white space but a blank behind one is a token of its own, with no tag."""
        found = list(self._morphemes(text)) if text.strip() else []
        words, spaces = get_words_and_spaces([morpheme.surface for morpheme in found], text)
        following = iter(found)
        morphemes = [_Morpheme(word, "", word) if word.isspace() else next(following) for word in words]
        doc = Doc(
            self.vocab,
            words=words,
            spaces=spaces,
            tags=[morpheme.tag.partition("+")[0] for morpheme in morphemes],
            pos=[_part_of_speech(morpheme) for morpheme in morphemes],
            lemmas=[morpheme.lemma for morpheme in morphemes],
        )
        doc.user_data["full_tags"] = [morpheme.tag for morpheme in morphemes]
        return doc

    def _morphemes(self, text: str) -> Iterator[_Morpheme]:
        """What MeCab finds; an expression begins with the lemma and a slash, or is a star or empty."""
        for node in self.mecab_tokenizer.parse(text, as_nodes=True):
            if not node.is_eos():
                tag, _, expression = node.feature.partition(",")
                lemma = expression.partition("/")[0]
                yield _Morpheme(node.surface, tag, node.surface if lemma in ("", "*") else lemma)


def _part_of_speech(morpheme: _Morpheme) -> str:
    return KOREAN.get(morpheme.tag.partition("+")[0], "X") if morpheme.tag else "SPACE"


@registry.tokenizers("spacy.ko.KoreanTokenizer")
def create_korean_tokenizer() -> Callable[[Any], KoreanTokenizer]:
    """Makes the tokenizer of a pipeline."""
    return lambda nlp: KoreanTokenizer(nlp.vocab)
