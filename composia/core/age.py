"""How long, in a word for people."""


def lasting(seconds: float) -> str:
    """A duration in its largest unit: "12 s", "3 min", "2 h", "5 d"."""
    seconds = max(0, int(seconds))
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
