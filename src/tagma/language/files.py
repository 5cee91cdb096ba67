"""Pipelines in folders and as bytes, as functions of a pipeline."""

from __future__ import annotations

import errno
import math
import os
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tagma.errors import Errors, Warnings
from tagma.language.learning import WithTraining
from tagma.language.loading import load_config, load_config_from_str
from tagma.language.state import Names
from tagma.util.checksums import lacks
from tagma.util.folders import replace_dir, settle
from tagma.util.objects import plain_numbers
from tagma.util.serialize import Part, Parts, part_of, reading

if TYPE_CHECKING:
    from tagma.language import Language

__all__ = ["WithFiles", "from_bytes", "from_disk", "to_bytes", "to_disk"]


def to_disk(nlp: Language, path: str | Path, exclude: Names = ()) -> None:
    """See `Language.to_disk`."""
    with replace_dir(path) as folder:
        _parts(nlp).to_disk(folder, _names(exclude))


def from_disk(nlp: Language, path: str | Path, exclude: Names, overrides: dict[str, Any]) -> None:
    """See `Language.from_disk`."""
    path = Path(path)
    folder = settle(path)
    if not folder.exists():
        raise OSError(Errors.E052.format(path=path))
    excluded = _names(exclude)
    try:
        _parts(nlp, excluded, overrides).from_disk(folder, excluded)
    except FileNotFoundError as error:
        file = Path(str(error.filename))
        if not file.is_relative_to(folder):
            raise
        raise lacks(path, file.relative_to(folder)) from error
    nlp._path = path
    nlp._link_components()


def to_bytes(nlp: Language, exclude: Names = ()) -> bytes:
    """See `Language.to_bytes`."""
    return _parts(nlp).to_bytes(_names(exclude))


def from_bytes(nlp: Language, data: bytes, exclude: Names = ()) -> None:
    """See `Language.from_bytes`."""
    excluded = _names(exclude)
    _parts(nlp, excluded).from_bytes(data, excluded)
    nlp._link_components()


def _parts(nlp: Language, exclude: Iterable[str] = (), overrides: dict[str, Any] = {}) -> Parts:  # noqa: B006 - never changed
    """What a pipeline is saved as. Only reading knows `exclude` and `overrides`."""
    import srsly

    parts = Parts()
    parts["config.cfg"] = Part(
        to_bytes=lambda: nlp.config.to_str(interpolate=False).encode("utf8"),
        from_bytes=lambda data: _set_config(nlp, load_config_from_str(_text(data)), exclude),
        to_disk=lambda file: nlp.config.to_disk(file, interpolate=False),
        from_disk=lambda file: _read_config(nlp, file, exclude, overrides),
    )
    parts["meta.json"] = Part(
        to_bytes=lambda: srsly.json_dumps(_for_json(nlp.meta)),
        from_bytes=lambda data: _update_meta(nlp, srsly.json_loads(data), "meta.json"),
        to_disk=lambda file: srsly.write_json(file, _for_json(nlp.meta)),
        from_disk=lambda file: _update_meta(nlp, srsly.read_json(file), file) if file.exists() else None,
    )
    parts["vocab"] = part_of(nlp.vocab)._replace(from_disk=lambda folder: _read_vocab(nlp, folder, exclude))
    parts["tokenizer"] = part_of(nlp.tokenizer, exclude=["vocab"])
    for name, proc in nlp.components:
        parts[name] = part_of(proc, optional=True, exclude=["vocab"])
    return parts


def _read_config(nlp: Language, file: Path, exclude: Iterable[str], overrides: dict[str, Any]) -> None:
    if file.exists():
        _set_config(nlp, load_config(file, overrides=overrides), exclude)


def _set_config(nlp: Language, config: Any, exclude: Iterable[str]) -> None:
    """Take over a saved config. Warns W4011 if the pipeline lacks components that were saved."""
    saved = config.get("nlp", {}).get("pipeline", ())
    names = [*nlp.component_names, *exclude]
    absent = [name for name in saved if name not in names] if isinstance(saved, list | tuple) else []
    if absent:
        warnings.warn(Warnings.W4011.format(names=absent, own=list(nlp.component_names)), stacklevel=8)
    nlp.config = config


def _text(data: bytes | str) -> str:
    return data.decode("utf8") if isinstance(data, bytes) else data


def _update_meta(nlp: Language, meta: dict[str, Any], what: object) -> None:
    with reading(what):
        nlp.meta.update(meta)
        # The name is not part of the vectors' own files.
        nlp.vocab.vectors.name = meta.get("vectors", {}).get("name")


def _read_vocab(nlp: Language, folder: Path, exclude: Iterable[str]) -> None:
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
    name = nlp.vocab.vectors.name
    nlp.vocab.from_disk(folder, exclude=exclude)
    nlp.vocab.vectors.name = name


def _names(names: Names) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _for_json(meta: dict[str, Any]) -> dict[str, Any]:
    return _without_nan({key: value for key, value in plain_numbers(meta).items() if not key.startswith("_")})


def _without_nan(value: Any) -> Any:
    """None for what JSON has no number for: a score of a run that went wrong must not cost the weights."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


class WithFiles(WithTraining):
    """A pipeline that can be saved and loaded."""

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the pipeline into a folder, completely or not at all; `exclude` names components or files."""
        to_disk(self, path, exclude)  # type: ignore[arg-type]

    def from_disk(
        self,
        path: str | Path,
        *,
        exclude: Names = (),
        overrides: dict[str, Any] = {},  # noqa: B006 - never changed
    ) -> Self:
        """Load data into a pipeline with the same components; `exclude` names components or files.

        overrides    dotted settings in place of those of the saved config
        Raises OSError E052, E4024 for a missing folder or file; ValueError E4010, E4023 for an altered one. Warns W4011
        for saved components that this pipeline lacks.
        """
        from_disk(self, path, exclude, overrides)  # type: ignore[arg-type]
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The pipeline as bytes; `exclude` names components or parts."""
        return to_bytes(self, exclude)  # type: ignore[arg-type]

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        """Load what `to_bytes` gave into a pipeline with the same components. Warns W4011 as `from_disk`."""
        from_bytes(self, bytes_data, exclude)  # type: ignore[arg-type]
        return self
