"""The folder that a training run writes: model-last, model-best, and the state to go on from."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.training.state import STATE_FILE, write_state
from tagma.util.folders import recover, replace_dir
from tagma.util.paths import copy_entries

if TYPE_CHECKING:
    from tagma.language import Language
    from tagma.nn import Optimizer

__all__ = ["DIR_MODEL_BEST", "DIR_MODEL_LAST", "RunOutput", "clean_output_dir", "create_before_to_disk_callback"]

DIR_MODEL_BEST = "model-best"
DIR_MODEL_LAST = "model-last"


class RunOutput:
    """Writes to the folder `path`. What an earlier run has left there goes when this one saves for the first time.

    is_continued    this run goes on with the earlier one: nothing is removed
    """

    def __init__(
        self,
        path: Path,
        nlp: Language,
        optimizer: Optimizer,
        before_to_disk: Callable[[Language], Language],
        *,
        is_continued: bool,
    ) -> None:
        self.path = path
        self.nlp = nlp
        self.optimizer = optimizer
        self.before_to_disk = before_to_disk
        self.is_ours: bool = is_continued  # whether the files in the folder are of this run
        self._recover()

    @property
    def last(self) -> Path:
        """Folder of the pipeline as it was at the last evaluation, or at the end."""
        return self.path / DIR_MODEL_LAST

    @property
    def state(self) -> Path:
        """File of the state that a run goes on from."""
        return self.path / STATE_FILE

    @property
    def can_resume(self) -> bool:
        """Whether a state of this run was written."""
        return self.is_ours and self.state.is_file()

    def save_evaluated(self, *, is_best: bool, progress: dict[str, Any]) -> None:
        """Save the pipeline after an evaluation, and the state."""
        self.save()
        if is_best:
            with replace_dir(self.path / DIR_MODEL_BEST) as folder:
                copy_entries(self.last, folder)
        write_state(self.state, self.nlp, self.optimizer, progress)

    def save(self) -> None:
        """Save the pipeline as model-last, with averaged weights if there are any."""
        if not self.is_ours:
            clean_output_dir(self.path)
            self.is_ours = True
        with self.nlp.use_params(self.optimizer.averages):
            self.before_to_disk(self.nlp).to_disk(self.last)

    def _recover(self) -> None:
        """Take over the complete folders that a run has left which was killed while it saved, and remove the rest."""
        for name in (DIR_MODEL_BEST, DIR_MODEL_LAST):
            recover(self.path / name)
        for part in self.path.glob(f".{STATE_FILE}.*.part"):
            part.unlink()


def clean_output_dir(path: Path | None) -> None:
    """Remove the pipelines that a run has saved in the folder, and its state. Raises OSError E901 if that fails."""
    if path is None:
        return
    try:
        for name in (DIR_MODEL_BEST, DIR_MODEL_LAST):
            if (path / name).exists():
                shutil.rmtree(path / name)
        (path / STATE_FILE).unlink(missing_ok=True)
    except OSError as error:
        raise OSError(Errors.E901.format(path=path, error=error)) from error


def create_before_to_disk_callback(
    callback: Callable[[Language], Language] | None,
) -> Callable[[Language], Language]:
    """The callback with its result checked; without one, the pipeline as it is."""
    return _unchanged if callback is None else partial(_checked, callback)


def _unchanged(nlp: Language) -> Language:
    return nlp


def _checked(callback: Callable[[Language], Language], nlp: Language) -> Language:
    """What the callback returns. Raises ValueError E914 unless it is a pipeline."""
    from tagma.language import Language

    if isinstance(changed := callback(nlp), Language):
        return changed
    raise ValueError(Errors.E914.format(value=type(changed)))
