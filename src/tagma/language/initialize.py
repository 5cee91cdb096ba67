"""The vocabulary, vectors and pretrained weights of a pipeline, as [initialize] says."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors, Warnings
from tagma.ml.tok2vec_listener import Tok2VecListener
from tagma.nn.config import ConfigValidationError
from tagma.ty import has_network

if TYPE_CHECKING:
    from tagma.lookups import Lookups
    from tagma.nn import Model
    from tagma.ty import Pipeline

__all__ = [
    "get_pretrained_layer",
    "get_tok2vec_ref",
    "init_tok2vec",
    "init_vocab",
    "load_lexemes",
    "load_tok2vec",
    "load_vectors_into_model",
]

logger: logging.Logger = logging.getLogger("tagma")


def init_vocab(
    nlp: Pipeline, *, data: str | Path | None = None, lookups: Lookups | None = None, vectors: str | None = None
) -> None:
    """Lookup tables, lexeme data (JSONL) and vectors of a pipeline. Raises OSError E050 for vectors not there."""
    if lookups is not None:
        nlp.vocab.lookups = lookups
        logger.info("Lookup tables: %s", ", ".join(lookups.tables))
    if data is not None:
        load_lexemes(nlp, Path(data))
    if vectors is not None:
        load_vectors_into_model(nlp, vectors)
    hashes = nlp.meta.get("_sourced_vectors_hashes", {})
    for name in nlp.component_names:
        if name in hashes and hash(nlp.vocab.vectors.to_bytes(exclude=["strings"])) != hashes[name]:
            warnings.warn(Warnings.W113.format(name=name), stacklevel=2)


def load_lexemes(nlp: Pipeline, path: Path) -> None:
    """Give words the attributes that the rows of a JSONL file say. The least probability less 1 is that of others."""
    import srsly

    rows = [row for row in srsly.read_jsonl(path) if "settings" not in row]
    if norms := {row["orth"]: row["norm"] for row in rows if "norm" in row}:
        _keep_norms(nlp.vocab, norms)
    for lexeme in nlp.vocab:
        lexeme.rank = 2**64 - 1
    for row in rows:
        attrs = {"rank" if key == "id" else key: value for key, value in row.items() if key != "orth"}
        lexeme = nlp.vocab[row["orth"]]
        for key, value in attrs.items():
            name = f"{key}_" if isinstance(value, str) and hasattr(lexeme, f"{key}_") else key
            if hasattr(lexeme, name):
                setattr(lexeme, name, value)
    probabilities = [row["prob"] for row in rows if "prob" in row]
    if probabilities:
        nlp.vocab.cfg["oov_prob"] = min(probabilities) - 1
    logger.info("Lexemes read: %s", len(rows))


def _keep_norms(vocab: Any, norms: dict[str, str]) -> None:
    """Put norms where the vocabulary saves them."""
    lookups = vocab.lookups
    table = lookups.get_table("lexeme_norm") if lookups.has_table("lexeme_norm") else lookups.add_table("lexeme_norm")
    table.update(norms)


def load_vectors_into_model(nlp: Pipeline, name: str | Path, *, add_strings: bool = True) -> None:
    """Take over the vectors of another pipeline. Raises OSError E050 if it is not there; warns W112 without vectors."""
    from tagma.util import load_model  # the door: loading lies above

    try:
        source = load_model(name, vocab=nlp.vocab, exclude=["vocab"])
        source.vocab.from_disk(Path(str(source.path)) / "vocab", exclude=["lookups"])
    except ConfigValidationError as error:
        desc = f"The pipeline {str(name)!r} that vectors are taken from could not be made from its config."
        raise ConfigValidationError.from_error(error, title=f"Config validation error of {name}", desc=desc) from None
    found = source.vocab.vectors
    if not len(found) or not getattr(found, "n_keys", -1):
        warnings.warn(Warnings.W112.format(name=name), stacklevel=2)
    nlp.vocab.vectors = source.vocab.vectors
    if add_strings:
        for string in source.vocab.strings:
            nlp.vocab.strings.add(string)


def init_tok2vec(nlp: Pipeline, pretrain_config: dict[str, Any], init_config: dict[str, Any]) -> bool:
    """Load pretrained weights into the network that [pretraining] names; whether there were any.

    Raises ConfigValidationError if the file is missing, or if no section or no component is there for it; ValueError
    E4323 for weights of another network.
    """
    path = init_config["init_tok2vec"]
    if path is None:
        return False
    if not Path(path).is_file():
        raise _wrong("initialize", "init_tok2vec", f"no file {path}")
    if not pretrain_config:
        msg = f"{path} is not used: no section [pretraining] names the component that its weights are of"
        raise _wrong("initialize", "init_tok2vec", msg)
    load_tok2vec(get_pretrained_layer(nlp, pretrain_config), path, pretrain_config["component"])
    logger.info("Pretrained weights: %s", path)
    return True


def load_tok2vec(layer: Model[Any, Any], path: str | Path, component: str) -> None:
    """Load the weights of a network from a file. Raises ValueError E4323 if they are of another one."""
    try:
        layer.from_bytes(Path(path).read_bytes())
    except ValueError as error:
        raise ValueError(Errors.E4323.format(path=path, component=component, error=error)) from error


def get_tok2vec_ref(nlp: Pipeline, pretrain_config: dict[str, Any]) -> Model[Any, Any]:
    """The network of the component that [pretraining] names, or the layer of it that it names.

    Raises ConfigValidationError if it names no component; ValueError E001, E874 for one or a layer that is not there.
    """
    name, ref = pretrain_config["component"], pretrain_config["layer"]
    if name is None:
        msg = "names no component, so there are no weights to pretrain, or to load; give its name"
        raise _wrong("pretraining", "component", msg)
    if name not in nlp.component_names:
        raise ValueError(Errors.E001.format(name=name, opts=", ".join(nlp.component_names)))
    component = nlp.get_pipe(name)
    if not has_network(component):
        raise ValueError(Errors.E874.format(component=name, layer=ref, reason="the component has no network"))
    network: Model[Any, Any] = component.model
    if not ref:
        return network
    if not network.has_ref(ref):
        refs = ", ".join(map(repr, network.ref_names))
        raise ValueError(Errors.E874.format(component=name, layer=ref, reason=f"the network has the refs {refs}"))
    return network.get_ref(ref)


def get_pretrained_layer(nlp: Pipeline, pretrain_config: dict[str, Any]) -> Model[Any, Any]:
    """As `get_tok2vec_ref`; where that is a listener, the network of the component that it listens to."""
    layer = get_tok2vec_ref(nlp, pretrain_config)
    if isinstance(layer, Tok2VecListener):
        upstream = "tok2vec" if layer.upstream_name == "*" else layer.upstream_name
        return get_tok2vec_ref(nlp, {"component": upstream, "layer": ""})
    return layer


def _wrong(section: str, setting: str, msg: str) -> ConfigValidationError:
    return ConfigValidationError(errors=[{"loc": [section, setting], "msg": msg}], show_config=False)
