"""Layers, operations and training maths: models are trees of layers that each know how to run forward and back.

The names here are those of `api`. Read `model` first (a node: dims, parameters, children, forward and init), then
`layers/linear` and `layers/chain`, then `backends/ops` (what arrays are computed with). From the bottom up:

    types compat packing            what flows between layers, and its bytes
    diagram errors                  what is said of layers that do not fit
    config/                         functions by name, and the files that name them
    arrays  backends/               batches of any kind; operations and kernels
    devices exchange                which device computes; arrays as tensors of other frameworks
    seeds validation                random numbers; samples checked against annotations
    initializers shims/             first values; models of other frameworks
    model_files  model              saving and loading; the node
    graph  picture                  what a network is made of, as facts, lines and a drawing
    fitting                         types of models that a config puts together
    fusion/                         several nodes as one compiled pass
    layers/                         one file a layer
    loss optimizers schedules       what training needs besides
    api util                        doors

Knows arrays, and nothing of text: it imports only `tagma.threads` and `tagma.doors`, and any room may import it.
"""

from tagma.doors import door

from .api import NAMES

__getattr__, __dir__, __all__ = door(
    __name__,
    NAMES,
    rooms="api arrays backends compat config devices diagram errors exchange fitting fusion graph initializers layers"
    " loss model model_files optimizers packing picture schedules seeds shims types util validation",
)
