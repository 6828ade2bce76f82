"""Composia: a control plane for Docker Compose services on many hosts."""
