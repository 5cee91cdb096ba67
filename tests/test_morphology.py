"""Morphological features and their normal form."""

import pytest

from tagma.morphology import MorphAnalysis, Morphology
from tagma.strings import StringStore
from tagma.vocab import Vocab


@pytest.mark.parametrize(
    ("features", "normal"),
    [
        ("B=c|A=b,a", "A=a,b|B=c"),
        ("", "_"),
        ("_", "_"),
        ({"Z": "1", "a": "x,b"}, "Z=1|a=b,x"),
        ({}, "_"),
        ("A=x|A=y", "A=y"),
    ],
)
def test_normal_form(features: str | dict[str, str], normal: str) -> None:
    """Fields and values are sorted; nothing is "_"; the key is that of the normal form."""
    strings = StringStore()
    key = Morphology(strings).add(features)
    assert strings[key] == normal
    assert Morphology(strings).get(key) == normal.replace("_", "")


@pytest.mark.parametrize("features", ["junk", "a=b=c", "A=b|junk"])
def test_malformed_features(features: str) -> None:
    """What is not Field=Value is ValueError E4013."""
    with pytest.raises(ValueError, match="E4013"):
        Morphology(StringStore()).add(features)


def test_other_types_warn() -> None:
    """Unsupported types warn W100 and count as no features."""
    morphology = Morphology(StringStore())
    with pytest.warns(UserWarning, match="W100"):
        assert morphology.strings[morphology.add(["a"])] == "_"  # type: ignore[arg-type]


def test_analysis() -> None:
    """An analysis lists, counts and finds features, and compares by key."""
    vocab = Vocab()
    analysis = MorphAnalysis(vocab, "B=c|A=b,a")
    assert (str(analysis), analysis.to_json(), list(analysis)) == ("A=a,b|B=c", "A=a,b|B=c", ["A=a", "A=b", "B=c"])
    assert (analysis.get("A"), analysis.get("Q"), analysis.get("Q", default=["x"])) == (["a", "b"], [], ["x"])
    assert "A=a" in analysis
    assert "A" not in analysis
    assert analysis == MorphAnalysis(vocab, "A=a,b|B=c") == MorphAnalysis.from_id(vocab, analysis.key)
    assert len(MorphAnalysis(vocab, "")) == 0
    with pytest.raises(ValueError, match="E977"):
        analysis == "A=a"  # noqa: B015


def test_normal_form_is_known() -> None:
    """A key is that of a text in normal form, or of another one, or of none (E4013)."""
    morphology = Vocab().morphology
    assert morphology.mem is not None
    assert morphology.is_normal(morphology.add("B=1|A=2"))
    assert not morphology.is_normal(morphology.strings.add("B=1|A=2"))
    with pytest.raises(ValueError, match="E4013"):
        morphology.is_normal(morphology.strings.add("none"))
