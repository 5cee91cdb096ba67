"""TransitionSystem: an inventory of moves, their order, their file; what both systems share.

A move is an action with a label: "L-nsubj", "U-PERSON". Its class index is its row in the network's output, so the
order must come out of the saved counts alone; see `TransitionSystem.initialize_actions`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tagma.errors import Errors
from tagma.gold.example import Example
from tagma.pipeline.transitions._machine import Docs, Golds, State, System, oracle_moves
from tagma.strings import get_string_id
from tagma.tokens import Doc
from tagma.util.json_text import parse_json
from tagma.util.paths import replace_file
from tagma.util.serialize import reading, unpack_map

if TYPE_CHECKING:
    from tagma.strings import StringStore

__all__ = ["Array", "TransitionSystem"]

Array = np.ndarray[Any, Any]
Actions = dict[int, Counter[str]]


class TransitionSystem:
    """Base of the two systems.

    strings                StringStore that gets the labels.
    incorrect_spans_key    Span group of reference docs with entities that are not there (entities alone).
    """

    is_parser: ClassVar[bool]
    action_types: ClassVar[tuple[int, ...]]
    letters: ClassVar[Mapping[int, str]]

    def __init__(
        self,
        strings: StringStore,
        labels_by_action: Mapping[Any, Mapping[str, int]] | None = None,
        incorrect_spans_key: str | None = None,
    ) -> None:
        self.strings = strings
        self.neg_key: str | None = incorrect_spans_key
        self.labels: Actions = {}
        self._moves: list[tuple[int, str]] = []
        self._known: dict[tuple[int, str], int] = {}
        self._system: System | None = None
        self._numbers: dict[str, int] = {"": 0}
        self._keys: tuple[StringStore, Array] | None = None
        if labels_by_action:
            self.initialize_actions(labels_by_action)

    # --- moves ----------------------------------------------------------------------------------------------------

    @property
    def n_moves(self) -> int:
        """Number of classes."""
        return len(self._moves)

    @property
    def moves(self) -> Sequence[tuple[int, str]]:
        """(action, label) by class index."""
        return tuple(self._moves)

    @property
    def names(self) -> list[str]:
        """Names by class index."""
        return [self.move_name(action, label) for action, label in self._moves]

    def move_name(self, action: int, label: str) -> str:
        """Such as "S", "L-nsubj"."""
        return f"{self.letters[action]}-{label}" if label else self.letters[action]

    def index_of(self, name: str) -> int:
        """Class index of a move by its name. Raises KeyError E4056 for a name that is none."""
        for i, (action, label) in enumerate(self._moves):
            if self.move_name(action, label) == name:
                return i
        raise KeyError(Errors.E4056.format(name=name, opts=", ".join(self.names[:20])))

    def add_action(self, action: int, label: str) -> int:
        """Add a move behind all others: 1 if it is new, 0 if not.

        Its count is one below the lowest, and below zero, so that it comes last when the moves are read back.
        """
        counts = self.labels.setdefault(action, Counter())
        lowest = min(counts.values(), default=0)
        if not self._add_move(action, label):
            return 0
        counts[label] = min(lowest, 0) - 1
        return 1

    def _add_move(self, action: int, label: str) -> bool:
        if (action, label) in self._known:
            return False
        self.strings.add(label, allow_transient=False)
        self._known[action, label] = len(self._moves)
        self._moves.append((action, label))
        self._numbers.setdefault(label, len(self._numbers))
        self._system = self._keys = None
        return True

    def initialize_actions(self, labels_by_action: Mapping[Any, Mapping[str, int]]) -> None:
        """Take over an inventory {action: {label: count}}, whatever there was before.

        Order of the classes: actions ascending, within them (count, label) descending; then the moves with negative
        counts, which were added later, by (count, label) descending, each for its actions ascending.
        """
        self.labels, self._moves, self._known, self._numbers = {}, [], {}, {"": 0}
        self._system = self._keys = None
        later: list[tuple[int, str, int]] = []
        for action, counts in sorted((int(action), counts) for action, counts in labels_by_action.items()):
            self.labels[action] = Counter()
            for count, label in sorted(((count, label) for label, count in counts.items()), reverse=True):
                if count < 0:
                    later.append((count, label, action))
                else:
                    self._add_move(action, label)
                    self.labels[action][label] = count
        by_label = sorted({(count, label) for count, label, _ in later}, reverse=True)
        places = {label: place for place, (_, label) in reversed(list(enumerate(by_label)))}
        for count, label, action in sorted(later, key=lambda added: (places[added[1]], added[2])):
            self._add_move(action, label)
            self.labels[action][label] = count

    @property
    def system(self) -> System:
        """The moves as compiled code has them."""
        if self._system is None:
            actions = np.array([action for action, _ in self._moves], dtype=np.uint8)
            labels = np.array([self._numbers[label] for _, label in self._moves], dtype=np.int32)
            self._system = System(self.is_parser, actions, labels, self._numbers.get("subtok", -1))
        return self._system

    @property
    def label_names(self) -> list[str]:
        """Labels by their numbers in compiled code; the first is empty."""
        return list(self._numbers)

    @property
    def label_keys(self) -> Array:
        """Keys of `label_names` in the string store: uint64."""
        return np.array([get_string_id(label) if label else 0 for label in self._numbers], dtype=np.uint64)

    def keys_in(self, strings: StringStore) -> Array:
        """Keys of `label_names` in a string store, to which they are added once: uint64. Not to be written to."""
        kept = self._keys
        if kept is None or kept[0] is not strings:
            added = [strings.add(label, allow_transient=False) if label else 0 for label in self._numbers]
            kept = self._keys = strings, np.array(added, dtype=np.uint64)
        return kept[1]

    def numbers_of(self, keys: Array, missing: int) -> Array:
        """Numbers of labels given by their keys, int32; `missing` for those that are none."""
        known = self.label_keys
        order = np.argsort(known)
        place = order[np.minimum(np.searchsorted(known[order], keys), len(known) - 1)]
        return np.where(known[place] == keys, place, missing).astype(np.int32)

    # --- docs and examples: what each system defines -----------------------------------------------------------------

    @abstractmethod
    def read_docs(self, docs: Sequence[Doc]) -> Docs:
        """What is known of docs beforehand."""

    @abstractmethod
    def read_golds(self, examples: Sequence[Example], docs: Docs) -> Golds:
        """What the predicted docs of examples should get."""

    @abstractmethod
    def get_actions(self, *, examples: Iterable[Example] = (), **settings: Any) -> Actions:
        """The inventory that the references of examples need."""

    # --- states by hand ----------------------------------------------------------------------------------------------

    def init_state(self, doc: Doc) -> State:
        """The initial state of a doc."""
        return State(self.system, self.read_docs([doc]), doc)

    def gold(self, example: Example) -> Golds:
        """What the predicted doc of an example should get."""
        return self.read_golds([example], self.read_docs([example.predicted]))

    def has_gold(self, example: Example) -> bool:
        """Whether anything is known of the example."""
        return bool(len(example.predicted)) and self.gold(example).known(self.system, 0)

    def valid(self, state: State) -> Array:
        """Which moves are allowed: bool (n_moves,)."""
        return state.valid()

    def is_valid(self, state: State, name: str) -> bool:
        """Whether a move is allowed, by its name."""
        return bool(state.valid()[self.index_of(name)])

    def costs(self, state: State, gold: Golds) -> Array:
        """Cost of each move against the gold: float32 (n_moves,), 9000 where a move is not allowed."""
        return state.costs(gold)

    def apply(self, state: State, move: int) -> State:
        """Make a move by its class index. Raises ValueError E170 if it is not allowed."""
        if not 0 <= move < self.n_moves or not state.valid()[move]:
            raise ValueError(Errors.E170.format(name=self.names[move] if 0 <= move < self.n_moves else move))
        state.apply(move)
        return state

    def apply_transition(self, state: State, name: str) -> State:
        """Make a move by its name. Raises KeyError E4056 for no move, ValueError E170 if it is not allowed."""
        return self.apply(state, self.index_of(name))

    def get_oracle_sequence(self, example: Example) -> list[str]:
        """Names of the moves that lead to the gold: always the first of the lowest cost. Empty if nothing is known."""
        if not self.has_gold(example):
            return []
        names = self.names
        return [names[move] for move in oracle_moves(self.system, self.gold(example), 0).tolist()]

    # --- files -------------------------------------------------------------------------------------------------------

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The moves as msgpack: "moves", a JSON text {action: {label: count}}, and "cfg"."""
        import srsly

        data = {"moves": srsly.json_dumps(self.labels), "cfg": {"neg_key": self.neg_key}}
        return bytes(srsly.msgpack_dumps(data))

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> TransitionSystem:
        """Load what `to_bytes` wrote. Raises ValueError for anything else."""
        with reading("the moves"):
            data = unpack_map(bytes_data, "the moves")
            labels = parse_json(data["moves"])
            self.initialize_actions(labels)
            self.neg_key = data.get("cfg", {}).get("neg_key")
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the moves into a file."""
        with replace_file(Path(path)) as part:
            part.write_bytes(self.to_bytes())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> TransitionSystem:
        """Load what `to_disk` wrote. Raises ValueError for anything else."""
        return self.from_bytes(Path(path).read_bytes())
