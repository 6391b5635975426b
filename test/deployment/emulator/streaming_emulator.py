"""ministack 1.5.33 with answers in pieces: response transfer mode STREAM of API Gateway's REST APIs.

Takes the place of the `ministack` command and changes the emulator in memory alone:

- the gateway takes the integration's address of 2021-11-15, `.../response-streaming-invocations`;
- functions find `awslambda.streamifyResponse` and `HttpResponseStream` (streaming-worker.cjs);
- each piece reaches the caller when the function writes it: worker -> loopback connection -> gateway -> caller;
- a function that fails before its first byte is a gateway error of type DEFAULT_5XX, in the shape that the API gives it;
- an invocation that logs nothing is waited for 5 ms instead of 50.

The names that it replaces are those of this one release.
"""

import asyncio
import json
import secrets
from importlib.metadata import version
from pathlib import Path

from ministack.core import lambda_runtime
from ministack.core.responses import StreamingResponse
from ministack.services import apigateway_v1 as gateway

RELEASE = "1.5.33"
STREAMING = "/response-streaming-invocations"
PIECE_BYTES = 65_536
CONNECTION_SECONDS = 10

plain_function_of = gateway._extract_lambda_ref_from_integration_uri
plain_invoke = gateway._invoke_lambda_proxy_v1


def function_of(uri: str) -> str:
    return plain_function_of((uri or "").replace(STREAMING, "/invocations"))


class Switchboard:
    """Brings the connection of a function's answer to the request that waits for it, by a ticket used once."""

    def __init__(self):
        self.waiting: dict[str, asyncio.Queue] = {}
        self.port = None
        self.starting = asyncio.Lock()

    async def expect(self) -> tuple[dict, asyncio.Queue]:
        """The address for the function, and the queue in which its answer will come."""
        async with self.starting:
            if self.port is None:
                server = await asyncio.start_server(self.take, "127.0.0.1", 0)
                self.port = server.sockets[0].getsockname()[1]
        ticket, queue = secrets.token_hex(16), asyncio.Queue()
        self.waiting[ticket] = queue
        return {"port": self.port, "ticket": ticket}, queue

    def forget(self, address: dict) -> None:
        self.waiting.pop(address["ticket"], None)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        queue = self.waiting.pop((await reader.readline()).decode().strip(), None)
        try:
            if queue is not None:
                await self.pass_on(reader, queue)
        finally:
            writer.close()

    async def pass_on(self, reader: asyncio.StreamReader, queue: asyncio.Queue) -> None:
        try:
            prelude = await reader.readline()
            if not prelude:
                return await queue.put(("broken", None))
            await queue.put(("prelude", json.loads(prelude)))
            while piece := await reader.read(PIECE_BYTES):
                await queue.put(("piece", piece))
            await queue.put(("end", None))
        except (ConnectionError, ValueError):
            await queue.put(("broken", None))


switchboard = Switchboard()


async def prelude_of(queue: asyncio.Queue, call: asyncio.Task) -> dict | None:
    """The status and headers; None from a function that failed. Its return may be seen before what it wrote first."""
    kind, value = await queue.get()
    if kind == "returned" and not (call.result()[0] or {"error": True}).get("error"):
        try:
            kind, value = await asyncio.wait_for(queue.get(), CONNECTION_SECONDS)
        except asyncio.TimeoutError:
            return None
    return value if kind == "prelude" else None


def body_of(queue: asyncio.Queue, call: asyncio.Task) -> StreamingResponse:
    """The pieces as they come. A function that fails in the middle leaves the answer without its end."""

    async def send_pieces(send, _receive):
        while True:
            kind, value = await queue.get()
            if kind == "piece":
                await send({"type": "http.response.body", "body": value, "more_body": True})
            elif kind == "end":
                return await send({"type": "http.response.body", "body": b"", "more_body": False})
            elif kind == "broken" or (kind == "returned" and (call.result()[0] or {}).get("error")):
                return None

    return StreamingResponse(send_pieces)


def headers_of(prelude: dict) -> dict:
    lists = {name: [str(value) for value in values] for name, values in (prelude.get("multiValueHeaders") or {}).items()}
    return {**{name: str(value) for name, value in (prelude.get("headers") or {}).items()}, **lists}


async def invoke(integration, *request, owner_account_id=None, owner_region=None, **options):
    scope = {"owner_account_id": owner_account_id, "owner_region": owner_region}
    if not str(integration.get("uri", "")).endswith(STREAMING):
        return await plain_invoke(integration, *request, **scope, **options)
    address, queue = await switchboard.expect()
    event = {**gateway._build_lambda_event_v1(*request, **options), "__stream": address}
    function = function_of(integration["uri"])
    call = asyncio.create_task(gateway._call_lambda_raw(function, event, account_id=owner_account_id, region=owner_region))
    call.add_done_callback(lambda _: queue.put_nowait(("returned", None)))
    prelude = await prelude_of(queue, call)
    if prelude is None:
        switchboard.forget(address)
        _, unknown_function = await call
        response_type = "API_CONFIGURATION_ERROR" if unknown_function else "DEFAULT_5XX"
        return gateway._gw_error(response_type, "Internal server error")
    return int(prelude.get("statusCode", 200)), headers_of(prelude), body_of(queue, call)


def main() -> None:
    installed = version("ministack")
    if installed != RELEASE:
        raise SystemExit(f"This needs ministack {RELEASE}; installed is {installed}")
    worker = Path(__file__).with_name("streaming-worker.cjs").read_text(encoding="utf-8")
    lambda_runtime._NODEJS_WORKER_SCRIPT = worker + lambda_runtime._NODEJS_WORKER_SCRIPT
    lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (0.005, 0.002, 0.25)
    gateway._extract_lambda_ref_from_integration_uri = function_of
    gateway._invoke_lambda_proxy_v1 = invoke
    from ministack.app import main as start

    start()


if __name__ == "__main__":
    main()
