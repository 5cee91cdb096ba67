"""HFShim: a transformer with its tokenizer inside a node, and both as bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tagma.errors import Errors
from tagma.ml.transformer.pretrained import HFObjects, from_files, require_packages, saved_config, tokenizer_files
from tagma.nn.exchange import get_torch_default_device
from tagma.nn.packing import decode, encode
from tagma.nn.shims import PyTorchGradScaler, PyTorchShim
from tagma.nn.shims.pytorch import read_state, write_state
from tagma.nn.shims.states import check_choice
from tagma.nn.types import ArgsKwargs

__all__ = ["FORMATS", "HFShim"]

FORMATS = ("safetensors", "torch")


class HFShim(PyTorchShim):
    """A model of `transformers`, which need not be loaded yet.

    mixed_precision       half precision, and scaled gradients, where it runs on a CUDA device
    grad_scaler_config    arguments of PyTorchGradScaler; `enabled` is that of `mixed_precision` unless it is given
    state_format          how weights are saved: "safetensors", or "torch", a file of torch.save, which
                          spacy-transformers up to 1.4 reads. What is loaded is saved in the format it had
    """

    def __init__(
        self,
        hf_model: HFObjects,
        *,
        mixed_precision: bool = False,
        grad_scaler_config: Mapping[str, Any] = {},
        state_format: str = "safetensors",
    ) -> None:
        require_packages("the component 'transformer'")
        check_choice("state_format", state_format, FORMATS)
        self._hfmodel: HFObjects = hf_model
        self.state_format: str = state_format
        self._scales = bool(grad_scaler_config.get("enabled", mixed_precision))
        scaler = PyTorchGradScaler(**{**grad_scaler_config, "enabled": self._scales})
        super().__init__(hf_model.transformer, mixed_precision=mixed_precision, grad_scaler=scaler)

    def _move(self, device: Any) -> None:
        super()._move(device)
        # Elsewhere nothing runs in half precision, so that nothing needs to be scaled.
        self._grad_scaler.enabled = self._scales and self.device.type == "cuda"

    def predict(self, inputs: ArgsKwargs) -> Any:
        """The output of the module in its evaluation mode, in which it is left: changing modes takes a millisecond."""
        import torch

        if self._model.training:
            self._model.eval()
        with torch.no_grad(), self._precision():
            return self._model(*inputs.args, **inputs.kwargs)

    def set_model(self, hf_model: HFObjects) -> None:
        """Take a loaded model; settings for loading stay."""
        own = self._hfmodel
        own.tokenizer, own.transformer, own.vocab_files = (
            hf_model.tokenizer,
            hf_model.transformer,
            hf_model.vocab_files,
        )
        self._model = hf_model.transformer

    def remember(self) -> Callable[[], None]:
        """See Shim."""
        bring_model_back, hf_model, state_format = super().remember(), self._hfmodel, self.state_format

        def bring_back() -> None:
            bring_model_back()
            self._hfmodel, self.state_format = hf_model, state_format

        return bring_back

    def to_bytes(self) -> bytes:
        """Settings, weights and the files of the tokenizer, in the layout of the peer."""
        own = self._hfmodel
        msg: dict[str, Any] = {"config": {}, "state": {}, "tokenizer": {}}
        init: tuple[dict[str, Any], dict[str, Any]] = (own._init_tokenizer_config, own._init_transformer_config)
        if own.transformer is not None:
            kwargs = {"use_fast": bool(own.tokenizer.is_fast)}
            files = tokenizer_files(own.tokenizer, own.vocab_files)
            state = write_state(self._model, self.state_format)
            msg = {"config": saved_config(own.transformer), "state": state, "tokenizer": {"kwargs": kwargs, **files}}
            init = ({}, {})
        return encode({**msg, "_init_tokenizer_config": dict(init[0]), "_init_transformer_config": dict(init[1])})

    def from_bytes(self, bytes_data: bytes) -> HFShim:
        """Load what `to_bytes` made.

        Raises ImportError E4450, ValueError: E4453 it cannot be read, E4454 the weights are of another model.
        """
        msg = decode(bytes_data, "the saved transformer")
        parts = ("config", "tokenizer")
        if not isinstance(msg, dict) or not all(isinstance(msg.get(key), dict) for key in parts):
            raise ValueError(Errors.E4453.format(reason="it is no map of 'config', 'state' and 'tokenizer'"))
        if not msg["config"]:
            init = [msg.get(key) or {} for key in ("_init_tokenizer_config", "_init_transformer_config")]
            self._hfmodel = HFObjects(_init_tokenizer_config=init[0], _init_transformer_config=init[1])
            self._model = None
            return self
        if not isinstance(msg.get("state"), bytes):
            raise ValueError(Errors.E4453.format(reason="'state' is no bytes"))
        loaded = from_files(msg["config"], msg["tokenizer"])
        device = get_torch_default_device()
        _load_weights(loaded.transformer, read_state(msg["state"], "cpu"))
        self.state_format = "torch" if msg["state"][:2] == b"PK" else "safetensors"
        self._hfmodel, self._model = loaded, loaded.transformer
        self._move(device)
        return self


def _load_weights(transformer: Any, state: dict[str, Any]) -> None:
    """Fill a model; weights that it does not know are dropped. Raises ValueError E4454."""
    kind = type(transformer).__name__
    try:
        missing, _ = transformer.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise ValueError(Errors.E4454.format(kind=kind, reason=str(error).splitlines()[-1].strip())) from error
    if missing:
        raise ValueError(Errors.E4454.format(kind=kind, reason=f"{len(missing)} are missing, such as {missing[0]!r}"))
