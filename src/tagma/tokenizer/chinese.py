"""Chinese: single characters, or words that the packages jieba or spacy-pkuseg find."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from tagma.errors import Errors, Warnings, warn_user
from tagma.registries import registry
from tagma.tokenizer.unspaced import WithSetting, needed
from tagma.util.serialize import Part, Parts, reading, unpack

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.vocab import Vocab

__all__ = ["ChineseTokenizer", "Segmenter"]

Segmenter: TypeAlias = Literal["char", "jieba", "pkuseg"]
SEGMENTERS = ("char", "jieba", "pkuseg")
# The files of a model of pkuseg. It also reads older ones, pickles among them, which are never given to it.
FEATURES, WEIGHTS = "features.msgpack", "weights.npz"


class _Saved(NamedTuple):
    """A segmenter of pkuseg as data: its two files, and word lists as `spacy-pkuseg` holds them."""

    features: bytes
    weights: bytes
    user_words: list[tuple[str, str]]
    merges: bool
    common_words: list[str]
    other_words: list[str]


class ChineseTokenizer(WithSetting):
    """Each character a token, or words that a package finds.

    segmenter    "char", "jieba", or "pkuseg", which needs a model: by `initialize`, or with the files of the tokenizer.
                 Others give the warning W103, and "char". Raises ImportError E4411 without the package.
    """

    setting = "segmenter"
    segmenter: Segmenter

    def __init__(self, vocab: Vocab, segmenter: Segmenter = "char") -> None:
        self.pkuseg_seg: Any = None
        self.jieba_seg: Any = None
        super().__init__(vocab, segmenter)

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (self.vocab, self.segmenter, None if self.pkuseg_seg is None else self._saved())

    def use(self, value: Any) -> None:
        """Take `segmenter`, and import its package."""
        if value not in SEGMENTERS:
            warn_user(Warnings.W103.format(segmenter=value, supported=", ".join(SEGMENTERS)))
            value = "char"
        self.jieba_seg = needed("jieba", "Chinese") if value == "jieba" else None
        if value == "pkuseg":
            _pkuseg()
        super().use(value)

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]] | None = None,
        *,
        nlp: object = None,
        pkuseg_model: str | None = None,
        pkuseg_user_dict: str | None = "default",
    ) -> None:
        """Load the model of pkuseg; nothing for other segmenters.

        pkuseg_model        name of a model that the package knows and downloads, or a folder with one
        pkuseg_user_dict    file with words that are never split, one a line, or "default"; None is the model's own

        Raises OSError E4511 for a folder that has no model, ValueError E4512 without `pkuseg_model`.
        """
        if self.segmenter != "pkuseg":
            return
        if pkuseg_model is None:
            raise ValueError(Errors.E4512)
        package = _pkuseg()
        if pkuseg_model not in package.config.available_models:
            _require_model(Path(pkuseg_model))
        words = pkuseg_model if pkuseg_user_dict is None else pkuseg_user_dict
        self.pkuseg_seg = package.pkuseg(pkuseg_model, user_dict=words)

    def words(self, text: str) -> Iterable[str]:
        """Characters or words. Raises ValueError E1000 for pkuseg without a model."""
        if self.segmenter == "char":
            return text
        if self.segmenter == "jieba":
            return self.jieba_seg.cut(text, cut_all=False)  # type: ignore[no-any-return]  # a generator of str
        if self.pkuseg_seg is None:
            raise ValueError(Errors.E1000)
        return self.pkuseg_seg.cut(text)  # type: ignore[no-any-return]  # a list of str

    def pkuseg_update_user_dict(self, words: list[str], reset: bool = False) -> None:
        """Add words that are never split, after forgetting those that are there if `reset`. W104 for other segmenters.

        Raises ValueError E1000 without a model.
        """
        if self.segmenter != "pkuseg":
            warn_user(Warnings.W104.format(target="pkuseg", current=self.segmenter))
            return
        if self.pkuseg_seg is None:
            raise ValueError(Errors.E1000)
        if reset:
            self.pkuseg_seg.preprocesser = _pkuseg().Preprocesser(None)
        for word in words:
            self.pkuseg_seg.preprocesser.insert(word.strip(), "")

    def _saved(self) -> _Saved:
        segmenter = self.pkuseg_seg
        with tempfile.TemporaryDirectory() as folder:
            segmenter.feature_extractor.save(folder)
            segmenter.model.save(folder)
            features, weights = (Path(folder, name).read_bytes() for name in (FEATURES, WEIGHTS))
        merging = segmenter.postprocesser
        # Without word lists of a model, pkuseg has no attributes for them.
        lists = (sorted(getattr(merging, name, ())) for name in ("common_words", "other_words"))
        return _Saved(features, weights, list(_words_in(segmenter.preprocesser.trie)), merging.do_process, *lists)

    def _parts(self) -> Parts:
        import srsly

        saved = cache(lambda: None if self.pkuseg_seg is None else self._saved())
        read: dict[str, bytes] = {}

        def lists() -> Any:
            found = saved()
            return None if found is None else found[2:]

        def write_model(path: Path) -> None:
            if (found := saved()) is not None:
                path.mkdir(parents=True, exist_ok=True)
                (path / FEATURES).write_bytes(found.features)
                (path / WEIGHTS).write_bytes(found.weights)

        def read_model(path: Path) -> None:
            if self.segmenter == "pkuseg" and path.exists():
                _require_model(path)
                read.update(features=(path / FEATURES).read_bytes(), weights=(path / WEIGHTS).read_bytes())

        def write_lists(path: Path) -> None:
            if saved() is not None:
                srsly.write_msgpack(path, lists())

        def read_lists(path: Path) -> None:
            if read:
                load(path.read_bytes(), path)

        def load(data: bytes, what: object) -> None:
            with reading(what):
                lists = unpack(data, what)
                if read.get("features") and read.get("weights"):
                    self.pkuseg_seg = _segmenter(_Saved(read["features"], read["weights"], *lists), what)

        def model_file(name: str) -> Part:
            return Part(lambda: getattr(saved(), name, b""), lambda data: read.update({name: data}), None, None)

        return Parts(
            **super()._parts(),
            pkuseg_features=model_file("features"),
            pkuseg_weights=model_file("weights"),
            pkuseg_model=Part(None, None, write_model, read_model),
            pkuseg_processors=Part(
                to_bytes=lambda: srsly.msgpack_dumps(lists()),
                from_bytes=lambda data: load(data, "pkuseg_processors of the tokenizer"),
                to_disk=write_lists,
                from_disk=read_lists,
            ),
        )


def _pkuseg() -> Any:
    return needed("spacy_pkuseg", "Chinese", "spacy-pkuseg")


def _require_model(folder: Path) -> None:
    """Raise OSError E4511 if a folder lacks a file of a model."""
    if lacking := [name for name in (FEATURES, WEIGHTS) if not (folder / name).is_file()]:
        raise OSError(Errors.E4511.format(folder=str(folder), names=", ".join(lacking)))


def _segmenter(saved: _Saved, what: object) -> Any:
    """A segmenter of pkuseg from data. Only the two files are given to it, in a folder of their own.

    what    what ValueError E4010 names as damaged
    """
    package = _pkuseg()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, FEATURES).write_bytes(saved.features)
        Path(folder, WEIGHTS).write_bytes(saved.weights)
        try:
            segmenter = package.pkuseg(folder, user_dict=None)
        except Exception as error:  # NumPy, its archives, msgpack and pkuseg raise many types for altered files
            reason = f"its model cannot be read: {type(error).__name__}"
            raise ValueError(Errors.E4010.format(what=what, reason=reason)) from error
    segmenter.preprocesser = package.Preprocesser([(word, tag) for word, tag in saved.user_words])
    segmenter.postprocesser.do_process = saved.merges
    segmenter.postprocesser.common_words = set(saved.common_words)
    segmenter.postprocesser.other_words = set(saved.other_words)
    return segmenter


def _words_in(node: Any, begun: str = "") -> Iterator[tuple[str, str]]:
    """Words and tags below a node of pkuseg's trie."""
    for character, child in sorted(node.children.items()):
        yield from _words_in(child, begun + character)
    if node.isword:
        yield begun, node.usertag


def _unpickled(vocab: Vocab, segmenter: Segmenter, saved: _Saved | None) -> ChineseTokenizer:
    tokenizer = ChineseTokenizer(vocab, segmenter)
    if saved is not None:
        tokenizer.pkuseg_seg = _segmenter(saved, "pickle of the tokenizer")
    return tokenizer


@registry.tokenizers("spacy.zh.ChineseTokenizer")
def create_chinese_tokenizer(segmenter: Segmenter = "char") -> Callable[[Any], ChineseTokenizer]:
    """Makes the tokenizer of a pipeline."""
    return lambda nlp: ChineseTokenizer(nlp.vocab, segmenter)
