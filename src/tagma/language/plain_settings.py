"""What can be said of the sections of a config without pydantic: that nothing is wrong with them.

Nearly all saved configs have plain values in the usual settings. Of everything else `tagma.schemas` decides, which
knows what is wrong, and whose import takes as long as reading the config. A test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["are_plain"]

Fits = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return type(value) is str


def _number_from(least: int) -> Fits:
    return lambda value: type(value) is int and value >= least


def _or_null(fits: Fits) -> Fits:
    return lambda value: value is None or fits(value)


def _block(value: Any) -> bool:
    """A block that names a function, or its place left empty."""
    return value is None or type(value) is dict


def _rate(value: Any) -> bool:
    return type(value) is dict or (type(value) in (int, float) and 0 <= value < 1)


def _texts(value: Any) -> bool:
    return type(value) is list and all(map(_text, value))


def _by_name(value: Any) -> bool:
    return type(value) is dict and all(map(_text, value))


def _weights(value: Any) -> bool:
    return _by_name(value) and all(weight is None or type(weight) in (int, float) for weight in value.values())


def _arguments(value: Any) -> bool:
    return _by_name(value) and all(map(_by_name, value.values()))


# Settings without which a section is not whole, and what fits them; those with a default are not usual.
SETTINGS: dict[str, dict[str, Fits]] = {
    "nlp": {
        "lang": _text,
        "pipeline": _texts,
        "disabled": _texts,
        "tokenizer": _block,
        "before_creation": _block,
        "after_creation": _block,
        "after_pipeline_creation": _block,
        "batch_size": _or_null(_number_from(1)),
        "vectors": _block,
    },
    "training": {
        "dev_corpus": _text,
        "train_corpus": _text,
        "batcher": _block,
        "dropout": _rate,
        "patience": _number_from(0),
        "max_epochs": _number_from(-1),
        "max_steps": _number_from(0),
        "eval_frequency": _number_from(1),
        "seed": _or_null(lambda value: type(value) is int),
        "gpu_allocator": _or_null(_text),
        "accumulate_gradient": _number_from(1),
        "score_weights": _weights,
        "optimizer": _block,
        "logger": _block,
        "frozen_components": _texts,
        "annotating_components": _texts,
        "before_to_disk": _block,
        "before_update": _block,
    },
    "initialize": {
        "vocab_data": _or_null(_text),
        "lookups": _block,
        "vectors": _or_null(_text),
        "init_tok2vec": _or_null(_text),
        "tokenizer": _by_name,
        "components": _arguments,
        "before_init": _block,
        "after_init": _block,
    },
}


def are_plain(section: str, values: Any) -> bool:
    """Whether a section has all of the settings that it must have, no others, and plain values that fit them."""
    settings = SETTINGS.get(section)
    return (
        settings is not None
        and type(values) is dict
        and values.keys() == settings.keys()
        and all(fits(values[name]) for name, fits in settings.items())
    )
