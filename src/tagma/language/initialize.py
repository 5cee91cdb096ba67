"""The vocabulary, vectors and pretrained weights of a pipeline, as [initialize] says."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.errors import Warnings

if TYPE_CHECKING:
    from tagma.lookups import Lookups
    from tagma.ty import Pipeline

__all__ = ["init_tok2vec", "init_vocab", "load_lexemes", "load_vectors_into_model"]

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
    from tagma.nn import ConfigValidationError
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
    """Load pretrained weights into the component of [pretraining]; whether there were any.

    Raises ConfigValidationError if the file is missing, or if no section or no component is there for it.
    """
    from tagma.nn import ConfigValidationError

    path = init_config["init_tok2vec"]
    if path is None:
        return False
    if not Path(path).is_file():
        msg = f"no file {path}"
        raise ConfigValidationError(errors=[{"loc": ["initialize", "init_tok2vec"], "msg": msg}], show_config=False)
    if not pretrain_config:
        msg = f"{path} is not used: no section [pretraining] names the component that its weights are of"
        raise ConfigValidationError(errors=[{"loc": ["initialize", "init_tok2vec"], "msg": msg}], show_config=False)
    if pretrain_config["component"] is None:
        msg = "names no component, so pretrained weights cannot be loaded; give its name"
        raise ConfigValidationError(errors=[{"loc": ["pretraining", "component"], "msg": msg}], show_config=False)
    component = nlp.get_pipe(pretrain_config["component"])
    layer = component.model.get_ref(pretrain_config["layer"]) if pretrain_config["layer"] else component.model
    layer.from_bytes(Path(path).read_bytes())
    return True
