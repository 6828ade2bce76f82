"""The plugins that come with Composia; they enter by the same door as any other."""
