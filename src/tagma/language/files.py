"""Pipelines in folders and as bytes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.language.configs import load_config, load_config_from_str
from tagma.util.checksums import lacks
from tagma.util.names import Names, listed
from tagma.util.objects import plain_numbers
from tagma.util.paths import replace_dir
from tagma.util.serialize import Part, Parts, part_of

if TYPE_CHECKING:
    from tagma.ty import Pipeline

__all__ = ["from_bytes", "from_disk", "to_bytes", "to_disk"]


def to_disk(nlp: Pipeline, path: str | Path, *, exclude: Names = ()) -> None:
    """See `Language.to_disk`."""
    with replace_dir(path) as folder:
        _parts(nlp).to_disk(folder, listed(exclude))


def from_disk(nlp: Pipeline, path: str | Path, *, exclude: Names = (), overrides: dict[str, Any] = {}) -> None:  # noqa: B006 - never changed
    """See `Language.from_disk`."""
    path = Path(path)
    if not path.exists():
        raise OSError(Errors.E052.format(path=path))
    excluded = listed(exclude)
    try:
        _parts(nlp, excluded, overrides).from_disk(path, excluded)
    except FileNotFoundError as error:
        file = Path(str(error.filename))
        if not file.is_relative_to(path):
            raise
        raise lacks(path, file.relative_to(path)) from error


def to_bytes(nlp: Pipeline, *, exclude: Names = ()) -> bytes:
    """See `Language.to_bytes`."""
    return _parts(nlp).to_bytes(listed(exclude))


def from_bytes(nlp: Pipeline, data: bytes, *, exclude: Names = ()) -> None:
    """See `Language.from_bytes`."""
    _parts(nlp).from_bytes(data, listed(exclude))


def _parts(nlp: Pipeline, exclude: Iterable[str] = (), overrides: dict[str, Any] = {}) -> Parts:  # noqa: B006 - never changed
    """What a pipeline is saved as. Only reading a folder knows `exclude`, for the vocabulary, and `overrides`."""
    import srsly

    parts = Parts()
    parts["config.cfg"] = Part(
        to_bytes=lambda: nlp.config.to_str(interpolate=False).encode("utf8"),
        from_bytes=lambda data: _set_config(nlp, data),
        to_disk=lambda file: nlp.config.to_disk(file, interpolate=False),
        from_disk=lambda file: _read_config(nlp, file, overrides),
    )
    parts["meta.json"] = Part(
        to_bytes=lambda: srsly.json_dumps(_for_json(nlp.meta)),
        from_bytes=lambda data: _update_meta(nlp, srsly.json_loads(data)),
        to_disk=lambda file: srsly.write_json(file, _for_json(nlp.meta)),
        from_disk=lambda file: _update_meta(nlp, srsly.read_json(file)) if file.exists() else None,
    )
    parts["vocab"] = part_of(nlp.vocab)._replace(from_disk=lambda folder: _read_vocab(nlp, folder, exclude))
    parts["tokenizer"] = part_of(nlp.tokenizer, exclude=["vocab"])
    for name, proc in nlp.components:
        parts[name] = part_of(proc, optional=True, exclude=["vocab"])
    return parts


def _read_config(nlp: Pipeline, file: Path, overrides: dict[str, Any]) -> None:
    if file.exists():
        nlp.config = load_config(file, overrides=overrides)


def _set_config(nlp: Pipeline, data: bytes | str) -> None:
    text = data.decode("utf8") if isinstance(data, bytes) else data
    nlp.config = load_config_from_str(text)


def _update_meta(nlp: Pipeline, meta: dict[str, Any]) -> None:
    nlp.meta.update(meta)
    # The name is not part of the vectors' own files.
    nlp.vocab.vectors.name = meta.get("vectors", {}).get("name")


def _read_vocab(nlp: Pipeline, folder: Path, exclude: Iterable[str]) -> None:
    if folder.exists():
        name = nlp.vocab.vectors.name
        nlp.vocab.from_disk(folder, exclude=exclude)
        nlp.vocab.vectors.name = name


def _for_json(meta: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in plain_numbers(meta).items() if not key.startswith("_")}
