"""Tests on real Docker engines: whole Composia processes, real containers, real faults."""
