"""JAXShim: a pure function of JAX and its parameters inside a node. JAX itself is imported when a shim is made.

What is compiled, and what parameters are, stands below the class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..arrays import is_jax_array
from ..exchange import assert_jax_installed, get_jax_default_device, jax2xp, xp2jax
from ..packing import decode, encode
from ..types import ArgsKwargs
from .shim import Shim, update_params
from .states import check_choice, check_state, from_safetensors, is_safetensors, read_parts, to_safetensors

__all__ = ["JAXShim"]

_FORMATS = ("msgpack", "safetensors")


class JAXShim(Shim):
    """A pure function and its parameters: run, differentiated by `jax.vjp`, updated leaf by leaf, moved, saved.

    model           apply(params, *inputs) -> output: a pure function of arrays in any nesting
    params          a tree of arrays and numbers; floats are trained, integers are kept as they are
    jit             compile the function and its gradient, once for each shape of input
    pad_rows        whether `JAXWrapper` fills inputs up to a power of two of rows; see there
    serialize       "msgpack", as parameters of native layers are saved, or "safetensors"; either is read
    use_averages    whether `use_params` takes the averages of an optimizer, whose keys are (id, path of the leaf)
    Raises ImportError without JAX, ValueError for a model that cannot be called, for leaves that are no numbers and for
    an unknown `serialize`.
    """

    def __init__(
        self,
        model: Callable[..., Any],
        params: Any,
        config: dict[str, Any] | None = None,
        optimizer: Any = None,
        *,
        jit: bool = True,
        pad_rows: bool = False,
        serialize: str = "msgpack",
        use_averages: bool = True,
    ) -> None:
        assert_jax_installed()
        super().__init__(model, config, optimizer)
        if not callable(model):
            raise ValueError(f"JAX runs a function apply(params, X), but got a {type(model).__name__}")
        check_choice("serialize", serialize, _FORMATS)
        self.pad_rows: bool = pad_rows
        self.use_averages: bool = use_averages
        self._jit = jit
        self._serialize = serialize
        self._leaves, self._tree = _leaves_of(params)
        self._gradients: dict[str, Any] = {}
        self._compile()

    def _compile(self) -> None:
        self._run, self._differentiate, self._pull_back = _compiled(self._model, self._jit)

    @property
    def params(self) -> Any:
        """The parameters as they are now, in the tree that they came in."""
        import jax

        return jax.tree_util.tree_unflatten(self._tree, self._leaves.values())

    @property
    def device(self) -> Any:
        """The JAX device of the first parameter; of the current backend if there is none."""
        first = next(iter(self._leaves.values()), None)
        return get_jax_default_device() if first is None else next(iter(first.devices()))

    # -- Running

    def __call__(self, inputs: ArgsKwargs, is_train: bool) -> tuple[Any, Callable[..., Any]]:
        """Run `apply(params, *args, **kwargs)` on arrays of JAX: (its output as it is, backprop).

        `backprop` takes gradients in the nesting of the output, None for parts that have none, adds to the gradients of
        the parameters and returns the inputs with gradients in the place of arrays, zeros for integers. That of a
        prediction returns what it is given.
        """
        if is_train:
            return self.begin_update(inputs)
        return self.predict(inputs), lambda d_output: d_output

    def predict(self, inputs: ArgsKwargs) -> Any:
        """The output of the function."""
        structure, floats, others = self._split(inputs)
        return self._run(structure, floats, others)

    def begin_update(self, inputs: ArgsKwargs) -> tuple[Any, Callable[..., Any]]:
        """(output, backprop); see `__call__`."""
        import jax

        structure, floats, others = self._split(inputs)
        output, pullback = self._differentiate(structure, floats, others)

        def backprop(d_output: Any) -> ArgsKwargs:
            gradients = self._pull_back(pullback, _cotangents(output, d_output))
            n = len(self._leaves)
            for path, gradient in zip(self._leaves, gradients[:n], strict=True):
                if gradient is not None:
                    old = self._gradients.get(path)
                    self._gradients[path] = gradient if old is None else old + gradient
            filled = [
                jax.numpy.zeros_like(other) if gradient is None else gradient
                for gradient, other in zip(gradients, others, strict=True)
            ]
            _, args, kwargs = jax.tree_util.tree_unflatten(structure, filled)
            return ArgsKwargs(args, kwargs)

        return output, backprop

    def _split(self, inputs: ArgsKwargs) -> tuple[Any, list[Any], list[Any]]:
        """(structure, floats, others) of parameters and inputs; each list has None for the leaves of the other."""
        import jax

        leaves, structure = jax.tree_util.tree_flatten((self.params, inputs.args, inputs.kwargs))
        if wrong := [type(leaf).__name__ for leaf in leaves if not is_jax_array(leaf)]:
            raise ValueError(
                f"a function of JAX takes arrays, in lists, tuples and dicts, but got a {wrong[0]}: wrap the layer in "
                "with_array, which gives it the rows of a batch, or take it apart in convert_inputs"
            )
        is_float = [jax.numpy.issubdtype(leaf.dtype, jax.numpy.inexact) for leaf in leaves]
        floats = [leaf if known else None for leaf, known in zip(leaves, is_float, strict=True)]
        others = [None if known else leaf for leaf, known in zip(leaves, is_float, strict=True)]
        return structure, floats, others

    # -- Training

    def finish_update(self, optimizer: Any) -> None:
        """Let the optimizer change every leaf that has a gradient, under (id, path). Gradients are gone afterwards."""
        paths = list(self._gradients)
        triples = [((self.id, path), _array(self._leaves[path]), _array(self._gradients[path])) for path in paths]
        for path, (value, _) in zip(paths, update_params(optimizer, triples) if triples else (), strict=True):
            self._leaves[path] = _like(value, self._leaves[path])
        self._gradients = {}

    @contextmanager
    def use_params(self, params: dict[Any, Any]) -> Iterator[None]:
        """Use other values, those under (id, path), within a `with` block. Raises ValueError where a shape differs."""
        chosen = {}
        if self.use_averages:
            chosen = {path: params[self.id, path] for path in self._leaves if (self.id, path) in params}
        before = self._leaves
        try:
            self._leaves = {**before, **{path: _like(value, before[path]) for path, value in chosen.items()}}
            yield
        finally:
            self._leaves = before

    # -- Copies, devices, bytes

    def __getstate__(self) -> dict[str, Any]:
        """For copies and pickles: all but what is compiled."""
        compiled = ("_run", "_differentiate", "_pull_back")
        return {name: value for name, value in vars(self).items() if name not in compiled}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._compile()

    def remember(self) -> Callable[[], None]:
        """See Shim."""
        leaves, config = self._leaves, dict(self.cfg)

        def bring_back() -> None:
            self._leaves, self.cfg = leaves, config

        return bring_back

    def to_device(self, device_type: str, device_id: int) -> None:
        """Move to "cpu" or to "gpu" number `device_id`. Raises ValueError for another device."""
        import jax

        if device_type not in ("cpu", "gpu"):
            raise ValueError(f"unknown device {device_type!r}: choose 'cpu' or 'gpu'")
        device = jax.devices("cpu")[0] if device_type == "cpu" else jax.devices("gpu")[device_id]
        self._leaves = {path: jax.device_put(leaf, device) for path, leaf in self._leaves.items()}

    def to_bytes(self) -> bytes:
        """The config, and the parameters by path, in the layout of the other shims."""
        arrays = {path: jax2xp(leaf) for path, leaf in self._leaves.items()}
        state = to_safetensors(arrays) if self._serialize == "safetensors" else encode(arrays)
        return encode({"config": self.cfg, "state": state})

    def from_bytes(self, bytes_data: bytes) -> JAXShim:
        """Load what `to_bytes` made. Raises ValueError for damaged data and for parameters of another tree."""
        config, state = read_parts(bytes_data, "state", "JAX")
        arrays = _read_arrays(state)
        check_state(arrays, {path: tuple(leaf.shape) for path, leaf in self._leaves.items()}, "JAX module")
        self._leaves = {path: _like(arrays[path], leaf) for path, leaf in self._leaves.items()}
        self.cfg: dict[str, Any] = config
        return self


# -- What is compiled


def _compiled(apply: Callable[..., Any], jit: bool) -> tuple[Any, Any, Any]:
    """Functions that run `apply`, run it for training, and pull a gradient back through such a run.

    The first two take (structure, floats, others) as `_split` makes them; gradients are those of the floats.
    """
    import jax

    def run(structure: Any, floats: list[Any], others: list[Any]) -> Any:
        leaves = [other if leaf is None else leaf for leaf, other in zip(floats, others, strict=True)]
        params, args, kwargs = jax.tree_util.tree_unflatten(structure, leaves)
        return jax.tree_util.tree_map(jax.numpy.asarray, apply(params, *args, **kwargs))

    def differentiate(structure: Any, floats: list[Any], others: list[Any]) -> Any:
        return jax.vjp(lambda leaves: run(structure, leaves, others), floats)

    def pull_back(pullback: Any, d_output: Any) -> Any:
        return pullback(d_output)[0]

    if not jit:
        return run, differentiate, pull_back
    return jax.jit(run, static_argnums=0), jax.jit(differentiate, static_argnums=0), jax.jit(pull_back)


def _cotangents(output: Any, d_output: Any) -> Any:
    """Gradients in the structure that `jax.vjp` asks for: zeros where there is none, of a kind of its own for integers.

    Raises ValueError for a gradient of another shape, or of something that is not part of the output.
    """
    import jax

    leaves, structure = jax.tree_util.tree_flatten_with_path(output)
    given = dict(jax.tree_util.tree_flatten_with_path(d_output)[0])
    if other := given.keys() - {path for path, _ in leaves}:
        raise ValueError(f"there is a gradient of {_name(min(other, key=_name))}, which the function does not give")
    gradients = []
    for path, leaf in leaves:
        gradient = given.get(path)
        if gradient is not None and gradient.shape != leaf.shape:
            where = f"output {_name(path)}" if path else "the output"
            raise ValueError(f"{where} has shape {leaf.shape}, but its gradient {gradient.shape}")
        if not jax.numpy.issubdtype(leaf.dtype, jax.numpy.inexact):
            gradients.append(np.zeros(leaf.shape, jax.dtypes.float0))
        else:
            gradients.append(jax.numpy.zeros_like(leaf) if gradient is None else gradient.astype(leaf.dtype))
    return jax.tree_util.tree_unflatten(structure, gradients)


# -- Parameters


def _leaves_of(params: Any) -> tuple[dict[str, Any], Any]:
    """(arrays of JAX by path, structure) of a tree of parameters. Raises ValueError for a leaf that is no number."""
    import jax

    found, structure = jax.tree_util.tree_flatten_with_path(params)
    leaves: dict[str, Any] = {}
    for path, leaf in found:
        array = leaf if isinstance(leaf, jax.Array) else np.asarray(leaf)
        if array.dtype.kind not in "fiub" and array.dtype != jax.numpy.bfloat16:
            raise ValueError(f"parameters of JAX are arrays and numbers, but {_name(path)} is a {type(leaf).__name__}")
        leaves[_name(path)] = xp2jax(array)
    if len(leaves) < len(found):
        raise ValueError("two parameters have the same path: name them by keys without '/'")
    return leaves, structure


def _name(path: Any) -> str:
    """The path of a leaf: "layers/0/W"."""
    import jax

    return str(jax.tree_util.keystr(path, simple=True, separator="/"))


def _array(leaf: Any) -> Any:
    """A leaf as an array of at least one axis that an optimizer can change: a copy, in 32 bits or more."""
    array = jax2xp(leaf)
    return (array.astype("float32") if array.dtype.itemsize < 4 else array).reshape(array.shape or (1,))


def _like(value: Any, leaf: Any) -> Any:
    """An array as a leaf in the place of another, with its dtype and device. Raises ValueError if its shape differs."""
    if value.size != leaf.size or (leaf.ndim and tuple(value.shape) != leaf.shape):
        raise ValueError(f"the parameter has shape {leaf.shape}, but the value to use {tuple(value.shape)}")
    return xp2jax(value.reshape(leaf.shape), next(iter(leaf.devices()))).astype(leaf.dtype)


def _read_arrays(state: bytes) -> dict[str, Any]:
    """Arrays by path in either format. Raises ValueError for damaged data."""
    if is_safetensors(state):
        return from_safetensors(state, "JAX")
    arrays = decode(state, "the saved state of the JAX module")
    if not isinstance(arrays, dict) or not all(isinstance(value, np.ndarray) for value in arrays.values()):
        raise ValueError("the saved state of the JAX module is no map of arrays by path")
    return arrays
