"""From the text of a service directory's files to a definition, every problem with its place."""
