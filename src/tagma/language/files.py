"""Pipelines in folders and as bytes."""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors, Warnings, warn_user
from tagma.language.configs import load_config, load_config_from_str
from tagma.language.description import config_to_save
from tagma.util.checksums import lacks
from tagma.util.folders import replace_dir, settle
from tagma.util.json_text import parse_json, read_json
from tagma.util.names import Names, listed
from tagma.util.objects import plain_numbers
from tagma.util.serialize import Part, Parts, part_of, reading

if TYPE_CHECKING:
    from tagma.ty import Pipeline

__all__ = ["from_bytes", "from_disk", "to_bytes", "to_disk"]


def to_disk(nlp: Pipeline, path: str | Path, *, exclude: Names = ()) -> None:
    """See `Language.to_disk`."""
    with replace_dir(path) as folder:
        _parts(nlp).to_disk(folder, listed(exclude))


def from_disk(nlp: Pipeline, path: str | Path, *, exclude: Names, overrides: dict[str, Any]) -> None:
    """See `Language.from_disk`."""
    path = Path(path)
    folder = settle(path)
    if not folder.exists():
        raise OSError(Errors.E052.format(path=path))
    excluded = listed(exclude)
    try:
        _parts(nlp, excluded, overrides).from_disk(folder, excluded)
    except FileNotFoundError as error:
        file = Path(str(error.filename))
        if not file.is_relative_to(folder):
            raise
        raise lacks(path, file.relative_to(folder)) from error


def to_bytes(nlp: Pipeline, *, exclude: Names = ()) -> bytes:
    """See `Language.to_bytes`."""
    return _parts(nlp).to_bytes(listed(exclude))


def from_bytes(nlp: Pipeline, data: bytes, *, exclude: Names = ()) -> None:
    """See `Language.from_bytes`."""
    excluded = listed(exclude)
    _parts(nlp, excluded).from_bytes(data, excluded)


def _parts(nlp: Pipeline, exclude: Iterable[str] = (), overrides: dict[str, Any] = {}) -> Parts:  # noqa: B006 - never changed
    """What a pipeline is saved as. Only reading knows `exclude` and `overrides`."""
    parts = Parts()
    parts["config.cfg"] = Part(
        to_bytes=lambda: config_to_save(nlp).to_str(interpolate=False).encode("utf8"),
        from_bytes=lambda data: _set_config(nlp, load_config_from_str(_text(data)), exclude),
        to_disk=lambda file: config_to_save(nlp).to_disk(file, interpolate=False),
        from_disk=lambda file: _read_config(nlp, file, exclude, overrides),
    )
    parts["meta.json"] = Part(
        to_bytes=lambda: _meta_text(nlp),
        from_bytes=lambda data: _update_meta(nlp, parse_json(data), "meta.json"),
        to_disk=lambda file: _save_meta(nlp, file),
        from_disk=lambda file: _update_meta(nlp, read_json(file), file) if file.exists() else None,
    )
    parts["vocab"] = part_of(nlp.vocab)._replace(from_disk=lambda folder: _read_vocab(nlp, folder, exclude))
    parts["tokenizer"] = part_of(nlp.tokenizer, exclude=["vocab"])
    for name, proc in nlp.components:
        parts[name] = part_of(proc, optional=True, exclude=["vocab"])
    return parts


def _read_config(nlp: Pipeline, file: Path, exclude: Iterable[str], overrides: dict[str, Any]) -> None:
    if file.exists():
        _set_config(nlp, load_config(file, overrides=overrides), exclude)


def _set_config(nlp: Pipeline, config: Any, exclude: Iterable[str]) -> None:
    """Take over a saved config. Warns W4013 if the pipeline lacks components that were saved."""
    saved = config.get("nlp", {}).get("pipeline", ())
    names = [*nlp.component_names, *exclude]
    absent = [name for name in saved if name not in names] if isinstance(saved, list | tuple) else []
    if absent:
        warn_user(Warnings.W4013.format(names=absent, own=list(nlp.component_names)))
    nlp.config = config


def _text(data: bytes | str) -> str:
    return data.decode("utf8") if isinstance(data, bytes) else data


def _meta_text(nlp: Pipeline) -> str:
    import srsly

    text: str = srsly.json_dumps(_for_json(nlp.meta))
    return text


def _save_meta(nlp: Pipeline, file: Path) -> None:
    import srsly

    srsly.write_json(file, _for_json(nlp.meta))


def _update_meta(nlp: Pipeline, meta: dict[str, Any], what: object) -> None:
    with reading(what):
        nlp.meta.update(meta)
        # The name is not part of the vectors' own files.
        nlp.vocab.vectors.name = meta.get("vectors", {}).get("name")


def _read_vocab(nlp: Pipeline, folder: Path, exclude: Iterable[str]) -> None:
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
    name = nlp.vocab.vectors.name
    nlp.vocab.from_disk(folder, exclude=exclude)
    nlp.vocab.vectors.name = name


def _for_json(meta: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = plain_numbers(meta)
    return {key: _without_nan(value) for key, value in values.items() if not key.startswith("_")}


def _without_nan(value: Any) -> Any:
    """None for what JSON has no number for: a score of a run that went wrong must not cost the weights."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
