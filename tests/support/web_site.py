# SPDX-License-Identifier: Apache-2.0
"""A web site of a test's: pages by their path, and what was asked for."""
import contextlib
import http.server
import threading


class Page:
    def __init__(self, body, type="text/html; charset=utf-8", status=200, **headers):
        self.body = body.encode() if isinstance(body, str) else body
        self.status = status
        self.headers = {"Content-Type": type, **{name.replace("_", "-"): value for name, value in headers.items()}}


class Site:
    """`pages` maps paths, without their query, to pages, or to functions of the whole path that return one."""

    def __init__(self, pages):
        self.pages, self.asked = pages, []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                site.asked.append(self.path)
                page = site.pages.get(self.path.split("?")[0], Page("not here", status=404))
                page = page(self.path) if callable(page) else page
                self.send_response(page.status)
                for name, value in page.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(page.body)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(page.body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
