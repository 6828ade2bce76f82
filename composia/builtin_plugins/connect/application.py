"""The ASGI application: the RPCs, and the routes of other plugins beside them."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from google.protobuf.descriptor import FileDescriptor
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocketClose

from composia._gen.v1 import agent_pb2, health_pb2, server_pb2
from composia._gen.v1.agent_connect import AgentServiceASGIApplication
from composia._gen.v1.health_connect import HealthASGIApplication
from composia._gen.v1.server_connect import ServerServiceASGIApplication
from composia.builtin_plugins.connect.agent_rpcs import AgentRpcs
from composia.builtin_plugins.connect.changes import Changes
from composia.builtin_plugins.connect.error import REQUEST_MAX_BYTES
from composia.builtin_plugins.connect.gate import Gate, caller
from composia.builtin_plugins.connect.health_rpcs import Anybody, HealthRpcs
from composia.builtin_plugins.connect.hearing_out import hearing_out
from composia.builtin_plugins.connect.json_reading import codecs
from composia.builtin_plugins.connect.no_store import unstored
from composia.builtin_plugins.connect.server_rpcs import ServerRpcs
from composia.builtin_plugins.connect.streams import Streams, streaming
from composia.builtin_plugins.connect.unserved import PACKAGE, explaining, no_service
from composia.plugins.routes import AsgiApp
from composia.plugins.transport import Binding


class Application:
    """What is served, and the handles by which serving is steered."""

    def __init__(self, binding: Binding) -> None:
        self.streams = Streams()
        self.changes = Changes()
        self.gate = Gate(binding.authenticate, self.streams)
        reading: Any = {"codecs": codecs(), "read_max_bytes": REQUEST_MAX_BYTES}
        people = ServerServiceASGIApplication(
            ServerRpcs(lambda: binding.server_api(caller()), self.changes),
            interceptors=[self.gate],
            **reading,
        )
        agents = AgentServiceASGIApplication(
            AgentRpcs(lambda: binding.agent_api(caller()), self.changes), interceptors=[self.gate], **reading
        )
        apps = {
            people.path: streaming(hearing_out(unstored(explaining(people))), _stream_paths(server_pb2.DESCRIPTOR)),
            agents.path: streaming(hearing_out(explaining(agents)), _stream_paths(agent_pb2.DESCRIPTOR)),
        }
        health = HealthASGIApplication(HealthRpcs(binding.ready), interceptors=[Anybody(self.streams)], **reading)
        apps[health.path] = streaming(health, _stream_paths(health_pb2.DESCRIPTOR))
        self.app = dispatching({route.path.rstrip("/"): route.app for route in binding.routes} | apps)


def dispatching(apps: Mapping[str, AsgiApp]) -> AsgiApp:
    """One application of many: each answers at its path and all below it, the longest path first."""
    by_length = sorted(apps.items(), key=lambda item: len(item[0]), reverse=True)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for prefix, answering in by_length:
            if not prefix and scope["path"].startswith(PACKAGE):
                break
            if scope["path"] == prefix or scope["path"].startswith(f"{prefix}/"):
                await answering({**scope, "root_path": scope["root_path"] + prefix}, receive, send)
                return
        if scope["type"] == "http" and scope["path"].startswith(PACKAGE):
            await no_service(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        else:
            await PlainTextResponse("nothing is here", HTTPStatus.NOT_FOUND)(scope, receive, send)

    return app


def _stream_paths(file: FileDescriptor) -> list[str]:
    return [
        f"/{service.full_name}/{method.name}"
        for service in file.services_by_name.values()
        for method in service.methods
        if method.client_streaming or method.server_streaming
    ]
