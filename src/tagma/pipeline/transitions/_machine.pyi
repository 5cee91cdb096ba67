from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tagma.tokens import Doc

class System:
    """The moves of a transition system by class index."""

    def __init__(
        self, is_parser: bool, actions: npt.NDArray[np.uint8], labels: npt.NDArray[np.int32], subtok: int
    ) -> None: ...
    @property
    def actions(self) -> npt.NDArray[np.uint8]: ...
    @property
    def labels(self) -> npt.NDArray[np.int32]: ...

class Docs:
    """What is known of the docs of a batch beforehand."""

    def __init__(
        self,
        lengths: npt.NDArray[np.int32],
        sent_start: npt.NDArray[np.int8] | None,
        is_space: npt.NDArray[np.uint8] | None,
        ent_iob: npt.NDArray[np.int8] | None,
        ent_label: npt.NDArray[np.int32] | None,
    ) -> None: ...
    @property
    def offsets(self) -> npt.NDArray[np.intp]: ...

class Golds:
    """What the docs of a batch should get."""

    def __init__(
        self,
        docs: Docs,
        heads: npt.NDArray[np.int32] | None,
        labels: npt.NDArray[np.int32],
        starts: npt.NDArray[np.int8] | None,
        tags: npt.NDArray[np.uint8] | None,
        wrong: list[npt.NDArray[np.int32] | None] | None,
    ) -> None: ...
    @property
    def docs(self) -> Docs: ...
    def known(self, system: System, doc: int) -> bool:
        """Whether anything is known of a doc."""

class State:
    """A state of one doc, to look at and to move by hand."""

    def __init__(self, system: System, docs: Docs, doc: Doc) -> None: ...
    @property
    def docs(self) -> Docs: ...
    @property
    def system(self) -> System: ...
    @property
    def doc(self) -> Doc: ...
    @property
    def stack(self) -> list[int]:
        """Tokens on the stack, the top one last."""

    @property
    def buffer(self) -> list[int]:
        """Tokens of the buffer, the next one first."""

    @property
    def history(self) -> list[int]:
        """Class indices of the moves so far."""

    def copy(self) -> State:
        """A state that moves on by itself."""

    def is_final(self) -> bool:
        """Whether nothing is left to do."""

    def features(self, n: int) -> list[int]:
        """Tokens that the network sees, -1 where there is none; n is 3, 6, 8 or 13."""

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What the moves so far say, by the names and meanings of tg_read in csrc/machine.h."""

    def valid(self) -> npt.NDArray[np.bool_]:
        """Which moves are allowed: bool (n_moves,)."""

    def costs(self, golds: Golds) -> npt.NDArray[np.float32]:
        """Cost of each move against the gold of the doc: float32 (n_moves,), 9000 where a move is not allowed."""

    def apply(self, move: int) -> None:
        """Make a move, which must be allowed."""

class Net:
    """Weights of the network over states, as arrays that must stay as they are."""

    def __init__(
        self,
        W: npt.NDArray[np.float32],
        b: npt.NDArray[np.float32],
        pad: npt.NDArray[np.float32],
        upper_W: npt.NDArray[np.float32] | None,
        upper_b: npt.NDArray[np.float32] | None,
        unseen: npt.NDArray[np.uint8] | None,
        relu: bool,
    ) -> None: ...

class Starts:
    """States from which a batch is trained, in the order of the docs."""

    def __init__(
        self,
        system: System,
        docs: Docs,
        golds: Golds | None,
        moves: Sequence[npt.NDArray[np.int32] | None],
        cut: int,
    ) -> None: ...
    @property
    def docs(self) -> Docs: ...
    def __len__(self) -> int: ...

def greedy(
    system: System, net: Net, docs: Docs, X: npt.NDArray[np.float32], want_p: bool, want_moves: bool
) -> dict[str, Any]:
    """Parse a batch by the best moves. X (n_tokens, nI) are the vectors of the tokens."""

def search(
    system: System, net: Net, docs: Docs, X: npt.NDArray[np.float32], width: int, density: float, want_moves: bool
) -> dict[str, Any]:
    """Parse a batch by beams of `width` analyses; those of less than `density` of the best one's probability go."""

def oracle_moves(system: System, golds: Golds, doc: int) -> npt.NDArray[np.int32]:
    """The moves that the gold of a doc asks for, as far as there are any: int32 (n,)."""

def train(
    system: System,
    net: Net,
    starts: Starts,
    golds: Golds | None,
    X: npt.NDArray[np.float32],
    dX: npt.NDArray[np.float32],
    gradients: tuple[npt.NDArray[np.float32] | None, ...],
    max_steps: int,
    drop: float,
    seed: int,
    teacher: Net | None,
    teacher_X: npt.NDArray[np.float32] | None,
    rehearse: bool,
    beam_width: int,
    beam_density: float,
) -> tuple[float, int, npt.NDArray[np.uint8]]:
    """Follow the best moves from the states and compare each step's scores with the gold moves, with the probabilities
    of a teacher's scores, or (`rehearse`) with its scores."""
