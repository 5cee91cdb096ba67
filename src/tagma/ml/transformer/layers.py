"""Which layers of a transformer learn, what training keeps in memory, how weights are saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.ml.transformer.shim import FORMATS

if TYPE_CHECKING:
    from tagma.ml.transformer.model import TransformerModel

__all__ = ["configure", "freeze", "layers_of"]


def configure(model: TransformerModel, name: str, settings: Mapping[str, Any]) -> None:
    """Have a model follow the settings of its component; those of what is loaded later are asked for again then.

    Raises ValueError: E4460 more layers to freeze than there are, E4444 an unknown format.
    """
    model.max_padded = int(settings["max_batch_items"])
    state_format = settings.get("state_format")
    if state_format is not None:
        if state_format not in FORMATS:
            known = ", ".join(FORMATS)
            raise ValueError(Errors.E4444.format(setting=f"state_format of {name!r}", value=state_format, known=known))
        model.shim.state_format = state_format
    if model.transformer is None:
        return
    if (number := settings.get("frozen_layers")) is not None:
        freeze(model.transformer, name, int(number))
    if settings.get("gradient_checkpointing"):
        module = model.transformer
        # The second name is that of versions before 5.20, the first that of later ones.
        enable = getattr(module, "activation_checkpointing_enable", None) or module.gradient_checkpointing_enable
        module.config.use_cache = False  # which only models that write have a use for
        enable({"use_reentrant": False})


def freeze(transformer: Any, name: str, number: int) -> None:
    """Keep the embeddings and so many layers above them as they are; all with -1. Raises ValueError E4460."""
    layers = layers_of(transformer)
    if number > len(layers) or number < -1:
        raise ValueError(Errors.E4460.format(name=name, number=number, layers=len(layers)))
    learning = () if number == -1 else layers[number:]
    kept = {id(param) for layer in learning for param in layer.parameters()}
    above = {id(param) for layer in layers for param in layer.parameters()}
    embeddings = {id(param) for param in _embeddings(transformer)}
    for param in transformer.parameters():
        is_lower = id(param) in embeddings or id(param) in above
        param.requires_grad_(number != -1 and (id(param) in kept or not is_lower or number == 0))


def layers_of(transformer: Any) -> list[Any]:
    """The layers of a model, from the bottom: the list of modules that is as long as its settings say."""
    from torch.nn import ModuleList

    number = getattr(transformer.config, "num_hidden_layers", 0)
    return next(
        (list(part) for part in transformer.modules() if isinstance(part, ModuleList) and len(part) == number), []
    )


def _embeddings(transformer: Any) -> list[Any]:
    part = getattr(transformer, "embeddings", None)
    return list((transformer.get_input_embeddings() if part is None else part).parameters())
