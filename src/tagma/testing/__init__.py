"""Checks that every layer and every trainable component passes, for the library's own and for yours.

    from tagma.testing import check_component, check_layer
    check_layer(lambda: MyLayer(), X)
    check_component(lambda vocab: MyComponent(vocab, my_model(), "mine"), examples)

Each raises AssertionError with one sentence that says what does not hold.
"""

from tagma.doors import door

__getattr__, __dir__, __all__ = door(
    __name__,
    {
        "tagma.testing.components": "check_component check_deterministic check_empty_docs check_learns"
        " check_missing_annotation check_predict_leaves_docs check_round_trip check_unknown_label fresh initialized",
        "tagma.testing.layers": "check_gradients check_layer check_layer_copies check_layer_dims check_layer_predicts"
        " check_layer_round_trip",
    },
)
