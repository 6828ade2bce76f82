"""Server, agent, Docker engine and network die at each step of a deploy, and nothing is lost, doubled or stuck."""
