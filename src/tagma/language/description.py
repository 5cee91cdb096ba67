"""What a pipeline says of itself: meta, config, labels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tagma import about
from tagma.errors import Errors
from tagma.ty import Labels
from tagma.util.frozen import SimpleFrozenDict

if TYPE_CHECKING:
    from tagma.nn.config import Config
    from tagma.ty import Pipeline

__all__ = ["combine_score_weights", "config_of", "config_to_save", "labels_of", "meta_of"]

# Settings of [training] that spaCy does not know: they are of a run, and no part of a saved pipeline.
OWN_TRAINING_SETTINGS = ("rehearse", "rehearse_weight")
EMPTY = ("description", "author", "email", "url", "license", "spacy_git_version")


def meta_of(nlp: Pipeline, meta: dict[str, Any]) -> dict[str, Any]:
    """`meta` with what follows from the state of the pipeline."""
    version = about.__spacy_version__
    major, minor, *_ = version.split(".")
    meta["lang"] = nlp.vocab.lang or nlp.lang
    meta.setdefault("name", "pipeline")
    meta.setdefault("version", "0.0.0")
    meta.setdefault("spacy_version", f">={version},<{major}.{int(minor) + 1}.0")
    for key in EMPTY:
        meta.setdefault(key, "")
    meta["tagma_version"] = about.__version__
    meta["vectors"] = _vectors(nlp.vocab.vectors, nlp.vocab.vectors_length)
    meta["labels"] = labels_of(nlp)
    meta["pipeline"] = list(nlp.pipe_names)
    meta["components"] = list(nlp.component_names)
    meta["disabled"] = list(nlp.disabled)
    return meta


def _vectors(vectors: Any, width: int) -> dict[str, Any]:
    """Of a table of vectors, which may be a user's own."""
    mode = getattr(vectors, "mode", None)
    return {
        "width": width,
        "vectors": len(vectors),
        "keys": getattr(vectors, "n_keys", -1),
        "name": getattr(vectors, "name", None),
        "mode": getattr(mode, "value", mode),
    }


def labels_of(nlp: Pipeline) -> dict[str, list[str]]:
    """{component: its labels}, without those whose labels are internal."""
    return {
        name: list(proc.labels)
        for name, proc in nlp.components
        if isinstance(proc, Labels) and not getattr(proc, "hide_labels", False)
    }


def config_of(nlp: Pipeline, config: Config) -> Config:
    """`config` with the components as they are now. Raises ValueError E961 if it cannot be written."""
    names = nlp.component_names
    settings = config.setdefault("nlp", {})
    settings["lang"] = nlp.lang
    settings["pipeline"] = list(names)
    settings["disabled"] = list(nlp.disabled)
    config["components"] = {name: _block(nlp, name, config.is_interpolated) for name in names}
    weights = [nlp.get_pipe_meta(name).default_score_weights or {} for name in names]
    training = config.setdefault("training", {})
    training["score_weights"] = combine_score_weights(weights, training.get("score_weights", {}))
    require_json(config)
    return config


def config_to_save(nlp: Pipeline) -> Config:
    """The config of a pipeline as it is written beside its weights, for spaCy to read as well."""
    config = nlp.config
    if any(name in config["training"] for name in OWN_TRAINING_SETTINGS):
        config = config.copy()
        for name in OWN_TRAINING_SETTINGS:
            config["training"].pop(name, None)
    return config


def _block(nlp: Pipeline, name: str, is_interpolated: bool) -> dict[str, Any]:
    """The config of a component, with its dollars as the whole config has them."""
    from tagma.nn.config import raw_dollars

    config = nlp.get_pipe_config(name)
    settings = {key: value for key, value in config.items() if key != "factory"}
    if config.is_interpolated and not is_interpolated:
        settings = raw_dollars(settings)
    return {"factory": nlp.get_pipe_meta(name).factory, **settings}


def require_json(config: Any) -> None:
    """Raises ValueError E961 if a config cannot be written."""
    try:
        json.dumps(config)
    except (TypeError, ValueError):
        raise ValueError(Errors.E961.format(config=config)) from None


def combine_score_weights(
    weights: list[dict[str, float | None]],
    overrides: dict[str, float | None] = SimpleFrozenDict(),  # noqa: B008 - frozen
) -> dict[str, float | None]:
    """One dict of weights that sum to 1: later dicts win, `overrides` last; None and 0 stay as they are."""
    merged = {name: weight for part in (*weights, overrides) for name, weight in part.items()}
    total = sum(filter(None, merged.values())) or 1.0
    return {name: weight and round(weight / total, 2) for name, weight in merged.items()}
