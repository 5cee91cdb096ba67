"""Types of what flows between layers: array annotations, ragged, padded and listed batches.

Arrays are plain NumPy (or CuPy) arrays. `Floats2d` and its kin are annotations: a type checker reads rank and kind from
them, the config and data validators check rank and dtype at run time, and nothing is ever an instance of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeAlias, TypeVar, Union

import numpy as np

DTypesFloat = Literal["f", "float32", "float16", "float64"]
DTypesInt = Literal["i", "int32", "int64", "uint32", "uint64"]
# What arrays are indexed with, and reduced over: positions, axes, and `keepdims`.
Slicish = Union[slice, list[int], "ArrayXd"]
OneAx = int | tuple[int]
TwoAx = tuple[int, int]
ThreeAx = tuple[int, int, int]
FourAx = tuple[int, int, int, int]
Tru = Literal[True]
Fal = Literal[False]
DTypes = Literal["f", "i", "float16", "float32", "float64", "int32", "int64", "uint32", "uint64"]
DeviceTypes = Literal["cpu", "gpu", "tpu"]
Shape: TypeAlias = tuple[int, ...]
Xp: TypeAlias = Any  # the array module: numpy or cupy

# The dtype classes of array annotations (contract, section 3.1).
DTYPES_BY_KIND: dict[str, tuple[str, ...]] = {"f": ("float32",), "i": ("int32", "int64", "uint32", "uint64")}


def get_array_module(arr: Any) -> Xp:
    """The module that `arr` belongs to: numpy or cupy. Raises ValueError for anything else."""
    if isinstance(arr, np.ndarray | np.generic):
        return np
    cupy = sys.modules.get("cupy")
    if cupy is not None and isinstance(arr, cupy.ndarray):
        return cupy
    raise ValueError(f"expected a NumPy or CuPy array, but got {type(arr).__name__}; convert it with ops.asarray first")


def validate_array(obj: Any, ndim: int | None = None, dtype: str | None = None) -> Any:
    """Return `obj` if it is an array of that rank and dtype class ("f" or "i", or an exact dtype).

    Raises ValueError naming every mismatch.
    """
    if not _is_array(obj):
        raise ValueError(f"expected an array, but got {type(obj).__name__}")
    errors = []
    if ndim is not None and obj.ndim != ndim:
        errors.append(f"number of axes is {obj.ndim}; needed: {ndim}")
    if dtype is not None:
        allowed = DTYPES_BY_KIND.get(dtype, (dtype,))
        if str(obj.dtype) not in allowed:
            errors.append(f"dtype is {obj.dtype}; allowed: {', '.join(allowed)}")
    if errors:
        raise ValueError("; ".join(errors))
    return obj


def _is_array(obj: Any) -> bool:
    cupy = sys.modules.get("cupy")
    return isinstance(obj, np.ndarray) or (cupy is not None and isinstance(obj, cupy.ndarray))


class _Array:
    """Base of the array annotations; `_ndim` and `_dtype` say what the validators check."""

    _ndim: int | None = None
    _dtype: str | None = None

    @classmethod
    def validate(cls, value: Any) -> Any:
        """`value`, unchanged. Raises ValueError if its rank or dtype does not fit the annotation."""
        return validate_array(value, ndim=cls._ndim, dtype=cls._dtype)

    @classmethod
    def __get_validators__(cls) -> Iterator[Callable[[Any], Any]]:
        """Hook of pydantic 1."""
        yield cls.validate

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Hook of pydantic 2."""
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(cls.validate)


def is_array_annotation(annotation: Any) -> bool:
    """Whether this is `Floats2d` or one of its kin, of which nothing is an instance."""
    return isinstance(annotation, type) and issubclass(annotation, _Array)


if TYPE_CHECKING:
    # To a type checker they are NumPy arrays of that rank and kind, so that NumPy's own types fit without casts and
    # layers of different ranks or kinds do not.
    _FloatType: TypeAlias = np.dtype[np.floating[Any]]
    _IntType: TypeAlias = np.dtype[np.integer[Any]]
    FloatArray: TypeAlias = np.ndarray[Any, _FloatType]
    Floats1d: TypeAlias = np.ndarray[tuple[int], _FloatType]
    Floats2d: TypeAlias = np.ndarray[tuple[int, int], _FloatType]
    Floats3d: TypeAlias = np.ndarray[tuple[int, int, int], _FloatType]
    Floats4d: TypeAlias = np.ndarray[tuple[int, int, int, int], _FloatType]
    Ints1d: TypeAlias = np.ndarray[tuple[int], _IntType]
    Ints2d: TypeAlias = np.ndarray[tuple[int, int], _IntType]
    Ints3d: TypeAlias = np.ndarray[tuple[int, int, int], _IntType]
    Ints4d: TypeAlias = np.ndarray[tuple[int, int, int, int], _IntType]
else:

    class Floats1d(_Array):
        """float32 array of rank 1."""

        _ndim, _dtype = 1, "f"

    class Floats2d(_Array):
        """float32 array of rank 2."""

        _ndim, _dtype = 2, "f"

    class Floats3d(_Array):
        """float32 array of rank 3."""

        _ndim, _dtype = 3, "f"

    class Floats4d(_Array):
        """float32 array of rank 4."""

        _ndim, _dtype = 4, "f"

    class Ints1d(_Array):
        """Integer array (int32, int64, uint32 or uint64) of rank 1."""

        _ndim, _dtype = 1, "i"

    class Ints2d(_Array):
        """Integer array (int32, int64, uint32 or uint64) of rank 2."""

        _ndim, _dtype = 2, "i"

    class Ints3d(_Array):
        """Integer array (int32, int64, uint32 or uint64) of rank 3."""

        _ndim, _dtype = 3, "i"

    class Ints4d(_Array):
        """Integer array (int32, int64, uint32 or uint64) of rank 4."""

        _ndim, _dtype = 4, "i"


# typing.Union, not "|": these names are also evaluated by validators that expect typing objects.
Array1d = Union[Floats1d, Ints1d]  # noqa: UP007
Array2d = Union[Floats2d, Ints2d]  # noqa: UP007
Array3d = Union[Floats3d, Ints3d]  # noqa: UP007
Array4d = Union[Floats4d, Ints4d]  # noqa: UP007
FloatsXd = Union[Floats1d, Floats2d, Floats3d, Floats4d]  # noqa: UP007
IntsXd = Union[Ints1d, Ints2d, Ints3d, Ints4d]  # noqa: UP007
ArrayXd = Union[FloatsXd, IntsXd]  # noqa: UP007
List1d = Union[list[Floats1d], list[Ints1d]]  # noqa: UP007
List2d = Union[list[Floats2d], list[Ints2d]]  # noqa: UP007
List3d = Union[list[Floats3d], list[Ints3d]]  # noqa: UP007
List4d = Union[list[Floats4d], list[Ints4d]]  # noqa: UP007
ListXd = Union[List1d, List2d, List3d, List4d]  # noqa: UP007

if not TYPE_CHECKING:
    FloatArray = FloatsXd  # of a rank that the one who asks for it knows, such as a parameter

ArrayT = TypeVar("ArrayT")
SelfT = TypeVar("SelfT")
Array1dT = TypeVar("Array1dT", bound=Array1d)
FloatsXdT = TypeVar("FloatsXdT", Floats1d, Floats2d, Floats3d, Floats4d)
# Results of chaining (X → Y → Z) and of parallel composition, for functions that annotate them as Thinc's do. No
# argument says what they are: a type checker takes them from the place where the result goes, else for anything.
if TYPE_CHECKING:
    import typing_extensions

    XY_YZ_OutT = typing_extensions.TypeVar("XY_YZ_OutT", default=Any)
    XY_XY_OutT = typing_extensions.TypeVar("XY_XY_OutT", default=Any)
else:
    XY_YZ_OutT = TypeVar("XY_YZ_OutT")
    XY_XY_OutT = TypeVar("XY_XY_OutT")

DecoratedT = TypeVar("DecoratedT", bound=Callable[..., Any])
ValueT_co = TypeVar("ValueT_co", covariant=True)
_ItemT = TypeVar("_ItemT")


class Decorator(Protocol):
    """A function decorator that keeps the type of what it decorates."""

    def __call__(self, name: str) -> Callable[[DecoratedT], DecoratedT]: ...


class Generator(Iterator[Any]):
    """Annotation for arguments that may be any iterator or generator; validation never consumes it."""

    @classmethod
    def validate(cls, value: Any) -> Any:
        """`value`, unchanged. Raises TypeError if it can be neither iterated nor advanced."""
        if not hasattr(value, "__iter__") and not hasattr(value, "__next__"):
            raise TypeError(f"expected an iterator or generator, but got {type(value).__name__}")
        return value

    @classmethod
    def __get_validators__(cls) -> Iterator[Callable[[Any], Any]]:
        """Hook of pydantic 1."""
        yield cls.validate

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Hook of pydantic 2."""
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(cls.validate)


class ArrayList(list[_ItemT]):
    """A list of arrays that are consecutive views of one contiguous array, which it remembers.

    flat       the array of all rows, in order; None once the list is an ordinary one
    lengths    int array (n_items,), rows of each item

    Flattening such a list costs nothing. It stays an ordinary list: whoever changes it may, and `intact()` then says
    False, so that readers fall back to concatenating.
    """

    __slots__ = ("_views", "flat", "lengths")

    flat: Any
    lengths: Any
    _views: tuple[Any, ...]

    def __init__(self, items: Iterable[_ItemT] = ()) -> None:
        super().__init__(items)
        self.flat = None
        self.lengths = None
        self._views = ()

    @classmethod
    def from_flat(cls, flat: Any, lengths: Any) -> ArrayList[Any]:
        """Cut `flat` (n, …) into views of `lengths` rows. Rows beyond their sum are left out of the list.

        `lengths`: int array or sequence, each ≥ 0, on the CPU; n must not be smaller than their sum.
        """
        lengths = np.asarray(lengths, dtype="int32")
        views = []
        start = 0
        for length in lengths.tolist():
            views.append(flat[start : start + length])
            start += length
        result: ArrayList[Any] = cls(views)
        result.flat = flat if start == len(flat) else flat[:start]
        result.lengths = lengths
        result._views = tuple(views)
        return result

    def intact(self) -> bool:
        """Whether the items still are exactly the views of `flat`, in order."""
        views = self._views
        if self.flat is None or len(self) != len(views):
            return False
        return all(map(_same, self, views))

    def __reduce__(self) -> tuple[Any, ...]:
        # Views and identity do not survive copying: a copy is an ordinary list of its own arrays.
        return (list, (list(self),))


def _same(left: Any, right: Any) -> bool:
    return left is right


@dataclass
class Ragged:
    """Sequences of rows, end to end.

    data       2-d view (n_rows, width) of the given array; `dataXd` gives it in its own rank
    lengths    int32 (n_sequences,), rows of each sequence
    """

    data: Any
    lengths: Any
    data_shape: tuple[int, ...]
    starts_ends: Any | None = None

    def __init__(self, data: Any, lengths: Any) -> None:
        self.lengths = lengths
        shape = data.shape
        self.data_shape = (-1, *shape[1:])
        # Zero-size data keeps its trailing dims in data_shape alone: reshape cannot infer a -1 from nothing.
        if len(shape) == 2 and data.size:
            self.data = data
        else:
            self.data = data.reshape((shape[0], -1)) if data.size else data.reshape((0, 0))
        self.starts_ends = None

    @property
    def dataXd(self) -> Any:
        """The rows in the rank of the array that was given."""
        if self.data.size:
            return self.data.reshape(self.data_shape)
        return self.data.reshape((0, *self.data_shape[1:])) if 0 not in self.data_shape[1:] else self._empty()

    @property
    def rows(self) -> Any:
        """`data`, but with its width also if there are no rows: (n_rows, product of the trailing dims)."""
        if self.data.size:
            return self.data
        empty = self.dataXd
        return empty.reshape((empty.shape[0], int(np.prod(empty.shape[1:]))))

    def _empty(self) -> Any:
        rows = int(self.lengths.sum()) if len(self.lengths) else 0
        return self.data.reshape((rows, *self.data_shape[1:]))

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: Any) -> Ragged:
        """The sequences at `index` (int, slice, list or array of ints), as a Ragged, like indexing a list of sequences.

        Raises IndexError for a tuple or an index out of range.
        """
        if isinstance(index, tuple):
            raise IndexError("a Ragged has one axis, its sequences: index it with an int, a slice or an array of ints")
        xp = get_array_module(self.lengths)
        data = self.dataXd
        n = len(self.lengths)
        if isinstance(index, int | np.integer):
            if not -n <= index < n:
                raise IndexError(f"sequence {index} of a Ragged that has {n}")
            index = int(index) % n
            index = slice(index, index + 1)
        starts, ends = self._get_starts(), self._get_ends()
        if isinstance(index, slice):
            start, stop, step = index.indices(n)
            if step == 1:
                first = int(starts[start]) if start < stop else 0
                last = int(ends[stop - 1]) if start < stop else 0
                return Ragged(data[first:last], self.lengths[start : max(start, stop)])
            index = xp.arange(start, stop, step)
        chosen = xp.asarray(index)
        if chosen.dtype == bool:
            chosen = xp.flatnonzero(chosen)
        chosen = chosen.astype("int64")
        if chosen.size and (int(chosen.max()) >= n or int(chosen.min()) < -n):
            raise IndexError(f"sequence index out of range: this Ragged has {n} sequences, asked for {index}")
        lengths = self.lengths[chosen]
        # Rows of every chosen sequence: its start, plus 0, 1, … within the sequence.
        offsets = xp.cumsum(lengths) - lengths
        within = xp.arange(int(lengths.sum())) - xp.repeat(offsets, lengths.tolist())
        return Ragged(data[xp.repeat(starts[chosen], lengths.tolist()) + within], lengths)

    def _get_starts_ends(self) -> Any:
        if self.starts_ends is None:
            xp = get_array_module(self.lengths)
            ends = xp.zeros(len(self.lengths) + 1, dtype="int32")
            xp.cumsum(self.lengths, out=ends[1:])
            self.starts_ends = ends
        return self.starts_ends

    def _get_starts(self) -> Any:
        return self._get_starts_ends()[:-1]

    def _get_ends(self) -> Any:
        return self._get_starts_ends()[1:]


@dataclass
class Padded:
    """Sequences padded to one length, time first, longest sequence first.

    data         (n_steps, n_sequences, width)
    size_at_t    int32 (n_steps,), number of sequences longer than t
    lengths      int32 (n_sequences,), decreasing
    indices      int32 (n_sequences,), place of each column in the original order
    """

    data: Any
    size_at_t: Any
    lengths: Any
    indices: Any

    def copy(self) -> Padded:
        """A Padded with its own arrays."""
        return Padded(*(getattr(self, field.name).copy() for field in fields(self)))

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: Any) -> Padded:
        """The sequences (columns) at `index`: int, slice, list or array of ints. `indices` keep their original values.

        Columns are put in order of decreasing length again, so that the result is a valid Padded.
        """
        if isinstance(index, tuple):
            raise IndexError("a Padded is indexed by sequence: use an int, a slice or an array of ints")
        if isinstance(index, int | np.integer):
            n = len(self)
            if not -n <= index < n:
                raise IndexError(f"sequence {index} of a Padded that has {n}")
            index = slice(int(index) % n, int(index) % n + 1)
        xp = get_array_module(self.lengths)
        if not isinstance(index, slice):
            index = xp.asarray(index)
        lengths, indices, data = self.lengths[index], self.indices[index], self.data[:, index]
        order = xp.argsort(-lengths.astype("int64"), kind="stable")
        if (order != xp.arange(len(order))).any():
            lengths, indices, data = lengths[order], indices[order], data[:, order]
        steps = xp.arange(self.data.shape[0], dtype="int32")
        size_at_t = (lengths[None, :] > steps[:, None]).sum(axis=1).astype("int32")
        return Padded(data, size_at_t, lengths, indices)


@dataclass
class Pairs(Generic[_ItemT]):
    """Two sequences of equal length that are indexed together."""

    one: Sequence[_ItemT]
    two: Sequence[_ItemT]

    def __getitem__(self, index: Any) -> Pairs[_ItemT]:
        """The items of both sequences at `index`, as Pairs."""
        return Pairs(self.one[index], self.two[index])

    def __len__(self) -> int:
        return len(self.one)


@dataclass
class SizedGenerator(Generic[_ItemT]):
    """An iterable with a length whose items are made anew by each iteration."""

    get_items: Callable[[], Iterable[_ItemT]]
    length: int

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[_ItemT]:
        yield from self.get_items()


@dataclass
class ArgsKwargs:
    """Positional and keyword arguments of a call, kept together."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @classmethod
    def from_items(cls, items: Sequence[tuple[int | str, Any]]) -> ArgsKwargs:
        """From (key, value) pairs: int keys make the positional arguments, in order; str keys the keyword ones."""
        args = tuple(value for key, value in items if isinstance(key, int))
        return cls(args, {key: value for key, value in items if not isinstance(key, int)})

    def keys(self) -> Iterable[int | str]:
        """0 … n-1 for the positional arguments, then the keyword names."""
        yield from range(len(self.args))
        yield from self.kwargs

    def values(self) -> Iterable[Any]:
        """All values, in the order of `keys`."""
        yield from self.args
        yield from self.kwargs.values()

    def items(self) -> Iterable[tuple[int | str, Any]]:
        """Pairs of `keys` and `values`."""
        yield from enumerate(self.args)
        yield from self.kwargs.items()


@dataclass
class Unserializable:
    """Wraps an attribute value that must not be saved with the model."""

    obj: Any


Batchable = Union[Pairs[Any], Ragged, Padded, ArrayXd, list[Any], tuple[Any, ...]]  # noqa: UP007
InFuncT = TypeVar("InFuncT", bound=Callable[..., Any])
SizedT = TypeVar("SizedT", bound=Sized)
