"""Both ends of the wire. Each loads only what it needs: a command never loads the server's side."""

from composia.plugins.transport import AgentConnection, Binding, ServerConnection, Serving, Target


class ConnectTransport:
    """Speaks the protos under `proto/composia/v1`."""

    async def serve(self, binding: Binding) -> Serving:
        """Start serving; returns once the port answers. `NotPossible` when it is taken."""
        from composia.builtin_plugins.connect.serving import serve  # noqa: PLC0415

        return await serve(binding)

    async def connect_server(self, target: Target) -> ServerConnection:
        """A connection for people's calls. Nothing is sent yet."""
        from composia.builtin_plugins.connect.server_client import ServerClient  # noqa: PLC0415

        return ServerClient(target)

    async def connect_agent(self, target: Target) -> AgentConnection:
        """A connection for an agent's calls. Nothing is sent yet."""
        from composia.builtin_plugins.connect.agent_client import AgentClient  # noqa: PLC0415

        return AgentClient(target)
