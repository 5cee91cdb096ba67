"""The architectures whose graphs spaCy has printed into tests/data/spacy/graphs.json, and the printer."""

from __future__ import annotations

from typing import Any

from tagma.nn import Model
from tagma.registry import registry

CNN: dict[str, Any] = {
    "width": 8,
    "depth": 2,
    "embed_size": 40,
    "window_size": 1,
    "maxout_pieces": 3,
    "subword_features": True,
    "pretrained_vectors": None,
}


def arch(name: str, *args: Any, **kwargs: Any) -> Model[Any, Any]:
    """An architecture by name."""
    return registry.get("architectures", f"spacy.{name}")(*args, **kwargs)


def layer(name: str, *args: Any, **kwargs: Any) -> Model[Any, Any]:
    """A layer by name."""
    return registry.get("layers", f"spacy.{name}")(*args, **kwargs)


def embed(version: str = "v2", vectors: bool = False, rows: tuple[int, ...] = (40, 20)) -> Model[Any, Any]:
    """Hashed NORM and SHAPE."""
    attrs = ["NORM", "SHAPE"][: len(rows)]
    return arch(f"MultiHashEmbed.{version}", width=8, attrs=attrs, rows=list(rows), include_static_vectors=vectors)


def chars(version: str = "v2", vectors: bool = False) -> Model[Any, Any]:
    """Five bytes a word."""
    return arch(f"CharacterEmbed.{version}", width=8, rows=40, nM=4, nC=5, include_static_vectors=vectors)


def maxout(version: str = "v2", depth: int = 2, window_size: int = 1) -> Model[Any, Any]:
    """Maxout encoder."""
    return arch(
        f"MaxoutWindowEncoder.{version}", width=8, window_size=window_size, maxout_pieces=3, depth=depth
    )


def mish(version: str = "v2") -> Model[Any, Any]:
    """Mish encoder."""
    return arch(f"MishWindowEncoder.{version}", width=8, window_size=1, depth=2)


def cnn(version: str = "v2", **changes: Any) -> Model[Any, Any]:
    """The standard network, small."""
    return arch(f"HashEmbedCNN.{version}", **{**CNN, **changes})


def listener() -> Model[Any, Any]:
    """A listener of width 8."""
    return arch("Tok2VecListener.v1", width=8)


GRAPHS = {
    "MultiHashEmbed.v2": lambda: embed(),
    "MultiHashEmbed.v2 one table": lambda: embed(rows=(40,)),
    "MultiHashEmbed.v2 vectors": lambda: embed(vectors=True),
    "MultiHashEmbed.v1": lambda: embed("v1"),
    "MultiHashEmbed.v1 vectors": lambda: embed("v1", vectors=True),
    "CharacterEmbed.v2": lambda: chars(),
    "CharacterEmbed.v2 vectors": lambda: chars(vectors=True),
    "CharacterEmbed.v1": lambda: chars("v1"),
    "CharacterEmbed.v1 vectors": lambda: chars("v1", vectors=True),
    "MaxoutWindowEncoder.v2": lambda: maxout(),
    "MaxoutWindowEncoder.v2 depth 1": lambda: maxout(depth=1, window_size=2),
    "MaxoutWindowEncoder.v1": lambda: maxout("v1"),
    "MishWindowEncoder.v2": lambda: mish(),
    "MishWindowEncoder.v1": lambda: mish("v1"),
    "HashEmbedCNN.v2": lambda: cnn(depth=4),
    "HashEmbedCNN.v2 words only": lambda: cnn(subword_features=False, maxout_pieces=1),
    "HashEmbedCNN.v2 vectors": lambda: cnn(pretrained_vectors=True),
    "HashEmbedCNN.v1": lambda: cnn("v1"),
    "Tok2Vec.v2": lambda: arch("Tok2Vec.v2", embed(), maxout()),
    "Tok2Vec.v2 mish": lambda: arch("Tok2Vec.v2", embed(), mish()),
    "Tok2Vec.v1": lambda: arch("Tok2Vec.v1", embed("v1"), maxout("v1")),
    "Tok2Vec.v1 mish": lambda: arch("Tok2Vec.v1", embed("v1"), mish("v1")),
    "Tok2VecListener.v1": lambda: listener(),
    "Tagger.v2": lambda: arch("Tagger.v2", listener(), nO=5),
    "Tagger.v2 cnn": lambda: arch("Tagger.v2", cnn()),
    "Tagger.v1": lambda: arch("Tagger.v1", listener()),
    "FeatureExtractor.v1": lambda: layer("FeatureExtractor.v1", ["NORM", "SHAPE"]),
    "CharEmbed.v1": lambda: layer("CharEmbed.v1", nM=4, nC=5),
    "StaticVectors.v2": lambda: layer("StaticVectors.v2"),
}

MODELS = {
    "Tagger.v2 cnn": lambda: arch("Tagger.v2", cnn(), nO=5),
    "Tagger.v1 cnn.v1": lambda: arch("Tagger.v1", cnn("v1"), nO=5),
    "Tagger.v2 normalize": lambda: arch(
        "Tagger.v2", cnn(subword_features=False, maxout_pieces=1, depth=1, window_size=2), nO=5, normalize=True
    ),
    "Tok2Vec.v2 characters": lambda: arch("Tok2Vec.v2", chars(), maxout()),
    "Tok2Vec.v2 mish": lambda: arch("Tok2Vec.v2", embed(), mish()),
    "Tok2Vec.v1": lambda: arch("Tok2Vec.v1", embed("v1"), maxout("v1")),
    "Tok2Vec.v1 mish": lambda: arch("Tok2Vec.v1", embed("v1"), mish("v1")),
    "HashEmbedCNN.v2 vectors": lambda: cnn(pretrained_vectors=True),
    "HashEmbedCNN.v1 vectors": lambda: cnn("v1", pretrained_vectors=True),
}


def graph(model: Model[Any, Any]) -> list[dict[str, Any]]:
    """All nodes, breadth-first, as JSON has them."""
    nodes = list(model.walk())
    place = {node.id: i for i, node in enumerate(nodes)}
    return [
        {
            "name": node.name,
            "dims": {name: node.maybe_get_dim(name) for name in node.dim_names},
            "params": {name: None for name in node.param_names},
            "attrs": {name: _plain(value) for name, value in node.attrs.items()},
            "refs": {name: place[node.get_ref(name).id] for name in node.ref_names},
            "layers": [place[child.id] for child in node.layers],
        }
        for node in nodes
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, bool | int | float | str | None) else type(value).__name__
