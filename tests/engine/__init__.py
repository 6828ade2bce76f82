"""The engine as a whole, queue and dispatcher and sessions, under random interleavings and a clock moved by hand."""
