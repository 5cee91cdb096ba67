import numpy as np
import numpy.typing as npt

from tagma.nn.types import Floats1d

WIDEST: int

class Entries:
    """The entries of a knowledge base with vectors of one width."""

    def __init__(self, width: int) -> None: ...
    @property
    def width(self) -> int: ...
    @property
    def n_entities(self) -> int:
        """Number of entities."""
    @property
    def n_aliases(self) -> int:
        """Number of aliases."""
    def entity_row(self, key: int) -> int:
        """Row of an entity; -1 if it is not there."""
    def alias_row(self, key: int) -> int:
        """Row of an alias; -1 if it is not there."""
    def add_entity(self, key: int, frequency: float, vector: Floats1d) -> None:
        """Add an entity that is not there, with a vector of the table's width."""
    def add_alias(self, key: int, rows: npt.NDArray[np.int64], priors: Floats1d) -> None:
        """Add an alias that is not there, for the entities of these rows."""
    def extend_alias(self, alias: int, row: int, prior: float) -> None:
        """Add an entity to an alias, whose pairs move to the end unless they are there."""
    def pairs(self, alias: int) -> list[tuple[int, int, float, float]]:
        """What an alias may stand for, as tuples: the entity's row, its hash, its frequency and its prior."""
    def vector(self, row: int) -> Floats1d:
        """A copy of an entity's vector, float32 (width,)."""
    def entity_keys(self) -> npt.NDArray[np.uint64]:
        """Hashes of the entities, uint64 (n_entities,)."""
    def frequencies(self) -> Floats1d:
        """Frequencies of the entities, float32 (n_entities,)."""
    def alias_keys(self) -> npt.NDArray[np.uint64]:
        """Hashes of the aliases, uint64 (n_aliases,)."""
    def pack(self) -> bytes:
        """All entries as bytes."""
    @staticmethod
    def unpack(data: bytes | bytearray | memoryview) -> Entries:
        """The entries that `pack` made bytes of. ValueError that says what is wrong with other bytes."""
