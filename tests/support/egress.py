# SPDX-License-Identifier: Apache-2.0
"""What tests of egress share: a server that asks a name server of its own, apps that may reach some hosts, and hosts."""
import contextlib
import http.server
import json
import socket
import ssl
import threading

import acts
import capid as support
import dns
import processes

RUN = """\
python3 - > /tmp/script <<'END'
import json
print(json.load(open("/in/inputs.json"))["inputs"]["script"])
END
. /tmp/script
"""


class Egress:
    """`allow` is the operator's egress.allow. `server` answers for the names, as its plans have it."""

    def __init__(self, capid, server, allow=("127.0.0.0/8",), **environment):
        self.capid, self.server = capid, server
        capid.wrapper = server.wrapper(capid.root)
        capid.environment = environment
        with capid.config_path.open("a") as config:
            config.write(f"egress: {{allow: {json.dumps(list(allow))}}}\n")
        self.client = None

    def app(self, name, *allow, manifest=""):
        network = f"network: {{allow: {json.dumps(list(allow))}}}\n" if allow else ""
        return self.capid.shell_app(name, RUN, f"inputs: {{script: {{type: textarea}}}}\n{network}{manifest}")

    def start(self):
        self.client = self.capid.start().client()
        return self

    def submit(self, app, script):
        return self.client.submit(app, {"script": script})

    def run(self, app, script):
        """The run of a shell script, and what it printed."""
        run = self.client.wait(self.submit(app, script))
        assert run["status"] == "completed", (run["errorMessage"], self.events(run["id"]))
        return run, run["result"]["text"]

    def text(self, app, script):
        return self.run(app, script)[1]

    def events(self, run):
        """The events of the network, in their order, without their words for people."""
        found, after = [], 0
        while after is not None:
            answer = self.client.request("GET", f"/api/v1/runs/{run}/events?limit=1000&after={after}", headers={"Accept": "application/json"}).json()
            found += [event["data"] for event in answer["events"] if event["data"].get("stream") == "network"]
            after = answer["nextAfter"]
        return [{name: value for name, value in event.items() if name not in ("stream", "text")} for event in found]

    def descriptors(self):
        """How many the server holds: the wrapper becomes the server, so the process is its own."""
        return processes.descriptors(self.capid.process.pid)

    def memory(self):
        """What the server holds of it, in bytes."""
        return int(acts.status_of(self.capid.process.pid, "VmRSS")[0]) << 10


@contextlib.contextmanager
def names(capid, **options):
    """Such a server and its name server; its plans and apps are made before it is started."""
    with dns.name_server() as server:
        yield Egress(capid, server, **options)
        if capid.process:
            assert capid.stop() == 0


class Web:
    """An HTTP host: answers with what it was asked, and remembers it. `tls` are the paths of its certificate and key."""

    def __init__(self, host="127.0.0.2", port=0, tls=None):
        web = self
        self.requests = []   # (method, path, headers as a list, body)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.body()
                web.requests.append((self.command, self.path, self.headers.items(), body))
                if self.path == "/redirect":
                    return self.say(302, b"", {"Location": "http://elsewhere.test/"})
                if self.path == "/chunks":
                    return self.chunks()
                self.say(200, json.dumps({"path": self.path, "size": len(body)}).encode())

            do_GET = do_POST = do_PUT = answer

            def body(self):
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                parts = []
                while size := int(self.rfile.readline(), 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

            def say(self, status, content, headers=()):
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), "Connection": "keep-alive", **dict(headers)}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def chunks(self):
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for gate in web.gates:
                    self.wfile.write(b"5\r\npart\n\r\n")
                    gate.wait(30)
                self.wfile.write(b"0\r\n\r\n")

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 1024
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.gates = []
        self.server = Server((host, port), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.host, self.port = self.server.server_address
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@contextlib.contextmanager
def web(*arguments, **options):
    made = Web(*arguments, **options)
    try:
        yield made
    finally:
        made.close()


def free_port(host="127.0.0.2"):
    with socket.create_server((host, 0)) as probe:
        return probe.getsockname()[1]
