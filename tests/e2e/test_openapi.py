# SPDX-License-Identifier: Apache-2.0
"""The description of the API: sound by an independent tool, usable from TypeScript, closed, and true to all that was seen."""
import json
import os
import subprocess

import capid as support
import contract
import pytest

TOOLS = support.TOP / "tests/openapi"
# Objects whose keys are the user's: the values of inputs, metadata, and the names of an app's inputs.
OPEN = {
    "/components/schemas/Inputs",
    "/components/schemas/Metadata",
    "/components/schemas/InputSchema/properties/properties",
    "/components/parameters/metadata/schema",
    "/components/schemas/RunForm",   # files, each named after an input
}


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """The whole API's and one app's, as files."""
    folder = tmp_path_factory.mktemp("openapi")
    with support.server() as capid:
        capid.app("report", "inputs: {n: {type: integer}, doc: {type: file}}\nagent: {command: ['true']}")
        client = capid.start().client()
        for name, path in (("whole", "/api/v1/openapi.json"), ("app", "/api/v1/apps/report/openapi.json")):
            (folder / f"{name}.json").write_text(client.request("GET", path).text)
    return folder


def tool(name, *words, **options):
    environment = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    return subprocess.run([TOOLS / "node_modules/.bin" / name, *words], capture_output=True, text=True, env=environment, timeout=300, **options)


@pytest.mark.parametrize("name", ["whole", "app"])
def test_redocly_finds_nothing(documents, name):
    found = tool("redocly", "lint", "--extends", "recommended", "--format", "json", documents / f"{name}.json")
    totals = json.loads(found.stdout)["totals"]
    assert (found.returncode, totals["errors"], totals["warnings"]) == (0, 0, 0), found.stdout


PROGRAM = """
import type {{ paths, components }} from "./{name}";
type Run = components["schemas"]["Run"];
type List = paths["{list}"]["get"]["responses"]["200"]["content"]["application/json"];
export function texts(list: List): string[] {{
  return list.runs.map((run: Run) => run.result?.text ?? run.errorCode ?? run.status);
}}
"""


@pytest.mark.parametrize("name, path", [("whole", "/api/v1/runs"), ("app", "/api/v1/apps/report/runs")])
def test_typescript_made_from_it_compiles(documents, name, path):
    made = tool("openapi-typescript", documents / f"{name}.json", "-o", documents / f"{name}.d.ts")
    assert made.returncode == 0, made.stderr
    (documents / f"{name}-program.ts").write_text(PROGRAM.format(name=name, list=path))
    compiled = tool("tsc", "--noEmit", "--strict", "--skipLibCheck", "false", documents / f"{name}.d.ts", documents / f"{name}-program.ts")
    assert compiled.returncode == 0, compiled.stdout
    (documents / f"{name}-wrong.ts").write_text(PROGRAM.format(name=name, list=path).replace("run.status", "run.stauts"))
    assert tool("tsc", "--noEmit", "--strict", documents / f"{name}-wrong.ts").returncode != 0, "the types are types"


def test_every_object_is_closed_but_the_users_own():
    document = contract.contract().document
    opened = {place for place, schema in contract.schemas_in(document) if schema.get("additionalProperties") is not False}
    assert opened == OPEN


def test_an_answer_that_is_not_described_is_found_out():
    """The checker itself: a field too many, one too few, an unknown code and an unknown status are all noticed."""
    own = contract.Contract(contract.contract().document)
    headers = {"X-Request-Id": "1", "Content-Type": "application/json"}
    good = {"workspaces": []}
    own.check("GET", "/api/v1/workspaces", 200, headers, json.dumps(good).encode())
    error = {"error": {"code": "RUN_NOT_FOUND", "message": "m"}}
    for method, path, status, body in (
        ("GET", "/api/v1/workspaces", 200, {**good, "more": 1}),
        ("GET", "/api/v1/workspaces", 200, {}),
        ("GET", "/api/v1/workspaces", 404, error),
        ("GET", "/api/v1/runs/x", 404, {"error": {"code": "NO_SUCH_CODE", "message": "m"}}),
        ("GET", "/api/v1/runs/x", 404, {"error": {"code": "THREAD_NOT_FOUND", "message": "m"}}),
        ("GET", "/api/v1/runs/x", 418, error),
        ("GET", "/nowhere", 404, error),
    ):
        with pytest.raises((AssertionError, contract.jsonschema.ValidationError)):
            own.check(method, path, status, headers, json.dumps(body).encode())


@pytest.mark.after_all_others
def test_every_route_status_and_code_was_met():
    """Over the whole of tests/e2e: what nobody ever saw is not known to be true."""
    if contract.SEEN:
        contract.contract().read_seen(contract.SEEN)
    answers, statuses, codes, run_codes = contract.contract().unseen()
    assert (sorted(answers), sorted(statuses), sorted(codes), sorted(run_codes)) == ([], [], [], [])
