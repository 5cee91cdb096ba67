"""Japanese: words, their tags, lemmas and readings from the package SudachiPy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from tagma.lang.analyser_tags import GAP, japanese_parts
from tagma.registries import registry
from tagma.tokenizer.unspaced import WithSetting, needed
from tagma.tokens import Doc
from tagma.tokens.spans import get_words_and_spaces

if TYPE_CHECKING:
    from tagma.vocab import Vocab

__all__ = ["DetailedToken", "JapaneseTokenizer", "SplitMode"]

SplitMode: TypeAlias = Literal["A", "B", "C"]
TAG_LEVELS = 4  # levels of a word's part of speech that make its tag; those behind say how it is inflected


class DetailedToken(NamedTuple):
    """What is known of a word; of parts of words, `sub_tokens` is None."""

    surface: str
    tag: str
    inf: str
    lemma: str
    norm: str
    reading: str | None
    sub_tokens: list[list[DetailedToken]] | None


class JapaneseTokenizer(WithSetting):
    """Words with tag, part of speech, lemma, norm, and the features Inflection and Reading.

    split_mode    How long words are: "A" the shortest, "B", "C" the longest; None is "A". With "B" and "C",
                  `doc.user_data["sub_tokens"]` has for each token None or its parts: by "A", with "C" also by "B".

    Raises ImportError E4411 without SudachiPy and a dictionary, when made or loaded. Texts that are longer than
    Sudachi takes (49,149 bytes) raise its own error.
    """

    setting = "split_mode"
    split_mode: SplitMode | None

    def __init__(self, vocab: Vocab, split_mode: SplitMode | None = None) -> None:
        super().__init__(vocab, split_mode)

    def use(self, value: Any) -> None:
        """Take `split_mode`, and make an analyser for it. Raises KeyError for values that are none."""
        packages = "sudachipy sudachidict_core"
        sudachi = needed("sudachipy", "Japanese", packages)
        needed("sudachidict_core", "Japanese", packages)
        self._modes = {name: getattr(sudachi.SplitMode, name) for name in "ABC"}
        self.tokenizer = sudachi.Dictionary().create(mode=self._modes[value or "A"])
        super().use(value)

    @property
    def need_subtokens(self) -> bool:
        """Whether words have parts that docs tell of."""
        return self.split_mode not in (None, "A")

    def __call__(self, text: str) -> Doc:
        """The words; white space but a blank behind a word is a token of its own. Raises ValueError E194."""
        details = [self._detailed(morpheme, parts=True) for morpheme in self.tokenizer.tokenize(text)]
        details = [detailed for detailed in details if detailed.surface and not detailed.surface.isspace()]
        words, spaces = get_words_and_spaces([detailed.surface for detailed in details], text)
        following = iter(details)
        return self._doc([_gap(word) if word.isspace() else next(following) for word in words], spaces)

    def _doc(self, details: Sequence[DetailedToken], spaces: list[bool]) -> Doc:
        words, tags = [detailed.surface for detailed in details], [detailed.tag for detailed in details]
        lemmas = [detailed.lemma or detailed.surface for detailed in details]
        parts = japanese_parts(words, tags)
        doc = Doc(self.vocab, words=words, spaces=spaces, tags=tags, pos=parts, lemmas=lemmas)
        for token, detailed in zip(doc, details, strict=True):
            token.norm_ = detailed.norm
            token.set_morph(_features(detailed))
        if self.need_subtokens:
            doc.user_data["sub_tokens"] = [detailed.sub_tokens for detailed in details]
        return doc

    def _detailed(self, morpheme: Any, *, parts: bool) -> DetailedToken:
        levels = morpheme.part_of_speech()
        return DetailedToken(
            morpheme.surface(),
            "-".join(level for level in levels[:TAG_LEVELS] if level != "*"),
            ";".join(level for level in levels[TAG_LEVELS:] if level != "*"),
            morpheme.dictionary_form(),
            morpheme.normalized_form(),
            morpheme.reading_form(),
            self._sub_tokens(morpheme) if parts and self.need_subtokens else None,
        )

    def _sub_tokens(self, morpheme: Any) -> list[list[DetailedToken]] | None:
        """A word in the shortest parts, with "C" also in those of "B"; None for a word of one part."""
        shortest = self._details(morpheme.split(self._modes["A"]))
        if len(shortest) == 1:
            return None
        if self.split_mode == "B":
            return [shortest]
        middle = self._details(morpheme.split(self._modes["B"]))
        return [shortest, shortest if len(middle) == len(shortest) else middle]

    def _details(self, morphemes: Iterable[Any]) -> list[DetailedToken]:
        return [self._detailed(morpheme, parts=False) for morpheme in morphemes]


def _gap(space: str) -> DetailedToken:
    return DetailedToken(space, GAP, "", space, space, None, None)


def _features(detailed: DetailedToken) -> dict[str, str]:
    """Inflection and reading, where there are some; signs with a meaning in features are replaced."""
    found = {"Inflection": detailed.inf, "Reading": re.sub("[=|]", "_", detailed.reading or "")}
    return {name: value for name, value in found.items() if value}


@registry.tokenizers("spacy.ja.JapaneseTokenizer")
def create_japanese_tokenizer(split_mode: SplitMode | None = None) -> Callable[[Any], JapaneseTokenizer]:
    """Makes the tokenizer of a pipeline."""
    return lambda nlp: JapaneseTokenizer(nlp.vocab, split_mode)
