"""The version of Composia."""

__version__ = "0.1.0"
