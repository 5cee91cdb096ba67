"""trainable_lemmatizer: the lemma of each token, by one of the edit trees that were seen in training.

A label is the number of an edit tree, which makes a lemma of a word form: "keep all but the last three characters,
which are 'ies', and put 'y' in their place".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.attrs import intify_attr
from tagma.errors import Errors
from tagma.gold.example import aligned_columns, validate_get_examples
from tagma.nn import Model
from tagma.nn.fusion import best_labels
from tagma.nn.types import ArrayList, Floats2d, Ints1d
from tagma.pipeline._edit_trees import EditTrees
from tagma.pipeline._token_loss import MISSING, flatten
from tagma.pipeline.factory import factory, maker
from tagma.pipeline.lemmatizer import lemmatizer_score
from tagma.pipeline.tagger import DEFAULT_MODEL, SAMPLE_SIZE, Tagger
from tagma.pipeline.trainable_pipe import OWN_SETTINGS
from tagma.tokens import Doc
from tagma.tokens.columns import gather, read, write
from tagma.util.paths import replace_file
from tagma.util.serialize import Part, Parts, reading
from tagma.vocab import Vocab

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.ty import Pipeline


@factory(
    "trainable_lemmatizer",
    default_config={"model": DEFAULT_MODEL},
    assigns=["token.lemma"],
    default_score_weights={"lemma_acc": 1.0},
    own_settings=OWN_SETTINGS,
)
class EditTreeLemmatizer(Tagger):
    """The lemma of each token, by the most probable edit tree that applies to its form.

    backoff            Attribute of the token that is its lemma where no tree applies; None leaves the token as it is.
    min_tree_freq      Trees that occur less often in the examples are no labels.
    overwrite          Also replace lemmas that are there already.
    top_k              How many of the most probable trees are tried.
    save_activations   As in `Tagger`: the probabilities, and the tree of each token (-1 if none applies).
    Raises ValueError: E4250 for an unknown backoff, E4022 for a `top_k` below 1.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: Model[list[Doc], list[Floats2d]],
        name: str = "trainable_lemmatizer",
        *,
        backoff: str | None = "orth",
        min_tree_freq: int = 3,
        overwrite: bool = False,
        top_k: int = 1,
        scorer: Callable[..., Any] | None = lemmatizer_score,
        save_activations: bool = False,
    ) -> None:
        if backoff is not None and intify_attr(backoff.upper()) is None:
            raise ValueError(Errors.E4250.format(backoff=backoff, name=name))
        if top_k < 1:
            raise ValueError(Errors.E4022.format(name=f"top_k of {name!r}", value=top_k, besides=""))
        super().__init__(vocab, model, name, scorer=scorer)
        self.backoff = backoff
        self.min_tree_freq = min_tree_freq
        self.overwrite = overwrite
        self.top_k = top_k
        self.trees: EditTrees = EditTrees(vocab)
        self.cfg: dict[str, Any] = {"labels": []}
        self.save_activations = save_activations

    @property
    def labels(self) -> tuple[int, ...]:  # type: ignore[override]  # numbers of trees
        """Numbers of edit trees, in the order of the model's output."""
        return tuple(self.cfg["labels"])

    @property
    def hide_labels(self) -> bool:
        """True: numbers say nothing without the trees."""
        return True

    _label_type = int

    def _fitting_outputs(self) -> tuple[int, ...]:
        return (len(self.labels),)

    @property
    def label_data(self) -> dict[str, Any]:
        """All nodes of the trees, with their texts, and the labels: what `initialize(labels=…)` takes."""
        return {"trees": self.trees.to_json(), "labels": self.labels}

    def add_label(self, label: str) -> int:
        """Raises NotImplementedError E931: trees come from examples."""
        raise NotImplementedError(Errors.E931.format(parent="EditTreeLemmatizer", method="add_label", name=self.name))

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Pipeline | None = None,
        labels: Mapping[str, Any] | None = None,  # type: ignore[override]  # trees and labels
        pipeline: object = None,
    ) -> None:
        """Set up the trees and the model.

        labels    As `label_data` gives them; without them, the trees that occur `min_tree_freq` times in the examples,
                  by first appearance.
        Raises TypeError E930 without examples, ValueError: E143 if none has lemmas, E4252 if all trees are too rare,
        E857 or E1026 for label data that lacks something or has a bad tree.
        """
        validate_get_examples(get_examples, "EditTreeLemmatizer.initialize")
        if labels is not None:
            self._set_labels(labels)
            sample = list(islice(get_examples(), SAMPLE_SIZE))
        else:
            sample = self._collect_labels(get_examples())
        self._require_labels()
        self._initialize_model(sample)

    def _set_labels(self, labels: Mapping[str, Any]) -> None:
        for key in ("labels", "trees"):
            if key not in labels:
                raise ValueError(Errors.E857.format(name=key))
        self.trees.from_json(labels["trees"])
        self.cfg["labels"] = list(labels["labels"])
        self._check_labels()

    def _collect_labels(self, examples: Iterable[Example]) -> list[Example]:
        """Add the trees of the references that are frequent enough; the first examples."""
        sample: list[Example] = []
        counts: dict[int, int] = {}
        pairs: dict[int, tuple[str, str]] = {}  # of each tree: one form and its lemma
        trees = EditTrees(Vocab())  # those that are too rare are kept out of the component's
        for example in examples:
            if len(sample) < SAMPLE_SIZE:
                sample.append(example)
            strings = example.reference.vocab.strings
            keys, _ = gather([example.reference], ["ORTH", "LEMMA"])
            forms, lemmas = np.ascontiguousarray(keys[keys[:, 1] != 0].T)
            found = trees.trees_of(forms, lemmas, strings, strings, add=True)
            for tree, form, lemma in zip(found.tolist(), forms.tolist(), lemmas.tolist(), strict=True):
                counts[tree] = counts.get(tree, 0) + 1
                if tree not in pairs:
                    pairs[tree] = (strings[form], strings[lemma])
        self._add_trees([pairs[tree] for tree, n in counts.items() if n >= self.min_tree_freq and tree < len(trees)])
        if counts and not self.labels:
            raise ValueError(Errors.E4252.format(min_tree_freq=self.min_tree_freq, name=self.name))
        return sample

    def _add_trees(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Make the trees of pairs of a form and a lemma labels, unless they are."""
        known = dict.fromkeys(self.cfg["labels"])
        known.update((self.trees.add(form, lemma), None) for form, lemma in pairs)
        if len(known) > len(self.cfg["labels"]):
            self._allow_extra_label()
        self.cfg["labels"] = list(known)

    def predict(self, docs: Iterable[Doc]) -> list[Ints1d]:
        """For each doc the number of each token's tree, -1 if none applies: int64 (n_tokens,)."""
        docs = list(docs)
        forms, lengths = gather(docs, ["ORTH"])
        if not len(forms):
            return ArrayList.from_flat(np.zeros(0, dtype="int64"), lengths)
        trees = np.asarray(self.labels, dtype="uint32")
        if self.top_k == 1 and not self.save_activations:
            guesses, _ = flatten(best_labels(self.model, docs))
            found = self.trees.applicable(trees[guesses], forms[:, 0].copy())
        else:
            scores = self.model.predict(docs)
            if self.save_activations:
                self._activations = (docs, scores)
            rows = self.model.ops.to_numpy(flatten(scores)[0])
            found = self.trees.best(np.ascontiguousarray(rows), trees, forms[:, 0].copy(), self.top_k)
        return ArrayList.from_flat(found, lengths)

    def _write_labels(self, docs: Sequence[Doc], ids: Ints1d) -> None:
        forms, _ = gather(docs, ["ORTH"])
        lemmas, found = self.trees.lemmas(np.asarray(self.model.ops.to_numpy(ids), dtype="int64"), forms[:, 0].copy())
        if not found.all():
            others = read(docs, "lemma")[0] if self.backoff is None else gather(docs, [self.backoff.upper()])[0][:, 0]
            lemmas = np.where(found, lemmas, others)
        write(docs, "lemma", lemmas, overwrite=self.overwrite)

    def _store_activations(self, docs: Sequence[Doc], batch_tree_ids: Sequence[Ints1d]) -> None:
        scores = self._scores_of(docs)
        for doc, rows, ids in zip(docs, scores, batch_tree_ids, strict=True):
            doc.activations[self.name] = {"probabilities": rows, "tree_ids": ids}

    def _gold(self, examples: Sequence[Example], check: bool = True) -> tuple[Any, Any]:
        """Gold columns of all predicted tokens, int64 (n,): MISSING without a lemma, 0 if its tree is no label."""
        (lemmas,) = aligned_columns(examples, ["LEMMA"])
        docs = [example.predicted for example in examples]
        forms, _ = gather(docs, ["ORTH"])
        strings = docs[0].vocab.strings, examples[0].reference.vocab.strings
        found = self.trees.trees_of(forms[:, 0].copy(), lemmas, *strings)
        # The last place stands for all trees that are not there.
        column_of = np.zeros(len(self.trees) + 1, dtype="int64")
        column_of[np.asarray(self.labels, dtype="int64")] = np.arange(len(self.labels))
        return np.where(lemmas == 0, MISSING, column_of[np.minimum(found, len(self.trees))]), None

    def _check_labels(self) -> None:
        """Raises ValueError E4251 if a label is no tree."""
        n_trees = len(self.trees)
        for label in self.cfg["labels"]:
            if not isinstance(label, int) or not 0 <= label < n_trees:
                raise ValueError(Errors.E4251.format(name=self.name, label=label, n_trees=n_trees))

    def _parts(self, exclude: Iterable[str]) -> Parts:
        parts = super()._parts(exclude)
        parts["trees"] = Part(
            to_bytes=self.trees.to_bytes,
            from_bytes=lambda data: self._read_trees(data, f"edit trees of {self.name!r}"),
            to_disk=self._save_trees,
            from_disk=lambda path: self._read_trees(path.read_bytes(), path),
        )
        return parts

    def _save_trees(self, path: Path) -> None:
        with replace_file(path) as part:
            part.write_bytes(self.trees.to_bytes())

    def _read_trees(self, data: bytes, what: object) -> None:
        with reading(what):
            self.trees.from_bytes(data, what)
            self._check_labels()


make_edit_tree_lemmatizer: Callable[..., EditTreeLemmatizer] = maker(EditTreeLemmatizer)
