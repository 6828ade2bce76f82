"""Several real Docker engines on one Debian machine, with a switch between them, a registry, and faults on demand."""
