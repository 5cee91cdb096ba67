"""Every example layer in either library: `python layers.py LIB save FOLDER` or `python layers.py LIB load FOLDER OUT`.

Saving writes the bytes of the i-th example, with random weights. Loading reads these, and writes what they predict,
their bytes again, a step of training, in which both libraries draw the same masks, and the bytes that a seed gives.
"""

import importlib
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.append(str(Path(__file__).parent.parent / "nn"))
from examples import EXAMPLES, Example  # type: ignore[import-not-found, unused-ignore]

LIBS = {"tagma": "tagma.nn", "spacy": "thinc.api"}


def arrays(batch: Any) -> list[Any]:
    """The arrays of a batch in any container of either library, copied."""
    if isinstance(batch, list | tuple):
        return [array for item in batch for array in arrays(item)]
    if hasattr(batch, "dataXd"):
        return [batch.dataXd.copy(), np.array(batch.lengths)]
    if hasattr(batch, "size_at_t"):
        return [batch.data.copy(), np.array(batch.lengths)]
    return [np.array(batch)] if hasattr(batch, "dtype") else []


def save(lib: Any, i: int, example: Example, folder: Path) -> None:
    model = example.initialized(lib)
    rng = np.random.default_rng(i)
    for node in model.walk():
        for name in (name for name in node.param_names if name != "HC0"):  # of zeros, which neither library trains
            value = node.get_param(name)
            node.set_param(name, (value + 0.5 * rng.normal(size=value.shape)).astype("float32"))
    (folder / f"{i}.model").write_bytes(model.to_bytes())


def load(lib: Any, i: int, example: Example, folder: Path) -> dict[str, Any]:
    data = (folder / f"{i}.model").read_bytes()
    model = example.build(lib).from_bytes(data)
    found = {"predicted": arrays(model.predict(example.batch(lib))), "bytes": model.to_bytes(), "read": data}
    found["fresh"] = example.initialized(lib).to_bytes()
    np.random.seed(i)
    try:
        Y, backprop = model.begin_update(example.batch(lib))
        found["trained"] = arrays(Y)
        dX = backprop(example_gradient(lib, Y))
        found["dX"] = arrays(dX) if example.input_gradient else []
        found["grads"] = [np.array(node.get_grad(name)) for node in model.walk() for name in sorted(node.grad_names)]
    except Exception as error:  # told in the comparison, where known faults of the peer are expected
        found["error"] = f"{type(error).__name__}: {error}"
    return found


def example_gradient(lib: Any, Y: Any) -> Any:
    """A gradient of the kind of Y, of the same numbers in both libraries."""
    if isinstance(Y, list | tuple):
        items = [example_gradient(lib, y) for y in Y]
        return tuple(items) if isinstance(Y, tuple) else items
    if hasattr(Y, "dataXd"):
        return lib.Ragged(_wave(Y.dataXd), Y.lengths)
    if hasattr(Y, "size_at_t"):
        data = _wave(Y.data)
        data[np.arange(len(data))[:, None] >= Y.lengths] = 0
        return lib.Padded(data, Y.size_at_t, Y.lengths, Y.indices)
    return _wave(Y)


def _wave(values: Any) -> Any:
    return np.sin(np.arange(values.size, dtype="float64")).reshape(values.shape).astype(values.dtype)


def main() -> None:
    name, what, folder, *out = sys.argv[1:]
    lib = importlib.import_module(LIBS[name])
    found = {}
    for i, example in enumerate(EXAMPLES):
        if name == "spacy" and example.name in ("floats_getitem", "ints_getitem"):
            continue  # not among the peer's layers
        if what == "save":
            save(lib, i, example, Path(folder))
        elif (Path(folder) / f"{i}.model").exists():
            found[str(example)] = load(lib, i, example, Path(folder))
    if out:
        Path(out[0]).write_bytes(pickle.dumps(found))


if __name__ == "__main__":
    main()
