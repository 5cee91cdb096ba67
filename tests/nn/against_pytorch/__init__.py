"""Numbers of PyTorch, where it has the same algorithm."""
