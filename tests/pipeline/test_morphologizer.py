"""morphologizer: combined labels, annotation with overwrite and extend."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tagma.gold.example import Example
from tagma.pipeline import Morphologizer
from tagma.tokens import Doc
from tagma.vocab import Vocab


@pytest.fixture
def morphologizer(vocab: Vocab, tagger_model: Any, examples: list[Example]) -> Morphologizer:
    """A morphologizer, initialized."""
    pipe = Morphologizer(vocab, tagger_model())
    pipe.initialize(lambda: examples)
    return pipe


def test_labels_by_first_appearance(morphologizer: Morphologizer) -> None:
    """Labels are normal FEATS strings with POS, in the order in which the corpus has them."""
    assert morphologizer.labels[:4] == (
        "Case=Nom|Number=Sing|POS=PRON",
        "POS=VERB|Tense=Pres",
        "POS=ADJ",
        "Number=Plur|POS=NOUN",
    )


def test_cfg_is_spacys(morphologizer: Morphologizer) -> None:
    """Keys and values are spaCy's: features without POS, parts of speech as ids."""
    assert list(morphologizer.cfg) == ["extend", "label_smoothing", "labels_morph", "labels_pos", "overwrite"]
    assert morphologizer.cfg["labels_morph"]["POS=VERB|Tense=Pres"] == "Tense=Pres"
    assert morphologizer.cfg["labels_pos"]["POS=VERB|Tense=Pres"] == 100
    assert morphologizer.cfg["labels_morph"]["POS=ADJ"] == ""
    assert morphologizer.label_data == {
        "morph": morphologizer.cfg["labels_morph"],
        "pos": morphologizer.cfg["labels_pos"],
    }


def test_label_data_initializes(
    morphologizer: Morphologizer, vocab: Vocab, tagger_model: Any, examples: list[Example]
) -> None:
    """label_data, given to another component, gives the same labels."""
    other = Morphologizer(vocab, tagger_model())
    other.initialize(lambda: examples, labels=morphologizer.label_data)
    assert other.cfg == morphologizer.cfg


def test_only_one_of_both(vocab: Vocab, tagger_model: Any, example_of: Any) -> None:
    """A token with only features, or only a part of speech, has a label; one with neither has none."""
    pipe = Morphologizer(vocab, tagger_model())
    batch = [example_of(["a"], pos=["NOUN"]), example_of(["b"], morphs=["A=b"]), example_of(["c"])]
    pipe.initialize(lambda: batch)
    assert pipe.labels == ("POS=NOUN", "A=b")
    scores = [np.full((1, 2), 0.5, dtype="f")] * 3
    loss, d_scores = pipe.get_loss(batch, scores)
    assert [d.tolist() for d in d_scores] == [[[-0.5, 0.5]], [[0.5, -0.5]], [[0.0, 0.0]]]
    assert loss == pytest.approx(1.0)


def test_unseen_combination_is_missing(morphologizer: Morphologizer, example_of: Any) -> None:
    """A gold combination that is no label gives no gradient."""
    batch = [example_of(["a"], pos=["NOUN"], morphs=["Case=Dat"])]
    scores = [np.full((1, len(morphologizer.labels)), 0.1, dtype="f")]
    loss, d_scores = morphologizer.get_loss(batch, scores)
    assert loss == 0.0
    assert not d_scores[0].any()


def test_new_labels_are_seen(vocab: Vocab, tagger_model: Any, example_of: Any) -> None:
    """What was no label once is found after labels were added."""
    pipe = Morphologizer(vocab, tagger_model())
    pipe.add_label("POS=NOUN")
    batch = [example_of(["a"], pos=["VERB"])]
    assert pipe.get_loss(batch, [np.full((1, 1), 1.0, dtype="f")])[0] == 0.0
    pipe.add_label("POS=VERB")
    assert pipe.get_loss(batch, [np.full((1, 2), 0.5, dtype="f")])[0] == pytest.approx(0.5)


def test_add_label_normalizes(vocab: Vocab, tagger_model: Any) -> None:
    """Order of features does not make another label; features without POS are kept beside it."""
    pipe = Morphologizer(vocab, tagger_model())
    assert pipe.add_label("Number=Sing|POS=NOUN|Case=Nom") == 1
    assert pipe.add_label("Case=Nom|Number=Sing|POS=NOUN") == 0
    assert pipe.add_label("POS=NOUN|Case=Nom|Number=Sing") == 0
    assert pipe.labels == ("Case=Nom|Number=Sing|POS=NOUN",)
    assert pipe.cfg["labels_morph"] == {"Case=Nom|Number=Sing|POS=NOUN": "Case=Nom|Number=Sing"}
    assert pipe.cfg["labels_pos"] == {"Case=Nom|Number=Sing|POS=NOUN": 92}


def test_unknown_part_of_speech(vocab: Vocab, tagger_model: Any) -> None:
    """A label whose POS is no part of speech is refused, by name."""
    with pytest.raises(ValueError, match=r"E1021.*NOUNN"):
        Morphologizer(vocab, tagger_model()).add_label("POS=NOUNN")


@pytest.mark.parametrize(
    ("overwrite", "extend", "morph", "pos"),
    [
        (False, False, "Case=Acc|Foo=x", "VERB"),
        (True, False, "Case=Nom|Number=Sing", "PRON"),
        (False, True, "Case=Acc|Foo=x|Number=Sing", "VERB"),
        (True, True, "Case=Nom|Foo=x|Number=Sing", "PRON"),
    ],
)
def test_overwrite_and_extend(
    morphologizer: Morphologizer, vocab: Vocab, overwrite: bool, extend: bool, morph: str, pos: str
) -> None:
    """What is there is kept, replaced or merged, as the two settings say; what is not there is always set."""
    morphologizer.cfg.update(overwrite=overwrite, extend=extend)
    docs = [Doc(vocab, words=["a", "b"], pos=["VERB", ""], morphs=["Case=Acc|Foo=x", ""])]
    fresh = Doc(vocab, words=["c"])
    morphologizer.set_annotations([*docs, fresh], [np.asarray([0, 0]), np.asarray([1])])
    assert (str(docs[0][0].morph), docs[0][0].pos_) == (morph, pos)
    # Features that are set, but to none, are there.
    assert str(docs[0][1].morph) == ("Case=Nom|Number=Sing" if overwrite or extend else "")
    assert docs[0][1].pos_ == "PRON"
    assert (str(fresh[0].morph), fresh[0].pos_) == ("Tense=Pres", "VERB")


def test_no_annotation(vocab: Vocab, tagger_model: Any, example_of: Any) -> None:
    """A corpus with neither features nor parts of speech is refused, and the error names the component."""
    with pytest.raises(ValueError, match=r"E143.*morphologizer"):
        Morphologizer(vocab, tagger_model()).initialize(lambda: [example_of(["a", "b"])])


def test_labels_outlive_a_memory_zone(morphologizer: Morphologizer, vocab: Vocab) -> None:
    """Features that were first written within a memory zone are known after it."""
    with vocab.memory_zone():
        list(morphologizer.pipe([Doc(vocab, words=["a"])]))
    for doc in morphologizer.pipe([Doc(vocab, words=["a"])]):
        assert str(doc[0].morph) == morphologizer.cfg["labels_morph"][morphologizer.labels[0]]
