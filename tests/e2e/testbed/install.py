"""What a test bed needs on the machine, and how Debian provides it."""


def install() -> None:
    """placeholder"""
