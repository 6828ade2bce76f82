"""The agent on a Docker host."""
