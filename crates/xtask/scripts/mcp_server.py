"""An MCP server with the tools of the bypass corpus, on a loopback port that the kernel picks; it prints the port,
and the name of each tool that is called.
"""

import socket

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings

server = MCPServer("issues")


def called(name):
    print(f"called {name}", flush=True)
    return "done"


@server.tool()
def get_issue() -> str:
    """Shows an issue."""
    return called("get_issue")


@server.tool()
def delete_issue() -> str:
    """Deletes an issue."""
    return called("delete_issue")


@server.tool()
def refund(amount: float = 0) -> str:
    """Pays money back."""
    return called(f"refund {amount > 100}")


@server.tool()
def comment(text: str = "") -> str:
    """Writes a comment."""
    return called(f"comment {'DROP TABLE' in text}")


# The gateway in front says `gateway.test` as its clients do.
anyone = TransportSecuritySettings(enable_dns_rebinding_protection=False)
app = server.streamable_http_app(json_response=True, stateless_http=True, transport_security=anyone)
listener = socket.create_server(("127.0.0.1", 0))
print(f"callgate-port {listener.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
