"""Transition systems: parses and entities as sequences of moves.

Reading order: `system` (an inventory of moves, its order and file), `arc_eager` and `biluo` (the two systems: what of a
doc they read, what of an example they learn), then the compiled part behind `_machine`: csrc/machine.h.
"""

from tagma.doors import door

__getattr__, __dir__, __all__ = door(
    __name__,
    {
        "tagma.pipeline.transitions._machine": "State",
        "tagma.pipeline.transitions.arc_eager": "ArcEager",
        "tagma.pipeline.transitions.biluo": "BiluoPushDown",
        "tagma.pipeline.transitions.system": "TransitionSystem",
    },
)
