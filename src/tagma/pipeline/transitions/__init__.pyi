# Written by scripts/door_stubs.py; do not edit.
from tagma.pipeline.transitions._machine import State as State
from tagma.pipeline.transitions.arc_eager import ArcEager as ArcEager
from tagma.pipeline.transitions.biluo import BiluoPushDown as BiluoPushDown
from tagma.pipeline.transitions.system import TransitionSystem as TransitionSystem

__all__ = ["State", "ArcEager", "BiluoPushDown", "TransitionSystem"]
