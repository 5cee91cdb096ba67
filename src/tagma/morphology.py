"""Morphological features: the string `Case=Nom|Number=Sing`, brought into one normal form and kept by its key."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from tagma.attrs import IDS
from tagma.errors import Errors, Warnings
from tagma.strings import StringStore

_EMPTY = "_"


class Morphology:
    """Feature strings of a vocabulary. The normal form has fields and values sorted; "_" stands for no features."""

    FEATURE_SEP = "|"
    FIELD_SEP = "="
    VALUE_SEP = ","
    EMPTY_MORPH = _EMPTY

    def __init__(self, strings: StringStore) -> None:
        self.strings = strings
        self._normal: set[int] = set()  # keys of texts that are known to be in normal form

    @property
    def mem(self) -> StringStore:
        """What owns the memory: an opaque object."""
        return self.strings

    def is_normal(self, key: int) -> bool:
        """Whether a key is that of a feature string in normal form; ValueError E4013 for what is no feature string."""
        if key not in self._normal and key in self.strings:
            text = self.strings[key]
            if self.normalize_features(text) == text:
                self._normal.add(key)
        return key in self._normal

    def __reduce__(self) -> tuple[Any, ...]:
        return (Morphology, (self.strings,))

    def add(self, features: str | Mapping[str, str] | int) -> int:
        """Key of the normal form of features (string, dict, or key of such a string); other types warn W100."""
        if isinstance(features, str):
            if features in ("", _EMPTY):
                return self.strings.add(_EMPTY, allow_transient=False)
            return self.strings.add(self.normalize_features(features), allow_transient=False)
        if isinstance(features, Mapping):
            return self.strings.add(self.normalize_features(features), allow_transient=False)
        if isinstance(features, int) and features in self.strings:
            return self.add(self.strings[features])
        warnings.warn(Warnings.W100.format(feature=features), stacklevel=2)
        return self.strings.add(_EMPTY, allow_transient=False)

    def normalize_features(self, features: str | Mapping[str, str]) -> str:
        """The normal form, "_" for no features; ValueError E4013 where a feature is not `Field=Value`."""
        if isinstance(features, str) and features in ("", _EMPTY):
            return _EMPTY
        pairs = features if isinstance(features, Mapping) else self.feats_to_dict(features)
        return self.dict_to_feats(pairs) or _EMPTY

    def normalize_attrs(self, attrs: Mapping[Any, Any]) -> dict[Any, Any]:
        """The attributes with the names of token attributes turned into ids."""
        return {IDS.get(key.upper(), key) if isinstance(key, str) else key: value for key, value in attrs.items()}

    def get(self, morph: int) -> str:
        """Feature string of a key, "" for no features and for keys without a text."""
        if not morph or morph not in self.strings:
            return ""
        text = self.strings[morph]
        return "" if text == _EMPTY else text

    @staticmethod
    def feats_to_dict(feats: str, *, sort_values: bool = True) -> dict[str, str]:
        """`"A=b|C=e,d"` as `{"A": "b", "C": "d,e"}`; ValueError E4013 where a feature is not `Field=Value`."""
        if not feats or feats == _EMPTY:
            return {}
        out = {}
        for feature in feats.split("|"):
            parts = feature.split("=")
            if len(parts) != 2:
                raise ValueError(Errors.E4013.format(feature=feature, feats=feats))
            out[parts[0]] = ",".join(sorted(parts[1].split(","))) if sort_values else parts[1]
        return out

    @staticmethod
    def list_to_feats(feats_list: list[str]) -> str:
        """`["A=b", "A=c"]` as `"A=b,c"`."""
        values: dict[str, list[str]] = {}
        for feature in feats_list:
            field, _, value = feature.partition("=")
            values.setdefault(field, []).append(value)
        return Morphology.dict_to_feats({field: ",".join(items) for field, items in values.items()})

    @staticmethod
    def dict_to_feats(feats_dict: Mapping[str, str]) -> str:
        """`{"C": "e,d", "A": "b"}` as `"A=b|C=d,e"`."""
        return "|".join(
            f"{field}={','.join(sorted(value.split(',')))}" for field, value in sorted(feats_dict.items()) if field
        )


class HasMorphology(Protocol):
    """What an analysis asks of its vocabulary."""

    morphology: Morphology

    @property
    def strings(self) -> StringStore: ...


class MorphAnalysis:
    """The features of a token. `analysis.get("Case")` gives the list of values, `str(analysis)` the feature string."""

    __slots__ = ("key", "vocab")

    key: int
    vocab: HasMorphology

    def __init__(self, vocab: HasMorphology, features: str | Mapping[str, str] = "") -> None:
        self.vocab = vocab
        self.key = vocab.morphology.add(features)

    @classmethod
    def from_id(cls, vocab: HasMorphology, key: int) -> MorphAnalysis:
        """Analysis of a key that the vocabulary's morphology gave out."""
        self = cls.__new__(cls)
        self.vocab = vocab
        self.key = key
        return self

    def to_dict(self) -> dict[str, str]:
        """Values by field."""
        return Morphology.feats_to_dict(str(self))

    def to_json(self) -> str:
        """The feature string."""
        return str(self)

    def get(self, field: str, default: list[str] | None = None) -> list[str]:
        """Values of a field, `default` (or []) where it is absent."""
        value = self.to_dict().get(field)
        return value.split(",") if value is not None else ([] if default is None else default)

    def __contains__(self, feature: str) -> bool:
        return feature in list(self)

    def __iter__(self) -> Iterator[str]:
        return iter([f"{field}={value}" for field, values in self.to_dict().items() for value in values.split(",")])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            raise ValueError(Errors.E977)
        return isinstance(other, MorphAnalysis) and self.key == other.key

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __str__(self) -> str:
        return self.vocab.morphology.get(self.key)

    def __repr__(self) -> str:
        return str(self)
