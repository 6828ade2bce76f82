"""The ASGI application: the RPCs, and the routes of other plugins beside them."""

from google.protobuf.descriptor import FileDescriptor
from starlette.applications import Starlette
from starlette.routing import Mount

from composia._gen.v1 import agent_pb2, server_pb2
from composia._gen.v1.agent_connect import AgentServiceASGIApplication
from composia._gen.v1.server_connect import ServerServiceASGIApplication
from composia.builtin_plugins.connect.agent_rpcs import AgentRpcs
from composia.builtin_plugins.connect.changes import Changes
from composia.builtin_plugins.connect.gate import Gate, caller
from composia.builtin_plugins.connect.server_rpcs import ServerRpcs
from composia.builtin_plugins.connect.streams import Streams, streaming
from composia.plugins.routes import AsgiApp
from composia.plugins.transport import Binding


class Application:
    """What is served, and the handles by which serving is steered."""

    def __init__(self, binding: Binding) -> None:
        self.streams = Streams()
        self.changes = Changes()
        self.gate = Gate(binding.authenticate, self.streams)
        people = ServerServiceASGIApplication(
            ServerRpcs(lambda: binding.server_api(caller.get()), self.changes), interceptors=[self.gate]
        )
        agents = AgentServiceASGIApplication(
            AgentRpcs(lambda: binding.agent_api(caller.get())), interceptors=[self.gate]
        )
        mounts = [
            Mount(people.path, streaming(people, _stream_paths(server_pb2.DESCRIPTOR))),
            Mount(agents.path, streaming(agents, _stream_paths(agent_pb2.DESCRIPTOR))),
        ]
        routes = sorted(binding.routes, key=lambda route: len(route.path), reverse=True)
        mounts += [Mount(route.path.rstrip("/"), route.app) for route in routes]
        self.app: AsgiApp = Starlette(routes=mounts)


def _stream_paths(file: FileDescriptor) -> list[str]:
    return [
        f"/{service.full_name}/{method.name}"
        for service in file.services_by_name.values()
        for method in service.methods
        if method.client_streaming or method.server_streaming
    ]
