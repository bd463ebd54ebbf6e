"""Stands between a client and a server of this machine, and keeps the requests that pass."""

import contextlib
import http.client
import http.server
import threading


class Recorder:
    """Passes everything on to a port; `requests` holds what was posted to a path: (path, [(name, value)], body)."""

    def __init__(self, port):
        self.port = port
        self.requests = []

    @contextlib.contextmanager
    def serving(self):
        """The port to speak to."""
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.path != "/":  # where AWS's own protocols are spoken
                    recorder.requests.append((self.path, list(self.headers.items()), body))
                connection = http.client.HTTPConnection("127.0.0.1", recorder.port, timeout=60)
                connection.request(self.command, self.path, body, dict(self.headers.items()))
                answer = connection.getresponse()
                text = answer.read()
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
                connection.close()

            do_GET = do_POST = pass_on

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
