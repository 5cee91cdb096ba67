"""tagma debug model: what a component's network is made of, and whether everything in it learns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Context

from tagma.cli._app import Arg, Opt, debug_cli
from tagma.cli._failures import show_validation_error
from tagma.cli._options import (
    CodePath,
    GpuId,
    config_path,
    example,
    import_code,
    read_config,
    setup_gpu,
    string_to_list,
    write_beside,
)
from tagma.cli._overrides import OverridesCommand, parse_config_overrides
from tagma.cli._report import Printer
from tagma.errors import Errors

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.language import Language
    from tagma.nn import Model
    from tagma.nn.graph import GraphNode
    from tagma.tokens import Doc

PICTURES = (".html", ".svg")
N_EXAMPLES = 5
N_UPDATES = 3
DROP = 0.2
STAND_IN_WIDTH = 7  # outputs of a network that is initialized without data, and so without labels
TEXTS = (
    "The harbour master counts every ship twice.",
    "Rain fell on Lisbon for eleven days.",
    "Do you know who painted this door?",
    "Nobody had expected the third letter.",
)


def picture_path(path: Path | None) -> Path | None:
    """Callback of `--output`: a file whose ending says what is written (exit status 2 otherwise)."""
    if path is not None and path.suffix.lower() not in PICTURES:
        raise typer.BadParameter(f"{str(path)!r} has the ending {path.suffix!r}; give {' or '.join(PICTURES)}.")
    return path


@debug_cli.command(
    "model",
    cls=OverridesCommand,
    epilog=example("tagma debug model config.cfg tagger --paths.train train.spacy --output tagger.html"),
)
def debug_model_cli(
    ctx: Context,
    config_path: Annotated[Path, Arg(help="Config file; '-' reads stdin.", callback=config_path, show_default=False)],
    component: Annotated[str, Arg(help="Name of the component.", show_default=False)],
    layers: Annotated[str, Opt("--layers", "-l", help="Numbers of layers to print, with commas; else all.")] = "",
    dimensions: Annotated[bool, Opt("--dimensions", "-DIM", help="Print dims at each step.")] = False,
    parameters: Annotated[bool, Opt("--parameters", "-PAR", help="Print parameters at each step.")] = False,
    gradients: Annotated[bool, Opt("--gradients", "-GRAD", help="Print gradients at each step.")] = False,
    attributes: Annotated[bool, Opt("--attributes", "-ATTR", help="Print attributes at each step.")] = False,
    P0: Annotated[bool, Opt("--print-step0", "-P0", help="Step 0: before initialization.")] = False,
    P1: Annotated[bool, Opt("--print-step1", "-P1", help="Step 1: after initialization.")] = False,
    P2: Annotated[bool, Opt("--print-step2", "-P2", help="Step 2: after three updates.")] = False,
    P3: Annotated[bool, Opt("--print-step3", "-P3", help="Step 3: predictions.")] = False,
    use_gpu: GpuId = -1,
    code_path: CodePath = None,
    output: Annotated[
        Path | None,
        Opt("--output", "-o", help="File for a picture of the graph: .html or .svg.", callback=picture_path),
    ] = None,
) -> None:
    """Print the network of a component: layers, dims, parameters, memory, and where gradients arrive.

    Any setting can be given in the line: --paths.train train.spacy. Without a corpus, sentences of the library's own
    take its place.
    """
    from tagma import util
    from tagma.language.check import check_types
    from tagma.registries import registry
    from tagma.schemas import ConfigSchemaTraining

    overrides = parse_config_overrides(ctx.args)
    import_code(code_path)
    numbers = _numbers(layers)
    setup_gpu(use_gpu)
    with show_validation_error(config_path):
        raw = read_config(config_path, overrides)
        check_types(raw.interpolate())
        nlp = util.load_model_from_config(raw)
        config = nlp.config.interpolate()
        training = registry.resolve(config["training"], schema=ConfigSchemaTraining)
    pipe = nlp.get_pipe(component)
    settings = {
        "layers": numbers,
        "dimensions": dimensions,
        "parameters": parameters,
        "gradients": gradients,
        "attributes": attributes,
        "print_before_training": P0,
        "print_after_init": P1,
        "print_after_training": P2,
        "print_prediction": P3,
    }
    root = debug_model(config, training, nlp, pipe, print_settings=settings)
    if output is not None:
        save_picture(root, output, title=f"{component}: {type(pipe).__name__}")
        Printer().good("Drew the network", str(output))


def _numbers(text: str) -> list[int]:
    """`--layers`. Raises BadParameter for what is no list of numbers."""
    try:
        return string_to_list(text, intify=True)
    except ValueError:
        raise typer.BadParameter(f"'--layers' takes numbers, with commas, not {text!r}.") from None


def save_picture(root: GraphNode, path: Path, *, title: str) -> None:
    """Write a picture of a network, as HTML or SVG by the ending of the file."""
    from tagma.nn.picture import html, svg

    draw = html if path.suffix.lower() == ".html" else svg
    write_beside(path, draw(root, title=title).encode("utf8"))


def debug_model(
    config: Any,
    resolved_train_config: Mapping[str, Any],
    nlp: Language,
    pipe: Any,
    *,
    print_settings: Mapping[str, Any] | None = None,
) -> GraphNode:
    """Initialize and train a component's network for a moment, print what it is made of, and return its graph.

    config                   the whole config, its variables filled in
    resolved_train_config    what its section [training] gives
    print_settings           layers (numbers, [] for all), dimensions, parameters, gradients, attributes, and the steps
                             print_before_training, print_after_init, print_after_training, print_prediction
    Raises SystemExit(1) for a component without a network, and for one that cannot be initialized.
    """
    from tagma.nn import Model, data_validation, fix_random_seed
    from tagma.nn.graph import tree

    msg = Printer()
    settings = print_settings or {}
    model = getattr(pipe, "model", None)
    name = getattr(pipe, "name", type(pipe).__name__)
    if not isinstance(model, Model):
        has = "no model" if model is None or model is True else f"a model that is a {type(model).__name__}, no Model"
        msg.fail_and_exit(f"Component {name!r} has {has}: there is nothing to look at.", _with_networks(nlp))
    if (seed := resolved_train_config.get("seed")) is not None:
        msg.info(f"Random seed: {seed}")
        fix_random_seed(seed)
    msg.info(f"The model of {name!r} has the id {model.id}.")
    steps = _Steps(model, settings, msg)
    steps.show("print_before_training", "Step 0: before initialization")
    around = _Around(nlp, name)
    with data_validation(False):
        docs, examples = _initialize(config, resolved_train_config, around, msg)
        steps.show("print_after_init", "Step 1: after initialization")
        root = _train(around, docs, examples, resolved_train_config["optimizer"], steps)
        steps.show("print_after_training", f"Step 2: after {N_UPDATES} updates")
        if settings.get("print_prediction"):
            msg.divider("Step 3: predictions")
            for proc in around.above:
                proc.set_annotations(docs, proc.predict(docs))
            msg.text(_shown(around.pipe.predict(docs)))
    msg.divider("The network")
    msg.text(tree(root))
    _sum_up(root, resolved_train_config["optimizer"], msg)
    return root


def _with_networks(nlp: Language) -> str:
    from tagma.ty import has_network

    names = [name for name, proc in nlp.components if has_network(proc)]
    return f"Components with one: {', '.join(names) or 'none'}."


class _Around:
    """A component and those that its network is joined with.

    above         components that compute vectors for it
    below         components that listen to its vectors
    reads_docs    whether the network takes docs and gives arrays, as most do
    """

    def __init__(self, nlp: Language, name: str) -> None:
        self.nlp = nlp
        self.name = name
        self.pipe: Any = nlp.get_pipe(name)
        self.above: list[Any] = [p for _, p in nlp.pipeline if name in getattr(p, "listening_components", ())]
        heard_by = getattr(self.pipe, "listening_components", ())
        self.below: list[Any] = [proc for other, proc in nlp.pipeline if other in heard_by]
        self.reads_docs: bool = True

    @property
    def all(self) -> list[Any]:
        """The components in the order in which they run."""
        return [*self.above, self.pipe, *self.below]

    @property
    def joined(self) -> dict[int, str]:
        """Id of a listener in the network → to whom its gradient goes."""
        return {node.id: f"component {p.name!r}" for p in self.above for node in p.listener_map.get(self.name, ())}

    def graph(self, *, gradients: bool = True) -> GraphNode:
        """The graph of the component's network."""
        from tagma.nn.graph import graph

        return graph(self.pipe.model, joined=self.joined, gradients=gradients)


def _initialize(
    config: Any, training: Mapping[str, Any], around: _Around, msg: Printer
) -> tuple[list[Doc], list[Example]]:
    """Initialize the component and those around it; docs to run, and examples to train with if there is a corpus."""
    from tagma.language.configs import resolve_dot_names

    nlp, name = around.nlp, around.name
    try:
        (corpus,) = resolve_dot_names(config, [training["train_corpus"]])
        examples = list(corpus(nlp))
        if not examples:
            raise ValueError(Errors.E4042.format(name=training["train_corpus"], path=getattr(corpus, "path", "")))
        with nlp.select_pipes(enable=[proc.name for proc in around.all]):
            nlp.initialize(lambda: examples)
    except ValueError as error:
        reason = str(error)
    else:
        msg.info("Initialized with the training corpus.")
        return [example.predicted for example in examples[:N_EXAMPLES]], examples[:N_EXAMPLES]
    around.below = []  # they have no labels
    docs = [nlp.make_doc(text) for text in TEXTS]
    try:
        _initialize_without_gold(around, docs)
    except Exception as error:
        msg.fail_and_exit(
            f"The model of {name!r} cannot be initialized, neither with the training corpus nor without.",
            f"With it: {reason}\nWithout: {error}\nGive a corpus: --paths.train train.spacy",
        )
    msg.warn("The training corpus cannot be used; sentences of the library's own take its place.", reason)
    gradient = "random numbers stand for their gradient" if around.reads_docs else "gradients are not shown"
    msg.warn(f"So there are no labels: {STAND_IN_WIDTH} outputs stand for them, and {gradient}.")
    return docs, []


def _initialize_without_gold(around: _Around, docs: list[Doc]) -> None:
    """Give the network a number of outputs; if it takes more than that, give the component labels."""
    from tagma.gold.example import Example
    from tagma.nn.errors import DimensionError

    _set_output(around.pipe.model)
    for proc in around.above:
        proc.model.initialize(X=docs)
    try:
        around.pipe.model.initialize(X=docs)
    except (DimensionError, TypeError):
        around.reads_docs = False
        for i in range(STAND_IN_WIDTH):
            around.pipe.add_label(f"LABEL{i}")
        around.pipe.initialize(lambda: [Example(doc, doc) for doc in docs], nlp=around.nlp)


def _set_output(model: Model[Any, Any]) -> None:
    """Give a network whose number of outputs is open, as long as no labels are known, some outputs."""
    for layer in (model, model.maybe_get_ref("output_layer")):
        if layer is not None and layer.has_dim("nO") is None:
            layer.set_dim("nO", STAND_IN_WIDTH)


def _train(around: _Around, docs: list[Doc], examples: list[Example], optimizer: Any, steps: _Steps) -> GraphNode:
    """Update the component with those around it; its graph with the gradients of the last update."""
    if not (examples or around.reads_docs):
        return around.graph(gradients=False)
    for _ in range(N_UPDATES):
        if examples:
            for proc in around.all:
                proc.update(examples, drop=DROP, sgd=None)
        else:
            _push(around, docs)
        root = around.graph()
        steps.keep_gradients()
        for proc in around.all:
            proc.finish_update(optimizer)
    return root


def _push(around: _Around, docs: list[Doc]) -> None:
    """Send random numbers back through a network, in place of a gradient."""
    from tagma.gold.example import Example
    from tagma.nn import set_dropout_rate

    for proc in around.above:
        proc.update([Example(doc, doc) for doc in docs], drop=DROP, sgd=None)
    set_dropout_rate(around.pipe.model, DROP)
    scores, backprop = around.pipe.model.begin_update(docs)
    ops = around.pipe.model.ops
    noise = [ops.asarray(ops.xp.random.uniform(-1, 1, array.shape), dtype=array.dtype) for array in scores]
    backprop(noise if isinstance(scores, list) else ops.xp.stack(noise))


class _Steps:
    """Prints the layers that were asked for, at the steps that were asked for."""

    def __init__(self, model: Model[Any, Any], settings: Mapping[str, Any], msg: Printer) -> None:
        self.model = model
        self.settings = settings
        self.msg = msg
        self.gradients: dict[tuple[int, str], str] = {}

    def keep_gradients(self) -> None:
        """Remember the gradients as they are now: the optimizer's step sets them back to zero."""
        self.gradients = {
            (node.id, name): _array(node.maybe_get_grad(name))
            for node in self.model.walk()
            for name in node.param_names
        }

    def show(self, key: str, title: str) -> None:
        """Print a step, if its setting says so. Raises SystemExit(1) for a layer that is not there."""
        if not self.settings.get(key):
            return
        self.msg.divider(title)
        nodes = list(self.model.walk())
        wanted = self.settings.get("layers") or range(len(nodes))
        for number in wanted:
            if not 0 <= number < len(nodes):
                self.msg.fail_and_exit(f"There is no layer {number}; the layers are 0 to {len(nodes) - 1}.")
            node = nodes[number]
            self.msg.info(f"Layer {number}: model id {node.id}: {node.name!r}")
            for line in self._facts(node):
                self.msg.text(f"  - {line}")

    def _facts(self, node: Model[Any, Any]) -> Iterator[str]:
        if self.settings.get("dimensions"):
            yield from (f"dim {name}: {node.maybe_get_dim(name)}" for name in node.dim_names)
        if self.settings.get("parameters"):
            yield from (f"param {name}: {_array(node.maybe_get_param(name))}" for name in node.param_names)
        if self.settings.get("gradients"):
            yield from (f"grad {name}: {self.gradients.get((node.id, name), 'not set')}" for name in node.param_names)
        if self.settings.get("attributes"):
            yield from (f"attr {name}: {_shown(value)}" for name, value in node.attrs.items())


def _array(value: Any) -> str:
    """The shape of an array, and the first values of its first row."""
    if value is None:
        return "not set"
    row = value.reshape(-1, value.shape[-1])[0] if value.ndim and value.size else value.reshape(-1)
    shown = ", ".join(f"{float(number):.4g}" for number in row[:5])
    return f"{tuple(value.shape)}, begins {shown}{', …' if len(row) > 5 else ''}"


def _shown(value: Any) -> str:
    """A value on one line, arrays by shape and first values."""
    if hasattr(value, "reshape"):
        return _array(value)
    if isinstance(value, list | tuple):
        items = [_shown(item) for item in value[:N_EXAMPLES]]
        return "; ".join(items) + ("; …" if len(value) > N_EXAMPLES else "")
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:99]}…"


def _sum_up(root: GraphNode, optimizer: Any, msg: Printer) -> None:
    """How many parameters there are, what they weigh while they learn, and which of them do not."""
    from tagma.nn.graph import ARRIVES, memory

    copies = 4 + (getattr(optimizer, "averages", None) is not None)  # weights, gradient, two moments; averages
    msg.text()
    msg.info(
        f"{root.n_values:,} parameters, {memory(root.n_bytes)}; while they are trained about "
        f"{memory(copies * root.n_bytes)}, with gradients and what the optimizer keeps."
    )
    found = {param.gradient for param in root.all_params}
    still = [
        f"{node.index} {node.name} ({', '.join(param.name for param in params)})"
        for node in root.walk()
        if (params := [param for param in node.params if param.gradient not in (ARRIVES, None)]) and not node.again
    ]
    if still:
        msg.warn("No gradient arrived in these layers, which therefore do not learn:", ", ".join(still))
    elif ARRIVES in found:
        msg.good("A gradient arrives in every layer that has parameters.")
