"""morphologizer: morphological features and coarse part of speech of each token, as one label.

A label is a FEATS string in normal form, with the part of speech as the feature POS: "Case=Nom|Number=Sing|POS=NOUN".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.errors import Errors
from tagma.gold.example import aligned_columns, validate_get_examples
from tagma.morphology import Morphology
from tagma.nn import Model
from tagma.nn.types import Floats2d, Ints1d
from tagma.parts_of_speech import IDS as PARTS_OF_SPEECH
from tagma.parts_of_speech import NAMES as POS_NAMES
from tagma.pipeline._token_loss import MISSING
from tagma.pipeline.factory import factory, maker, scorer
from tagma.pipeline.tagger import SAMPLE_SIZE, Tagger
from tagma.pipeline.trainable_pipe import OWN_LABELLED_SETTINGS
from tagma.scorer import Scorer, attribute_key
from tagma.tokens.columns import read, write
from tagma.util.serialize import reading

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.tokens import Doc
    from tagma.ty import Pipeline
    from tagma.vocab import Vocab

DEFAULT_MODEL = {
    "@architectures": "spacy.Tagger.v2",
    "tok2vec": {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.CharacterEmbed.v2",
            "width": 128,
            "rows": 7000,
            "nM": 64,
            "nC": 8,
            "include_static_vectors": False,
        },
        "encode": {
            "@architectures": "spacy.MaxoutWindowEncoder.v2",
            "width": 128,
            "depth": 4,
            "window_size": 1,
            "maxout_pieces": 3,
        },
    },
}
POS_FEATURE = "POS"


@scorer("spacy.morphologizer_scorer.v1")
def morphologizer_score(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """pos_acc, morph_acc, and precision, recall and F of the single features: morph_micro_p/r/f, morph_per_feat."""
    examples = list(examples)
    settings = {"getter": attribute_key, **kwargs}
    return {
        **Scorer.score_token_attr(examples, "pos", **kwargs),
        **Scorer.score_token_attr(examples, "morph", **settings),
        **Scorer.score_token_attr_per_feat(examples, "morph", **settings),
    }


@factory(
    "morphologizer",
    default_config={"model": DEFAULT_MODEL},
    assigns=["token.morph", "token.pos"],
    default_score_weights={"pos_acc": 0.5, "morph_acc": 0.5, "morph_per_feat": None},
    own_settings=OWN_LABELLED_SETTINGS,
)
class Morphologizer(Tagger):
    """Features and part of speech of each token.

    overwrite          Also replace what is there already.
    extend             Keep features that are there and that the prediction does not have; where both have a feature,
                       `overwrite` says whether the predicted value wins.
    label_smoothing, save_activations    As in `Tagger`.
    labels             Combinations to begin with, as FEATS: "POS=NOUN|Number=Plur".
    """

    def __init__(
        self,
        vocab: Vocab,
        model: Model[list[Doc], list[Floats2d]],
        name: str = "morphologizer",
        *,
        overwrite: bool = True,
        extend: bool = False,
        scorer: Callable[..., Any] | None = morphologizer_score,
        label_smoothing: float = 0.0,
        save_activations: bool = False,
        labels: Iterable[str] = (),
    ) -> None:
        super().__init__(vocab, model, name, overwrite=overwrite, label_smoothing=label_smoothing, scorer=scorer)
        self.cfg: dict[str, Any] = {
            "extend": extend,
            "label_smoothing": label_smoothing,
            "labels_morph": {},
            "labels_pos": {},
            "overwrite": overwrite,
        }
        self.save_activations = save_activations
        # Column of each (morph, pos) of the gold seen so far, valid for the labels they were found with.
        self._columns: tuple[tuple[str, ...], dict[tuple[int, int], int]] = ((), {})
        self._arrays: tuple[Any, Any, np.ndarray[Any, Any], np.ndarray[Any, Any]] | None = None
        for label in labels:
            self.add_label(label)

    @property
    def labels(self) -> tuple[str, ...]:
        """FEATS strings, in the order of the model's output."""
        return tuple(self.cfg["labels_morph"])

    @property
    def label_data(self) -> dict[str, dict[str, Any]]:
        """For each label its features, and its part of speech: what `initialize(labels=…)` takes."""
        return {"morph": self.cfg["labels_morph"], "pos": self.cfg["labels_pos"]}

    def _set_cfg(self, load: Callable[[], dict[str, Any]], what: object) -> None:
        super()._set_cfg(load, what)
        with reading(what):
            feats, parts = self.cfg["labels_morph"], self.cfg["labels_pos"]
            if feats.keys() != parts.keys() or not set(parts.values()) <= set(PARTS_OF_SPEECH.values()):
                raise ValueError("labels_morph and labels_pos are not those of the same labels")
            for value in feats.values():
                Morphology.feats_to_dict(value)

    def add_label(self, label: str) -> int:
        """Add a FEATS string, brought to normal form: 1 if it is new, 0 if not.

        Raises ValueError: E187 if it is no string, E1021 if its POS is none, E922 if the model already has its size.
        """
        if not self._is_new(label, self.cfg["labels_morph"]):
            return 0
        feats = Morphology.feats_to_dict(label)
        normal = self._normalize(feats)
        if normal in self.cfg["labels_morph"]:
            return 0
        pos = feats.pop(POS_FEATURE, "")
        if pos not in PARTS_OF_SPEECH:
            raise ValueError(Errors.E1021.format(pp=pos, all=", ".join(filter(None, PARTS_OF_SPEECH))))
        self.cfg["labels_morph"][normal] = self._normalize(feats)
        self.cfg["labels_pos"][normal] = PARTS_OF_SPEECH[pos]
        return 1

    def _normalize(self, feats: dict[str, str]) -> str:
        return self.vocab.strings[self.vocab.morphology.add(feats)]

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Pipeline | None = None,
        labels: dict[str, dict[str, Any]] | None = None,  # type: ignore[override]  # with features
        pipeline: object = None,
    ) -> None:
        """Set up the labels and the model.

        labels    As `label_data` gives them; without them, all combinations of the examples, by first appearance.
        Raises TypeError E930 without examples, ValueError E143 if no example has features or parts of speech.
        """
        validate_get_examples(get_examples, "Morphologizer.initialize")
        if labels is not None:
            self.cfg["labels_morph"] = dict(labels["morph"])
            self.cfg["labels_pos"] = {label: int(pos) for label, pos in labels["pos"].items()}
            sample = list(islice(get_examples(), SAMPLE_SIZE))
        else:
            sample = self._collect_labels(get_examples())
        self._require_labels()
        for label in self.labels:
            self.vocab.strings.add(label, allow_transient=False)
        self._initialize_model(sample)

    def _collect_labels(self, examples: Iterable[Example]) -> list[Example]:
        sample: list[Example] = []
        seen: set[tuple[int, int]] = {(0, 0)}
        for example in examples:
            if len(sample) < SAMPLE_SIZE:
                sample.append(example)
            docs = [example.reference]
            pairs = zip(read(docs, "morph")[0].tolist(), read(docs, "pos")[0].tolist(), strict=True)
            for morph, pos in dict.fromkeys(pairs):
                if (morph, pos) in seen:
                    continue
                seen.add((morph, pos))
                label, features = self._label_of(example.reference.vocab.strings, morph, pos)
                if label not in self.cfg["labels_morph"]:
                    self.cfg["labels_morph"][label] = features
                    self.cfg["labels_pos"][label] = pos
        return sample

    def _label_of(self, strings: Any, morph: int, pos: int) -> tuple[str, str]:
        """The label for a hash of features and a part of speech, and the features without it, "" for none."""
        features = strings[morph] if morph else ""
        if features == Morphology.EMPTY_MORPH:
            features = ""
        feats = Morphology.feats_to_dict(features)
        if pos:
            feats[POS_FEATURE] = POS_NAMES[pos]
        return self._normalize(feats), features

    def _write_labels(self, docs: Sequence[Doc], ids: Ints1d) -> None:
        morph_of, pos_of = self._label_arrays()
        morphs, parts = morph_of[ids], pos_of[ids]
        overwrite = self.cfg["overwrite"]
        if self.cfg["extend"]:
            morphs = self._extended(read(docs, "morph")[0], morphs, overwrite)
            write(docs, "morph", morphs, overwrite=True)
        else:
            write(docs, "morph", morphs, overwrite=overwrite)
        write(docs, "pos", parts, overwrite=overwrite)

    def _label_arrays(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Hash of the features, uint64, and part of speech, uint8, of each label; made again when labels change."""
        labels = (*self.cfg["labels_morph"].items(), *self.cfg["labels_pos"].items())
        if self._arrays is None or self._arrays[0] is not self.vocab or self._arrays[1] != labels:
            add = self.vocab.morphology.add
            morphs = np.asarray([add(features) for features in self.cfg["labels_morph"].values()], dtype="uint64")
            parts = np.asarray([self.cfg["labels_pos"][label] for label in self.labels], dtype="uint8")
            self._arrays = (self.vocab, labels, morphs, parts)
        return self._arrays[2:]

    def _extended(
        self, existing: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any], overwrite: bool
    ) -> np.ndarray[Any, Any]:
        """Hashes of both analyses together, uint64 (n,). Each pair that occurs is put together once."""
        pairs, place = np.unique(np.stack([existing, predicted], axis=1), axis=0, return_inverse=True)
        strings, morphology = self.vocab.strings, self.vocab.morphology
        merged = []
        for old, new in pairs.tolist():
            if not old:
                merged.append(new)
                continue
            weak, strong = (old, new) if overwrite else (new, old)
            feats = Morphology.feats_to_dict(strings[weak])
            feats.update(Morphology.feats_to_dict(strings[strong]))
            merged.append(morphology.add(feats))
        return np.asarray(merged, dtype="uint64")[place.reshape(-1)]

    def _gold(self, examples: Sequence[Example], check: bool = True) -> tuple[Any, Any]:
        """Gold columns of all predicted tokens, int64 (n,): MISSING without features and part of speech, or if the
        combination is no label.
        """
        morphs, parts = aligned_columns(examples, ["MORPH", "POS"])
        labels = self.labels
        if self._columns[0] != labels:
            self._columns = (labels, {(0, 0): MISSING})
        known = self._columns[1]
        column_of = {label: i for i, label in enumerate(labels)} if labels else {}
        strings = examples[0].reference.vocab.strings
        # Few combinations occur: each is looked up once per batch.
        unique, place = np.unique(morphs, return_inverse=True)
        codes, code_place = np.unique(place.reshape(-1) * 256 + parts.astype("int64"), return_inverse=True)
        columns = np.empty(len(codes), dtype="int64")
        for i, code in enumerate(codes.tolist()):
            pair = (int(unique[code // 256]), code % 256)
            if pair not in known:
                known[pair] = column_of.get(self._label_of(strings, *pair)[0], MISSING)
            columns[i] = known[pair]
        return columns[code_place.reshape(-1)], None


@factory(
    "ja.morphologizer",
    default_config={"model": DEFAULT_MODEL, "extend": True},
    assigns=["token.morph", "token.pos"],
    default_score_weights={"pos_acc": 0.5, "morph_micro_f": 0.5, "morph_per_feat": None},
    own_settings=OWN_LABELLED_SETTINGS,
)
class JapaneseMorphologizer(Morphologizer):
    """The morphologizer of Japanese pipelines: features that the tokenizer sets, such as Reading, are kept."""


make_morphologizer: Callable[..., Morphologizer] = maker(Morphologizer)
make_morphologizer_scorer: Callable[[], Callable[..., dict[str, Any]]] = maker(morphologizer_score)
