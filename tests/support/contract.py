# SPDX-License-Identifier: Apache-2.0
"""The contract, as the server itself describes it: every answer that a test gets is checked against it, and what was seen
is remembered, so that a route, a status or a code that no test ever met is found out."""
import json
import os
import pathlib
import re
import threading

import jsonschema

# What a request can be refused with before any route is found for it.
WITHOUT_ROUTE = {(404, "ROUTE_NOT_FOUND"), (405, "METHOD_NOT_ALLOWED"), (400, "INVALID_PARAMETER")}


def schemas_in(node, place=""):
    """Every schema of an object below a node of the document, with its place."""
    if isinstance(node, dict):
        types = node.get("type")
        if types == "object" or (isinstance(types, list) and "object" in types) or "properties" in node and isinstance(types, str):
            yield place, node
        for name, child in node.items():
            yield from schemas_in(child, f"{place}/{name}")
    elif isinstance(node, list):
        for number, child in enumerate(node):
            yield from schemas_in(child, f"{place}/{number}")


class Contract:
    def __init__(self, document):
        self.document = document
        self.routes = [(method.upper(), path, self._pattern(path), operation) for path, methods in document["paths"].items() for method, operation in methods.items()]
        self.validators = {}
        self.seen_answers = set()   # (method, path of the document, status)
        self.seen_statuses = set()
        self.seen_codes = set()
        self.seen_run_codes = set()

    @staticmethod
    def _pattern(path):
        return re.compile(re.sub(r"\{\w+\}", "[^/]+", path))

    def _operation(self, method, path):
        method = "GET" if method == "HEAD" else method
        for its_method, template, pattern, operation in self.routes:
            if its_method == method and pattern.fullmatch(path):
                return template, operation
        return None, None

    def validate(self, schema, value):
        """The schema is a node of the document; references are looked up there."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self.validators:
            resolver = jsonschema.RefResolver("", self.document)
            self.validators[key] = jsonschema.Draft202012Validator(schema, resolver=resolver)
        self.validators[key].validate(value)

    def check(self, method, path, status, headers, body):
        """An answer to `method path`: `headers` is a mapping that ignores case, `body` bytes, or None for a stream."""
        assert headers.get("X-Request-Id"), "every answer carries X-Request-Id"
        path = path.split("?")[0]
        template, operation = self._operation(method, path)
        if operation is None:
            code = self._error_code(body)
            assert (status, code) in WITHOUT_ROUTE, (method, path, status, code)
            self._remember(None, status, code)
            return
        assert str(status) in operation["responses"], f"{method} {template} answered {status}, which is not described: {body}"
        answer = operation["responses"][str(status)]
        type = headers.get("Content-Type", "").split(";")[0]
        content = answer["content"].get(type) or answer["content"].get("*/*")
        assert content, f"{method} {template} {status} answered {type}"
        if body is None or method == "HEAD":
            self._remember((method, template, status), status, None)
            return
        code = None
        if status >= 400:
            code = self._error_code(body)
            assert code in answer.get("x-codes", ["INVALID_PARAMETER"]), f"{method} {template} {status}: {code} is not described"
        elif type == "application/json" and "contentMediaType" not in content["schema"]:
            value = json.loads(body)
            self.validate(content["schema"], value)
            self._note_runs(value)
        self._remember((method, template, status), status, code)

    def _error_code(self, body):
        error = json.loads(body)
        self.validate({"$ref": "#/components/schemas/Error"}, error)
        return error["error"]["code"]

    def _note_runs(self, value):
        for run in value.get("runs", [value]) if isinstance(value, dict) else []:
            if run.get("errorCode"):
                self.seen_run_codes.add(run["errorCode"])

    def _remember(self, answer, status, code):
        if answer:
            self.seen_answers.add(answer)
        self.seen_statuses.add(status)
        if code:
            self.seen_codes.add(code)

    def write_seen(self, folder):
        """For another process, which does not see what this one saw."""
        seen = [sorted(each) for each in (self.seen_answers, self.seen_statuses, self.seen_codes, self.seen_run_codes)]
        (pathlib.Path(folder) / f"{os.getpid()}.json").write_text(json.dumps(seen))

    def read_seen(self, folder):
        for path in pathlib.Path(folder).glob("*.json"):
            answers, statuses, codes, run_codes = json.loads(path.read_text())
            self.seen_answers.update(map(tuple, answers))
            self.seen_statuses.update(statuses)
            self.seen_codes.update(codes)
            self.seen_run_codes.update(run_codes)

    def unseen(self):
        """What the contract promises and nobody met: answers of success by route, statuses, codes."""
        answers = {(method, path, int(status)) for method, path, _, operation in self.routes for status in operation["responses"] if int(status) < 400}
        statuses = {int(status) for _, _, _, operation in self.routes for status in operation["responses"]}
        schemas = self.document["components"]["schemas"]
        return (
            answers - self.seen_answers,
            statuses - self.seen_statuses,
            set(schemas["ErrorCode"]["enum"]) - self.seen_codes,
            set(schemas["RunErrorCode"]["enum"]) - self.seen_run_codes,
        )


# Where several processes tell each other what they saw.
SEEN = os.environ.get("CAPID_CONTRACT_SEEN")

_contract = None
_asking = threading.Lock()


def contract():
    """The contract of the build under test, asked of a server of its own, once."""
    global _contract
    import capid as support

    with _asking:
        if _contract is None:
            with support.server() as capid:
                capid.start()
                answer = support.requests.get(f"{capid.url}/api/v1/openapi.json", headers={"Authorization": f"Bearer {capid.key()}"}, timeout=30)
                assert answer.status_code == 200, answer.text
                _contract = Contract(answer.json())
                capid.stop()
        return _contract
