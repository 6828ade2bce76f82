"""Commented examples of the configuration files."""
