"""The state of a training run, from which an interrupted run goes on just as if it had not been interrupted.

One msgpack file beside `model-last`, written at each evaluation: weights as they are in training (those of model-last
may be averages), moments and counts of the optimizer, states of the random generators, scores and strings so far. Nodes
are known by component, number in walk order and parameter name, since their ids differ from process to process. No
pickle: a file from elsewhere cannot run code. In front of the msgpack stand a line with the format and the SHA-256 of
what follows.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.ty import Labels, nodes_of
from tagma.util.paths import replace_file

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.language import Language
    from tagma.nn import Optimizer

__all__ = [
    "STATE_FILE",
    "changed_settings",
    "check_fits",
    "fingerprint",
    "get_python_state",
    "read_state",
    "restore",
    "set_python_state",
    "write_state",
]

STATE_FILE = "training-state"
HEAD = b"tagma training state 6\n"
MOMENTS = ("mom1", "mom2", "averages")  # what an optimizer keeps of each parameter
SUM_SIZE = hashlib.sha256().digest_size
ANNOTATION = ("ORTH", "SPACY", "TAG", "POS", "MORPH", "LEMMA", "HEAD", "DEP", "SENT_START", "ENT_IOB", "ENT_TYPE")
# Settings that say how long a run goes on and what it shows: another value makes no other run of it.
FREE_SETTINGS = ("training.max_steps", "training.max_epochs", "training.patience", "training.logger.")


def get_python_state() -> list[Any]:
    """State of `random`, as plain values."""
    version, words, gauss = random.getstate()
    return [version, np.array(words, dtype=np.uint32), gauss]


def set_python_state(state: list[Any]) -> None:
    """Put a state from `get_python_state` back."""
    version, words, gauss = state
    random.setstate((version, tuple(int(word) for word in words), gauss))


def _parameters(nlp: Language) -> Iterator[tuple[str, Any, str]]:
    """(key in the file, node, parameter name) of all parameters of the pipeline."""
    for name, proc in nlp.components:
        for i, node in enumerate(nodes_of(proc)):
            for param in node.param_names:
                yield f"{name}/{i}/{param}", node, param


def _shims(nlp: Language) -> Iterator[tuple[str, Any, Any]]:
    """(key in the file, node, shim) of all models of other frameworks in the pipeline."""
    for name, proc in nlp.components:
        for i, node in enumerate(nodes_of(proc)):
            for j, shim in enumerate(node.shims):
                yield f"{name}/{i}/{j}", node, shim


def _with_unseen(nlp: Language) -> Iterator[tuple[str, Any]]:
    """(key in the file, node) of the networks that know which of their classes no example had yet."""
    for name, proc in nlp.components:
        for i, node in enumerate(nodes_of(proc)):
            if "unseen_classes" in node.attrs:
                yield f"{name}/{i}", node


def _settings(config: Any) -> dict[str, str]:
    """All settings of a config that a run depends on, by dotted name, as they are written in config files."""
    from tagma.util.dotted import dict_to_dot

    dotted = dict_to_dot(config.interpolate())
    return {key: str(value) for key, value in dotted.items() if not key.startswith(FREE_SETTINGS)}


def changed_settings(state: dict[str, Any], config: Any) -> list[str]:
    """What differs between the config of the saved run and this one: "training.dropout is 0.2, was 0.1" …"""
    before, now = state["settings"], _settings(config)
    return [
        f"{key} is {now.get(key, 'not set')}, was {before.get(key, 'not set')}"
        for key in sorted({*before, *now})
        if before.get(key) != now.get(key)
    ]


def fingerprint(examples: Sequence[Example]) -> list[Any]:
    """[number of examples, sum over their words and annotation], by which a corpus is known again."""
    total = hashlib.sha256()
    for example in examples:
        total.update(len(example.reference).to_bytes(8, "little"))
        total.update(example.reference.to_array(list(ANNOTATION)).tobytes())
    return [len(examples), total.hexdigest()]


def _labels(nlp: Language) -> dict[str, list[str]]:
    """The labels of all components, in the order of the outputs of their models."""
    return {name: _labels_of(proc) for name, proc in nlp.components if isinstance(proc, Labels)}


def _labels_of(proc: Any) -> list[str]:
    """Of a component; those of a transition system in the order in which they were added, not sorted."""
    moves = getattr(proc, "moves", None)
    if moves is None:
        return [str(label) for label in proc.labels]
    return list(dict.fromkeys(label for _, label in moves.moves if label))


def _add_labels(state: dict[str, Any], nlp: Language) -> None:
    """Add the labels that components have met in the run, and which initializing does not meet."""
    for name, before in state["labels"].items():
        proc: Any = dict(nlp.components).get(name)
        if isinstance(proc, Labels) and getattr(proc, "is_resizable", False):
            here = _labels_of(proc)
            if before[: len(here)] == here:
                for label in before[len(here) :]:
                    proc.add_label(label)  # type: ignore[attr-defined]  # what is resizable has it


def write_state(path: Path, nlp: Language, optimizer: Optimizer, progress: dict[str, Any]) -> None:
    """Write the state of a run to `path`, beside it first and then renamed."""
    import srsly

    arrays: dict[str, dict[str, Any]] = {kind: {} for kind in ("params", *MOMENTS)}
    updates: dict[str, int] = {}
    for key, node, param in _parameters(nlp):
        if node.has_param(param):
            arrays["params"][key] = node.ops.to_numpy(node.get_param(param))
        own = (node.id, param)
        for kind in MOMENTS:
            table = getattr(optimizer, kind)
            if table and own in table:
                arrays[kind][key] = node.ops.to_numpy(table[own])
        if own in optimizer.nr_update:
            updates[key] = optimizer.nr_update[own]
    shims: dict[str, dict[str, Any]] = {}
    for key, node, shim in _shims(nlp):
        shims[key] = {"state": shim.to_bytes()}
        for kind in MOMENTS:
            table = getattr(optimizer, kind) or {}
            shims[key][kind] = {param: node.ops.to_numpy(table[id, param]) for id, param in table if id == shim.id}
        shims[key]["updates"] = {param: n for (id, param), n in optimizer.nr_update.items() if id == shim.id}
    numpy_state: Any = np.random.get_state(legacy=True)
    state = {
        "arrays": arrays,
        "shims": shims,
        "updates": updates,
        "python": get_python_state(),
        "numpy": [numpy_state[0], numpy_state[1], *(float(v) for v in numpy_state[2:])],
        "progress": progress,
        "settings": _settings(nlp.config),
        "labels": _labels(nlp),
        "unseen": {key: sorted(node.attrs["unseen_classes"]) for key, node in _with_unseen(nlp)},
        "strings": list(nlp.vocab.strings),
    }
    body = srsly.msgpack_dumps(state)
    with replace_file(path) as part, part.open("wb") as file:
        file.writelines((HEAD, hashlib.sha256(body).digest(), body))


def read_state(path: Path) -> dict[str, Any]:
    """Read a state. Raises ValueError if there is none to go on from, or if the file is damaged."""
    import srsly

    if not path.is_file():
        raise ValueError(
            f"no interrupted training to go on with: {path} does not exist. Train without resuming first; the file is "
            "written at the first evaluation."
        )
    content = path.read_bytes()
    if not content.startswith(HEAD):
        raise ValueError(f"{path} is not the state of a training run of this version; train from the start")
    body = memoryview(content)[len(HEAD) + SUM_SIZE :]
    if hashlib.sha256(body).digest() != content[len(HEAD) : len(HEAD) + SUM_SIZE]:
        raise ValueError(f"{path} is damaged (its checksum differs); remove it and train from the start")
    state: dict[str, Any] = srsly.msgpack_loads(body)
    return state


def check_fits(state: dict[str, Any], nlp: Language, path: Path) -> None:
    """Raises ValueError if the state is of another pipeline: other components, labels or sizes of models."""
    here = {key: (node, param) for key, node, param in _parameters(nlp)}
    saved = state["arrays"]["params"]
    way_out = "Resume with the config and the corpus that the run was started with."
    if missing := sorted(set(saved) - set(here)):
        raise ValueError(
            f"{path} is of another pipeline: it has parameters {missing[:3]} that this one lacks. {way_out}"
        )
    if other := sorted({key for key, *_ in _shims(nlp)} ^ set(state["shims"])):
        raise ValueError(f"{path} is of another pipeline: only one of the two wraps the modules {other[:3]}. {way_out}")
    labels = _labels(nlp)
    for name, before in state["labels"].items():
        if name in labels and before != labels[name]:
            pairs = zip_longest(before, labels[name])
            i, (old, new) = next((i, pair) for i, pair in enumerate(pairs) if pair[0] != pair[1])
            raise ValueError(
                f"{path} is of a run with other labels: component {name!r} had {len(before)} and has "
                f"{len(labels[name])}, the first that differs (number {i}) was {_quoted(old)} and is {_quoted(new)}. "
                f"{way_out}"
            )
    for key, array in saved.items():
        node, param = here[key]
        if node.has_param(param) and node.get_param(param).shape != array.shape:
            raise ValueError(
                f"{path} is of another pipeline: {key} has shape {array.shape} there, {node.get_param(param).shape} "
                f"here. {way_out}"
            )


def _quoted(label: str | None) -> str:
    return "none" if label is None else repr(label)


def restore(state: dict[str, Any], nlp: Language, optimizer: Optimizer, path: Path) -> None:
    """Put weights, moments and random generators back. Raises ValueError if the state is of another pipeline."""
    _add_labels(state, nlp)
    check_fits(state, nlp, path)
    arrays = state["arrays"]
    for key, node, param in _parameters(nlp):
        saved = arrays["params"].get(key)
        if saved is None:
            continue
        own = (node.id, param)
        node.set_param(param, node.ops.asarray(np.array(saved)))
        for kind in MOMENTS:
            table = getattr(optimizer, kind)
            if table is not None and key in arrays[kind]:  # averages may have been switched off since
                table[own] = node.ops.asarray(np.array(arrays[kind][key]))
        if key in state["updates"]:
            optimizer.nr_update[own] = state["updates"][key]
    for key, node, shim in _shims(nlp):
        shim.from_bytes(state["shims"][key]["state"])
        for kind in MOMENTS:
            table = getattr(optimizer, kind)
            for param, array in state["shims"][key][kind].items() if table is not None else ():
                table[shim.id, param] = node.ops.asarray(np.array(array))
        for param, number in state["shims"][key]["updates"].items():
            optimizer.nr_update[shim.id, param] = number
    for key, node in _with_unseen(nlp):
        node.attrs["unseen_classes"] = set(state["unseen"].get(key, ()))
    for string in state["strings"]:  # the run has met words and labels that initializing does not meet
        nlp.vocab.strings.add(string)
    set_python_state(state["python"])
    name, words, pos, has_gauss, gauss = state["numpy"]
    np.random.set_state((name, np.array(words, dtype=np.uint32), int(pos), int(has_gauss), gauss))
