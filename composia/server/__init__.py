"""The control plane: one file a use case; `main` is the composition root."""
