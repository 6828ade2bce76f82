"""`composia demo`: the main job on this machine's Docker engines, from a sample repository to running containers."""

from composia.cli.demo.command import demo

__all__ = ["demo"]
