from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from tagma.strings import StringStore
from tagma.vocab import Vocab

NO_TREE: int
MATCH: tuple[str, ...]
SUBSTITUTION: tuple[str, ...]
NO_MATCH: tuple[int, ...]

class EditTrees:
    """Edit trees over the texts of a vocabulary."""

    @property
    def vocab(self) -> Vocab: ...
    def __init__(self, vocab: Vocab) -> None: ...
    def __len__(self) -> int: ...
    def __getitem__(self, tree_id: int) -> dict[str, int]: ...
    def add(self, form: str, lemma: str) -> int:
        """The tree that makes `lemma` of `form`; it is added if it is not there.

        NO_TREE for two unequal texts of so many characters that their product is above 2**26.
        """

    def find(self, form: str, lemma: str) -> int:
        """The tree that makes `lemma` of `form`; NO_TREE if it is not there."""

    def trees_of(
        self,
        forms: npt.NDArray[np.uint64],
        lemmas: npt.NDArray[np.uint64],
        form_strings: StringStore,
        lemma_strings: StringStore,
        add: bool = False,
    ) -> npt.NDArray[np.uint32]:
        """The tree of each pair of a form and a lemma, given by their keys: uint32 (n,).

        NO_TREE where the lemma is 0, and where the tree is not there and is not to be added.
        """

    def apply(self, tree_id: int, form: str) -> str | None:
        """What the tree makes of `form`; None if it does not apply. Raises IndexError E1030 for no tree of these."""

    def applicable(self, trees: npt.NDArray[np.uint32], forms: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        """The tree given for each form, int64 (n,): -1 where it does not apply."""

    def best(
        self,
        scores: npt.NDArray[np.float32],
        trees: npt.NDArray[np.uint32],
        forms: npt.NDArray[np.uint64],
        top_k: int,
    ) -> npt.NDArray[np.int64]:
        """For each form the first of its `top_k` best trees that applies, int64 (n,): -1 if none does.

        scores    float32 (n, n_labels), the column of each tree of `trees` (n_labels,). Of equal scores the first wins.
        """

    def lemmas(
        self, trees: npt.NDArray[np.int64], forms: npt.NDArray[np.uint64]
    ) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool]]:
        """What the trees make of the forms: keys, uint64 (n,), and where they apply, bool (n,).

        Below 0 there is no tree. The texts are added to the string store, as a doc's are.
        """

    def tree_to_str(self, tree_id: int) -> str:
        """The tree as text: (m prefix_len suffix_len prefix_tree suffix_tree), (s 'orig' 'subst'), () for none."""

    def to_json(self) -> list[dict[str, Any]]:
        """All nodes as dicts, with texts: what `from_json` takes."""

    def from_json(self, trees: Iterable[dict[str, Any]]) -> EditTrees:
        """Replace all nodes by these dicts, whose texts are str, or keys. Raises ValueError E1026 for a bad one."""

    def to_bytes(self) -> bytes:
        """msgpack of {"trees": [a map for each node]}, with keys for texts."""

    def from_bytes(self, bytes_data: bytes, what: object = "edit trees") -> EditTrees:
        """Replace all nodes by those that `to_bytes` wrote. Raises ValueError: E4010 no such data, E1026 a bad node.

        what    What the data is called in errors.
        """
