"""Where a transformer and its tokenizer come from: a name on a hub or a folder, or the files in saved bytes.

A name is looked up when training from it begins. What was saved has everything: nothing is looked up, and nothing in it
is run.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tagma.errors import Errors, Warnings, warn_user
from tagma.nn.exchange import get_torch_default_device

__all__ = ["HFObjects", "from_files", "from_name", "has_packages", "require_packages", "tokenizer_files"]

PACKAGES = ("torch", "transformers", "safetensors")
# Settings of a saved config that would have code fetched, or that belong to the machine it was saved on.
LEFT_OUT = ("auto_map", "_attn_implementation", "_attn_implementation_internal", "attn_implementation", "_name_or_path")
DTYPES = ("dtype", "torch_dtype")


@dataclass
class HFObjects:
    """A model of `transformers` with its tokenizer; both None until they are loaded.

    vocab_files                  files that the tokenizer was made from, by name: older tokenizers ask for them
    _init_tokenizer_config       settings for loading the tokenizer
    _init_transformer_config     settings for loading the model
    """

    tokenizer: Any = None
    transformer: Any = None
    vocab_files: dict[str, bytes] = field(default_factory=dict)
    _init_tokenizer_config: dict[str, Any] = field(default_factory=dict)
    _init_transformer_config: dict[str, Any] = field(default_factory=dict)


def has_packages() -> bool:
    """Whether what transformers need is installed."""
    return all(map(find_spec, PACKAGES))


def require_packages(what: str) -> None:
    """Raises ImportError E4450, which says that `what` needs a package that is not installed."""
    for package in PACKAGES:
        if find_spec(package) is None:
            raise ImportError(Errors.E4450.format(what=what, package=package))


def from_name(name: str, tokenizer_config: Mapping[str, Any], transformer_config: Mapping[str, Any]) -> HFObjects:
    """Load a model and its tokenizer by name or folder.

    Raises ValueError: E4451 there is no such model, E4452 the tokenizer is that of another.
    """
    require_packages(f"the transformer {name!r}")
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    source = str(Path(name).absolute()) if Path(name).is_dir() else name
    try:
        with _quietly():
            tokenizer = AutoTokenizer.from_pretrained(source, **tokenizer_config)
            config = AutoConfig.from_pretrained(source, **{"return_dict": True, **transformer_config})
            transformer, info = AutoModel.from_pretrained(source, config=config, output_loading_info=True)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ValueError(Errors.E4451.format(name=name, place=_place(name), reason=_first_line(error))) from error
    if missing := sorted(key for key in info["missing_keys"] if "pooler" not in key):
        warn_user(Warnings.W4141.format(name=name, number=len(missing), first=missing[0]))
    if not any(key in transformer_config for key in DTYPES):
        transformer = transformer.float()
    check_fit(name, tokenizer, transformer)
    return HFObjects(tokenizer, transformer.to(get_torch_default_device()), _vocab_files(tokenizer))


def _place(name: str) -> str:
    path = Path(name)
    if path.is_dir():
        return "the folder is there, but what is in it cannot be loaded"
    return "there is no such folder, and no model of that name was found on the hub or in its cache"


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__


def check_fit(name: str, tokenizer: Any, transformer: Any) -> None:
    """Raises ValueError: E4452 the tokenizer has more pieces than the model, E4457 the model needs a second text."""
    rows = transformer.get_input_embeddings().weight.shape[0]
    pieces = len(tokenizer)
    if not 0 < pieces <= rows:
        raise ValueError(Errors.E4452.format(name=name, tokenizer=type(tokenizer).__name__, pieces=pieces, rows=rows))
    if getattr(transformer.config, "is_encoder_decoder", False):
        raise ValueError(Errors.E4457.format(name=name, type=type(transformer).__name__))


def _vocab_files(tokenizer: Any) -> dict[str, bytes]:
    """The files that a tokenizer was made from, those that are there."""
    found = {}
    for key, name in tokenizer.vocab_files_names.items():
        path = getattr(tokenizer, key, None)
        if isinstance(path, str) and Path(path).is_file():
            found[name] = Path(path).read_bytes()
    return found


def tokenizer_files(tokenizer: Any, vocab_files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files that a tokenizer is made of again, by name."""
    with tempfile.TemporaryDirectory() as folder, _quietly():
        tokenizer.save_pretrained(folder)
        saved = {path.name: path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file()}
    return {**vocab_files, **saved}


def saved_config(transformer: Any) -> dict[str, Any]:
    """The settings of a model, as `from_files` takes them."""
    config: dict[str, Any] = transformer.config.to_dict()
    left_out = (*LEFT_OUT, *DTYPES) if str(transformer.dtype) == "torch.float32" else LEFT_OUT
    return {key: value for key, value in config.items() if key not in left_out}


def from_files(config: dict[str, Any], files: dict[str, Any]) -> HFObjects:
    """A model with the weights that it begins with, and its tokenizer, from what was saved.

    config    settings of the model
    files     bytes by name; under "kwargs" settings for loading the tokenizer
    Raises ImportError E4450, ValueError E4453 for what cannot be read.
    """
    require_packages("a saved transformer")
    import json

    from transformers import AutoConfig, AutoModel, AutoTokenizer

    settings = files.get("kwargs") or {}
    own = {key: value for key, value in config.items() if key not in LEFT_OUT}
    with tempfile.TemporaryDirectory() as name, _quietly():
        folder = Path(name)
        for file, data in files.items():
            if file != "kwargs":
                _check_file(file, data)
                (folder / file).write_bytes(data)
        try:
            (folder / "config.json").write_text(json.dumps(own), encoding="utf8")
            loaded = AutoConfig.from_pretrained(name, local_files_only=True, trust_remote_code=False)
            use_fast = bool(settings.get("use_fast", True))
            tokenizer = AutoTokenizer.from_pretrained(
                name, use_fast=use_fast, local_files_only=True, trust_remote_code=False
            )
            transformer = AutoModel.from_config(loaded, trust_remote_code=False)
            vocab_files = _vocab_files(tokenizer)
        except Exception as error:  # what is raised for damaged files is up to three libraries
            raise ValueError(Errors.E4453.format(reason=_first_line(error))) from error
    return HFObjects(tokenizer, transformer, vocab_files)


def _check_file(name: Any, data: Any) -> None:
    """Raises ValueError E4453 unless it is bytes under a plain name: a path could lead out of the folder."""
    is_plain = isinstance(name, str) and name not in ("", "..") and Path(name).name == name and "\\" not in name
    if not is_plain or not isinstance(data, bytes):
        raise ValueError(Errors.E4453.format(reason=f"{name!r} is no file of a tokenizer"))


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the bars and remarks of `transformers`: what matters is said here."""
    from transformers.utils import logging

    level, has_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if has_bars:
            logging.enable_progress_bar()
