# Written by scripts/door_stubs.py; do not edit.
from tagma.testing.components import check_component as check_component
from tagma.testing.components import check_deterministic as check_deterministic
from tagma.testing.components import check_empty_docs as check_empty_docs
from tagma.testing.components import check_learns as check_learns
from tagma.testing.components import check_missing_annotation as check_missing_annotation
from tagma.testing.components import check_predict_leaves_docs as check_predict_leaves_docs
from tagma.testing.components import check_round_trip as check_round_trip
from tagma.testing.components import check_unknown_label as check_unknown_label
from tagma.testing.components import fresh as fresh
from tagma.testing.components import initialized as initialized
from tagma.testing.layers import check_gradients as check_gradients
from tagma.testing.layers import check_layer as check_layer
from tagma.testing.layers import check_layer_copies as check_layer_copies
from tagma.testing.layers import check_layer_dims as check_layer_dims
from tagma.testing.layers import check_layer_predicts as check_layer_predicts
from tagma.testing.layers import check_layer_round_trip as check_layer_round_trip

__all__ = [
    "check_component",
    "check_deterministic",
    "check_empty_docs",
    "check_learns",
    "check_missing_annotation",
    "check_predict_leaves_docs",
    "check_round_trip",
    "check_unknown_label",
    "fresh",
    "initialized",
    "check_gradients",
    "check_layer",
    "check_layer_copies",
    "check_layer_dims",
    "check_layer_predicts",
    "check_layer_round_trip",
]
