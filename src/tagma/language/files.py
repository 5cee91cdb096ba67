"""Pipelines in folders and as bytes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from tagma.errors import Errors
from tagma.language.learning import WithTraining
from tagma.language.loading import load_config, load_config_from_str
from tagma.language.state import Names
from tagma.util.checksums import lacks
from tagma.util.folders import replace_dir
from tagma.util.objects import plain_numbers
from tagma.util.serialize import Part, Parts, part_of

__all__ = ["WithFiles"]


class WithFiles(WithTraining):
    """A pipeline that can be saved and loaded."""

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the pipeline into a folder, completely or not at all; `exclude` names components or files."""
        with replace_dir(path) as folder:
            self._parts().to_disk(folder, _names(exclude))

    def from_disk(
        self,
        path: str | Path,
        *,
        exclude: Names = (),
        overrides: dict[str, Any] = {},  # noqa: B006 - never changed
    ) -> Self:
        """Load data into a pipeline with the same components; `exclude` names components or files.

        overrides    dotted settings in place of those of the saved config
        Raises OSError E052, E4024 for a missing folder or file; ValueError E4010, E4023 for an altered one.
        """
        path = Path(path)
        if not path.exists():
            raise OSError(Errors.E052.format(path=path))
        excluded = _names(exclude)
        try:
            self._parts(excluded, overrides).from_disk(path, excluded)
        except FileNotFoundError as error:
            file = Path(str(error.filename))
            if not file.is_relative_to(path):
                raise
            raise lacks(path, file.relative_to(path)) from error
        self._path = path
        self._link_components()
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The pipeline as bytes; `exclude` names components or parts."""
        return self._parts().to_bytes(_names(exclude))

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        """Load what `to_bytes` gave into a pipeline with the same components."""
        self._parts().from_bytes(bytes_data, _names(exclude))
        self._link_components()
        return self

    def _parts(self, exclude: Iterable[str] = (), overrides: dict[str, Any] = {}) -> Parts:  # noqa: B006 - never changed
        """What a pipeline is saved as. Only reading a folder knows `exclude`, for the vocabulary, and `overrides`."""
        import srsly

        parts = Parts()
        parts["config.cfg"] = Part(
            to_bytes=lambda: self.config.to_str(interpolate=False).encode("utf8"),
            from_bytes=self._set_config,
            to_disk=lambda file: self.config.to_disk(file, interpolate=False),
            from_disk=lambda file: self._read_config(file, overrides),
        )
        parts["meta.json"] = Part(
            to_bytes=lambda: srsly.json_dumps(_for_json(self.meta)),
            from_bytes=lambda data: self._update_meta(srsly.json_loads(data)),
            to_disk=lambda file: srsly.write_json(file, _for_json(self.meta)),
            from_disk=lambda file: self._update_meta(srsly.read_json(file)) if file.exists() else None,
        )
        parts["vocab"] = part_of(self.vocab)._replace(from_disk=lambda folder: self._read_vocab(folder, exclude))
        parts["tokenizer"] = part_of(self.tokenizer, exclude=["vocab"])
        for name, proc in self._components:
            parts[name] = part_of(proc, optional=True, exclude=["vocab"])
        return parts

    def _read_config(self, file: Path, overrides: dict[str, Any]) -> None:
        if file.exists():
            self.config = load_config(file, overrides=overrides)

    def _set_config(self, data: bytes | str) -> None:
        text = data.decode("utf8") if isinstance(data, bytes) else data
        self.config = load_config_from_str(text)

    def _update_meta(self, meta: dict[str, Any]) -> None:
        self.meta.update(meta)
        # The name is not part of the vectors' own files.
        self.vocab.vectors.name = meta.get("vectors", {}).get("name")

    def _read_vocab(self, folder: Path, exclude: Iterable[str]) -> None:
        if folder.exists():
            name = self.vocab.vectors.name
            self.vocab.from_disk(folder, exclude=exclude)
            self.vocab.vectors.name = name


def _names(names: Names) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _for_json(meta: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in plain_numbers(meta).items() if not key.startswith("_")}
