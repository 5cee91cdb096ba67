"""Before training: the pipeline from its config, its vocabulary, vectors and pretrained weights."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.dotted import get_sourced_components
from tagma.errors import Errors, Warnings
from tagma.registry import registry

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.lookups import Lookups
    from tagma.nn import Config

__all__ = ["init_nlp", "init_tok2vec", "init_vocab", "load_vectors_into_model", "set_up_run"]

logger = logging.getLogger("tagma")

STREAM_SAMPLE = 100  # examples from which a pipeline is initialized when the corpus is only streamed


def set_up_run(config: Config, use_gpu: int = -1) -> None:
    """Seed the random generators and choose the memory allocator. Raises ValueError E1015 for missing settings."""
    from tagma.nn import fix_random_seed, set_gpu_allocator

    training = config.get("training", {})
    for option in ("seed", "gpu_allocator"):
        if option not in training:
            raise ValueError(Errors.E1015.format(section="training", option=option))
    if training["seed"] is not None:
        fix_random_seed(training["seed"])
    if use_gpu >= 0 and training["gpu_allocator"]:
        set_gpu_allocator(training["gpu_allocator"])


def init_nlp(config: Config, *, use_gpu: int = -1) -> Any:
    """A pipeline from a config, initialized with its training corpus and ready to be trained.

    Raises ValueError E1015, E4042 for an empty corpus, ConfigValidationError E897, and what making, reading and
    initializing the parts raises.
    """
    from tagma.loading import load_model_from_config, resolve_dot_names
    from tagma.nn import ConfigValidationError

    raw = config
    config = raw.interpolate()
    set_up_run(config, use_gpu)
    sourced = list(get_sourced_components(raw))
    nlp = load_model_from_config(raw, auto_fill=True)
    config = nlp.config.interpolate()
    training = config["training"]
    names = [training["train_corpus"], training["dev_corpus"]]
    for field, name in zip(("train_corpus", "dev_corpus"), names, strict=True):
        if not isinstance(name, str):
            text = Errors.E897.format(field=f"training.{field}", type=type(name))
            raise ConfigValidationError(errors=[{"loc": ["training", field], "msg": text}], show_config=False)
    train_corpus, _ = resolve_dot_names(config, names)
    optimizer = registry.resolve({"optimizer": training["optimizer"]})["optimizer"]
    frozen = training["frozen_components"]
    resumed = [name for name in sourced if name not in frozen and name in nlp.component_names]
    if resumed:
        logger.info("Trained further, not from scratch: %s", ", ".join(resumed))
        with nlp.select_pipes(enable=resumed):
            nlp.resume_training(sgd=optimizer)
    for name in (*frozen, *resumed, *training["annotating_components"]):
        if name not in nlp.component_names:
            raise ValueError(Errors.E001.format(name=name, opts=", ".join(nlp.component_names)))
    with nlp.select_pipes(disable=[*frozen, *resumed]):
        if training["max_epochs"] == -1:
            sample = list(islice(train_corpus(nlp), STREAM_SAMPLE))
            _check_found(sample, train_corpus, names[0])
            nlp.initialize(lambda: sample, sgd=optimizer)
        else:
            examples: list[Example] = []

            def get_examples() -> Iterable[Example]:
                # read once: the components look at the corpus one after the other
                if not examples:
                    examples.extend(train_corpus(nlp))
                    _check_found(examples, train_corpus, names[0])
                return examples

            nlp.initialize(get_examples, sgd=optimizer)
    _check_listeners(nlp, training)
    return nlp


def _check_found(examples: list[Example], corpus: Any, name: str) -> None:
    if not examples:
        raise ValueError(Errors.E4042.format(name=name, path=getattr(corpus, "path", corpus)))


def _check_listeners(nlp: Any, training: dict[str, Any]) -> None:
    frozen, annotating = training["frozen_components"], training["annotating_components"]
    for name, proc in nlp.pipeline:
        for listener in getattr(proc, "listening_components", []):
            if listener in frozen and name not in frozen:
                logger.warning(Warnings.W087.format(name=name, listener=listener))
            if listener not in frozen and name in frozen and name not in annotating:
                logger.warning(Warnings.W086.format(name=name, listener=listener))


def init_vocab(
    nlp: Any, *, data: str | Path | None = None, lookups: Lookups | None = None, vectors: str | None = None
) -> None:
    """Lookup tables, lexeme data (JSONL) and vectors of a pipeline. Raises OSError E050 for vectors not there."""
    if lookups is not None:
        nlp.vocab.lookups = lookups
        logger.info("Lookup tables: %s", ", ".join(lookups.tables))
    if data is not None:
        _load_lexemes(nlp, Path(data))
    if vectors is not None:
        load_vectors_into_model(nlp, vectors)
    hashes = nlp._meta.get("_sourced_vectors_hashes", {})
    for name in nlp.component_names:
        if name in hashes and hash(nlp.vocab.vectors.to_bytes(exclude=["strings"])) != hashes[name]:
            warnings.warn(Warnings.W113.format(name=name), stacklevel=2)


def _load_lexemes(nlp: Any, path: Path) -> None:
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


def load_vectors_into_model(nlp: Any, name: str | Path, *, add_strings: bool = True) -> None:
    """Take over the vectors of another pipeline. Raises OSError E050 if it is not there; warns W112 without vectors."""
    from tagma.loading import load_model
    from tagma.nn import ConfigValidationError

    try:
        source = load_model(name, vocab=nlp.vocab, exclude=["vocab"])
        source.vocab.from_disk(Path(str(source.path)) / "vocab", exclude=["lookups"])
    except ConfigValidationError as error:
        desc = f"The pipeline {str(name)!r} that vectors are taken from could not be made from its config."
        raise ConfigValidationError.from_error(error, title=f"Config validation error of {name}", desc=desc) from None
    if not len(source.vocab.vectors):
        warnings.warn(Warnings.W112.format(name=name), stacklevel=2)
    nlp.vocab.vectors = source.vocab.vectors
    if add_strings:
        for string in source.vocab.strings:
            nlp.vocab.strings.add(string)


def init_tok2vec(nlp: Any, pretrain_config: dict[str, Any], init_config: dict[str, Any]) -> bool:
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
