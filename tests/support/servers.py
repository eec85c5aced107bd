# SPDX-License-Identifier: Apache-2.0
"""What can stand between a client and capid, or in its place: a proxy that speaks TLS or cuts connections, and a server
that says what a hostile or a tired one might."""
import contextlib
import http.server
import json
import pathlib
import socket
import ssl
import subprocess
import threading
import zlib

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def well_formed_key():
    """A key of the right form that no server ever issued."""
    text = "capi_" + "x" * 30
    rest, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        digits = BASE62[digit] + digits
    return text + digits


def certificate(folder, name):
    """A self-signed certificate for `name`, an address or a host's name; the paths of it and of its key."""
    kind = "IP" if name[0].isdigit() else "DNS"
    paths = pathlib.Path(folder) / f"{name}.crt", pathlib.Path(folder) / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-addext", f"subjectAltName={kind}:{name}", "-out", paths[0], "-keyout", paths[1]],
                   check=True, capture_output=True)
    paths[0].chmod(0o644)
    return paths


class Proxy:
    """Passes connections on to `url`. `plan` says what becomes of each, in turn; what follows passes:
    "swallow": the answer is read and thrown away; a number: the answer is cut off after so many bytes."""

    def __init__(self, url, plan=(), tls=None):
        host, port = url.removeprefix("http://").rsplit(":", 1)
        self.target = (host, int(port))
        self.plan = list(plan)
        self.context = None
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*tls)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                act = self.plan.pop(0) if self.plan else "pass"
                threading.Thread(target=self._serve, args=(client, act), daemon=True).start()

    def _serve(self, client, act):
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            if self.context:
                client = self.context.wrap_socket(client, server_side=True)
            stack.callback(self._end, client)
            server = socket.create_connection(self.target)
            stack.callback(self._end, server)
            threading.Thread(target=self._pump, args=(client, server), daemon=True).start()
            left = {"pass": 1 << 62, "swallow": 0}.get(act, act)
            while data := server.recv(65536):
                client.sendall(data[:left]) if left else None
                left -= min(left, len(data))
                if act not in ("pass", "swallow") and left == 0:
                    break

    @staticmethod
    def _end(connection):
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)   # a close alone is not seen while another thread reads
        connection.close()

    @staticmethod
    def _pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)

    def close(self):
        self.listener.close()


class LaxProxy:
    """Takes every host: answers 200 to whatever it is asked, and closes."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                with client:
                    client.recv(65536)
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


class Fake:
    """Answers as it is told: `answers` maps "METHOD /path" (below /api/v1) to a list of (status, headers, body), used in
    turn, the last one over and over. `asked` is what came."""

    def __init__(self, answers):
        self.answers = {call: list(listed) for call, listed in answers.items()}
        self.asked = []
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                call = f"{self.command} {self.path.removeprefix('/api/v1')}"
                fake.asked.append((call, dict(self.headers), body))
                listed = fake.answers.get(call, [(404, {}, {"error": {"code": "ROUTE_NOT_FOUND", "message": call}})])
                status, headers, content = listed.pop(0) if len(listed) > 1 else listed[0]
                content = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@contextlib.contextmanager
def full_backlog(address="127.0.0.1", port=0):
    """A port that lets nobody in, for as long as its block lasts: its queue of connections is full, and it answers to no further one."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((address, port))
        listener.listen(0)
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                client.connect(listener.getsockname())
        yield listener.getsockname()[1]
