"""Before training: a pipeline from its config, initialized with its corpus."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors, Warnings
from tagma.language.assembly import get_sourced_components
from tagma.language.check import check_types
from tagma.language.initialize import get_tok2vec_ref, init_tok2vec, init_vocab, load_vectors_into_model
from tagma.registries import registry
from tagma.training.word_vectors import convert_vectors, ensure_shape, open_file, read_vectors
from tagma.ty import SharesVectors

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.language import Language
    from tagma.nn import Config

__all__ = [
    "convert_vectors",
    "ensure_shape",
    "get_tok2vec_ref",
    "init_nlp",
    "init_tok2vec",
    "init_vocab",
    "load_vectors_into_model",
    "open_file",
    "read_vectors",
    "set_up_run",
]

logger: logging.Logger = logging.getLogger("tagma")

STREAM_SAMPLE = 100  # examples from which a pipeline is initialized when the corpus is only streamed


def set_up_run(config: Config, use_gpu: int = -1) -> None:
    """Seed the random generators and choose the memory allocator of the GPU, if one is used.

    Raises ValueError E1015 for missing settings; ValueError or ImportError E4150 for an allocator that is not there.
    """
    from tagma.nn import fix_random_seed, set_gpu_allocator

    training = config.get("training", {})
    for option in ("seed", "gpu_allocator"):
        if option not in training:
            raise ValueError(Errors.E1015.format(section="training", option=option))
    if training["seed"] is not None:
        fix_random_seed(training["seed"])
    if use_gpu >= 0 and (name := training["gpu_allocator"]):
        try:
            set_gpu_allocator(name)
        except (ImportError, ValueError) as error:
            raise type(error)(Errors.E4150.format(name=name, error=error)) from error


def init_nlp(config: Config, *, use_gpu: int = -1) -> Any:
    """A pipeline from a config, initialized with its training corpus and ready to be trained.

    Raises ValueError E1015, E4042 for an empty corpus, ConfigValidationError E897, E4120 for models of a wrong type,
    and what making, reading and initializing the parts raises.
    """
    from tagma.language.configs import resolve_dot_names
    from tagma.language.loading import load_model_from_config
    from tagma.nn import ConfigValidationError

    raw = config
    config = raw.interpolate()
    check_types(config)
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


def _check_listeners(nlp: Language, training: dict[str, Any]) -> None:
    frozen, annotating = training["frozen_components"], training["annotating_components"]
    for name, proc in nlp.pipeline:
        for listener in proc.listening_components if isinstance(proc, SharesVectors) else ():
            if listener in frozen and name not in frozen:
                logger.warning(Warnings.W087.format(name=name, listener=listener))
            if listener not in frozen and name in frozen and name not in annotating:
                logger.warning(Warnings.W086.format(name=name, listener=listener))
