"""Makes tool calls with the real `mcp` client and reports what it saw.

Reads a plan on stdin: {"url", "sessions": [{"agent", "headers", "task_token"?, "calls": [{"tool", "arguments"}]}]},
where `task_token` is {"key", "claims"}. Writes one answer per call, in order, as a JSON array:
{"agent", "tool", "arguments", "headers": the x-callgate-* response headers, "result" | "error"}.
"""

import asyncio
import json
import sys

import httpx2
import jwt
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError


def headers_of(session):
    headers = dict(session["headers"])
    token = session.get("task_token")
    if token:
        headers["x-task-token"] = jwt.encode(token["claims"], token["key"], algorithm="HS256")
    return headers


async def run(url, session):
    seen = {}
    refused = {}

    async def note(response):
        if response.request.method == "POST":
            seen.clear()
            seen.update({k: v for k, v in response.headers.items() if k.startswith("x-callgate-")})
            if response.status_code == 401:
                await response.aread()
                refused["status"], refused["body"] = response.status_code, response.text

    answers = []
    calls = session["calls"]

    def answer(call, **outcome):
        answers.append({"agent": session["agent"], **call, "headers": dict(seen), **outcome})

    try:
        async with httpx2.AsyncClient(
            headers=headers_of(session), timeout=30, event_hooks={"response": [note]}
        ) as http:
            async with Client(streamable_http_client(url, http_client=http), mode=session.get("mode", "auto")) as client:
                for call in calls:
                    seen.clear()
                    try:
                        result = await client.call_tool(call["tool"], call["arguments"])
                        text = " ".join(getattr(part, "text", "") for part in result.content)
                        answer(call, result={"text": text, "is_error": bool(result.is_error)})
                    except MCPError as error:
                        answer(call, error={"code": error.code, "message": error.message, "data": error.data})
    except Exception as error:  # the connection itself was refused
        if not refused:
            raise
        for call in calls[len(answers):]:
            answer(call, error={"http": refused["status"], "message": refused["body"]})
    return answers


async def main():
    plan = json.load(sys.stdin)
    sessions = await asyncio.gather(*(run(plan["url"], session) for session in plan["sessions"]))
    json.dump([answer for answers in sessions for answer in answers], sys.stdout)


asyncio.run(main())
