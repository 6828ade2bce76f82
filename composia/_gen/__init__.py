"""Generated from proto/ by `./dev gen`; never edited."""
