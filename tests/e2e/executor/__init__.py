"""The executor `compose` on real engines."""
