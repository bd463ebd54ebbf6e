"""PayPal played on this machine: an own root, a certificate for messages, an HTTPS server that hands it out, and signed transmissions."""

import base64
import contextlib
import datetime
import http.server
import ssl
import subprocess
import threading
import uuid
import zlib

# The host that certificates come from, and the name in the certificate for messages.
HOSTS = {
    "live": ("api.paypal.com", "messageverificationcerts.paypal.com"),
    "sandbox": ("api.sandbox.paypal.com", "messageverificationcerts.sandbox.paypal.com"),
}


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, check=True).stdout


class PayPal:
    """Keys and certificates in a folder: `root.pem`, `leaf.pem` for messages, `tls.pem` for the host."""

    def __init__(self, folder, environment="sandbox"):
        self.folder = folder
        self.host, certified = HOSTS[environment]
        self.asked = []
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Root of a test", "-keyout", folder / "root.key",
                "-out", folder / "root.pem", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
        for kind, name in (("leaf", certified), ("tls", self.host)):
            openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", folder / f"{kind}.key", "-out", folder / f"{kind}.csr")
            extensions = folder / f"{kind}.ext"
            extensions.write_text(f"subjectAltName=DNS:{name}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
            openssl("x509", "-req", "-in", folder / f"{kind}.csr", "-CA", folder / "root.pem", "-CAkey", folder / "root.key", "-days", "2",
                    "-extfile", extensions, "-out", folder / f"{kind}.pem")

    @contextlib.contextmanager
    def serving(self):
        """The address of an HTTPS server for certificates, which keeps what it was asked for."""
        paypal = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                paypal.asked.append(self.path)
                if "MOVED" in self.path:
                    self.send_response(302)
                    self.send_header("Location", "/v1/notifications/certs/CERT-local")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                pem = (paypal.folder / "leaf.pem").read_bytes()
                self.send_response(200)
                # As the real host does: without a length, only TLS's own goodbye, which this server does not say, tells a whole answer.
                self.send_header("Content-Length", str(len(pem)))
                self.end_headers()
                self.wfile.write(pem)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "tls.pem", self.folder / "tls.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()

    def signed(self, body, webhook_id, certificate="CERT-local", identity=None):
        """Headers of a transmission of `body`."""
        identity = identity or str(uuid.uuid4())
        at = datetime.datetime.now(tz=datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        message = f"{identity}|{at}|{webhook_id}|{zlib.crc32(body)}".encode()
        signature = openssl("dgst", "-sha256", "-sign", self.folder / "leaf.key", data=message)
        return {
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
            "PAYPAL-CERT-URL": f"https://{self.host}/v1/notifications/certs/{certificate}",
            "PAYPAL-TRANSMISSION-ID": identity,
            "PAYPAL-TRANSMISSION-TIME": at,
            "PAYPAL-TRANSMISSION-SIG": base64.b64encode(signature).decode(),
        }
