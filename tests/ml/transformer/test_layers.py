"""Which layers learn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tagma.ml.transformer.layers import configure, freeze, layers_of

pytestmark = pytest.mark.transformers


def learning(model: Any) -> set[str]:
    """Parts whose weights learn."""
    names = [name for name, param in model.named_parameters() if param.requires_grad]
    return {name.split(".")[2] if name.startswith("encoder.layer") else name.split(".")[0] for name in names}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, {"0", "1", "2", "embeddings", "pooler"}),
        (1, {"1", "2", "pooler"}),
        (3, {"pooler"}),
        (-1, set()),
    ],
)
def test_frozen_layers(folder: Path, make: Any, number: int, expected: set[str]) -> None:
    """Counted from the bottom, embeddings below the first; a later setting takes the place of an earlier one."""
    model = make(folder).transformer
    assert len(layers_of(model)) == 3
    freeze(model, "trf", 2)
    freeze(model, "trf", number)
    assert learning(model) == expected | ({"pooler"} if number >= 0 else set())


@pytest.mark.parametrize("number", [4, -2])
def test_too_many(bert_folder: Path, make: Any, number: int) -> None:
    """There are three."""
    with pytest.raises(ValueError, match=rf"\[E4460\] frozen_layers of 'trf' is {number}, .* has 3 layers"):
        freeze(make(bert_folder).transformer, "trf", number)


def test_settings_of_a_component(bert_folder: Path, make: Any) -> None:
    """Before and after the model is loaded."""
    model = make(bert_folder, load=False)
    settings = {"max_batch_items": 7, "frozen_layers": 2, "gradient_checkpointing": True, "state_format": "torch"}
    configure(model, "trf", settings)
    assert (model.max_padded, model.shim.state_format) == (7, "torch")
    model.initialize()
    configure(model, "trf", settings)
    assert learning(model.transformer) == {"2", "pooler"}
    assert any(getattr(module, "gradient_checkpointing", False) for module in model.transformer.modules())
    with pytest.raises(
        ValueError, match=r"\[E4444\] state_format of 'trf' is 'pickle'; give one of safetensors, torch"
    ):
        configure(model, "trf", {**settings, "state_format": "pickle"})
