"""The Lambda Runtime API on 127.0.0.1 for one function: hands out events one at a time and takes what the function answers."""

import base64
import contextlib
import http.server
import json
import queue
import threading
import time
import uuid

from outside import aws

_DEADLINE_MS = 30_000
TRACE = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"


class Function:
    """A function whose process talks to `address`; `invoke` is what Lambda's Invoke is to a caller."""

    def __init__(self, name, server):
        self.name = name
        self.address = f"127.0.0.1:{server.server_address[1]}"
        self.events = queue.Queue()
        self.answers = queue.Queue()
        self.init_error = None

    def invoke(self, event, patience_s=60):
        """(kind, body, seconds): kind is `response` or `error`."""
        request = str(uuid.uuid4())
        began = time.monotonic()
        self.events.put((request, json.dumps(event).encode()))
        while True:
            try:
                answered, kind, body = self.answers.get(timeout=0.2)
            except queue.Empty:
                if self.init_error is not None:
                    raise RuntimeError(f"{self.name} could not start: {self.init_error}") from None
                if time.monotonic() - began > patience_s:
                    raise RuntimeError(f"{self.name} did not answer within {patience_s} s") from None
                continue
            if answered == request:
                return kind, json.loads(body), time.monotonic() - began


@contextlib.contextmanager
def serve(name):
    """A Runtime API for the function `name` until the block ends."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_GET(self):  # /2018-06-01/runtime/invocation/next
            request, event = function.events.get()
            self.answer(200, event, {
                "Lambda-Runtime-Aws-Request-Id": request,
                "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + _DEADLINE_MS),
                "Lambda-Runtime-Invoked-Function-Arn": f"arn:aws:lambda:{aws.REGION}:{aws.ACCOUNT}:function:{function.name}",
                "Lambda-Runtime-Trace-Id": TRACE,
            })

        def do_POST(self):  # /2018-06-01/runtime/init/error or .../invocation/ID/response|error
            body = self.body()
            *_, request, kind = self.path.split("/")
            if (request, kind) == ("init", "error"):
                function.init_error = body.decode(errors="replace")
            else:
                function.answers.put((request, kind, body))
            self.answer(202, b'{"status":"OK"}')

        def body(self):
            if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            whole = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                whole += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():  # trailers, among which lambda_runtime reports a stream that broke
                pass
            return whole

        def answer(self, status, body, headers=None):
            self.send_response(status)
            for key, value in (headers or {}).items():
                self.send_header(key, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        function = Function(name, server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield function
        finally:
            server.shutdown()


def proxy_event(path, body, headers):
    """What API Gateway's Lambda proxy integration hands over for a POST, the body in base64 as `*/*` binary media types have it.

    Source: "Set up Lambda proxy integrations in API Gateway", input format.
    """
    return {
        "resource": path, "path": path, "httpMethod": "POST",
        "headers": headers, "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None, "multiValueQueryStringParameters": None, "pathParameters": None, "stageVariables": None,
        "requestContext": {"accountId": aws.ACCOUNT, "resourcePath": path, "httpMethod": "POST", "path": f"/v1{path}", "stage": "v1",
                           "protocol": "HTTP/1.1", "requestId": str(uuid.uuid4()), "requestTimeEpoch": int(time.time() * 1000),
                           "identity": {"sourceIp": "203.0.113.7", "userAgent": "verify"}},
        "body": base64.b64encode(body).decode(), "isBase64Encoded": True,
    }
