# SPDX-License-Identifier: Apache-2.0
"""Lists of runs: order, pages, cursor, filters; and what else integrators read: apps, usage, OpenAPI of one app."""
import capid as support
import pytest


@pytest.fixture(scope="module")
def house():
    """Twelve runs: two apps, three outcomes, tags and metadata by turns."""
    with support.server() as capid:
        capid.shell_app("good", "true")
        capid.shell_app("bad", "false")
        client = capid.start().client()
        runs = []
        for number in range(12):
            body = {"tags": [f"t{number % 2}", "all"], "metadata": {"third": str(number % 3)}}
            answer = client.request("POST", f"/api/v1/apps/{'good' if number % 4 else 'bad'}/runs", json=body)
            runs.append(client.wait(answer.json()["id"]))
        yield client, runs[::-1]


def listed(client, query="", path="/api/v1/runs"):
    return client.request("GET", f"{path}?{query}").json()["runs"]


def test_newest_first_and_each_as_it_is_alone(house):
    client, runs = house
    assert listed(client) == runs
    assert listed(client, "limit=3&offset=2") == runs[2:5]
    assert listed(client, "offset=12") == []


def test_the_cursor_is_stable_while_runs_come_in(house):
    client, runs = house
    first = listed(client, "limit=5")
    client.run("good")
    second = listed(client, f"limit=5&before={first[-1]['id']}")
    assert second == runs[5:10]
    assert listed(client, f"before={runs[-1]['id']}") == []


@pytest.mark.parametrize(
    "query, keep",
    [
        ("status=completed", lambda run: run["status"] == "completed"),
        ("status=failed", lambda run: run["status"] == "failed"),
        ("status=cancelled", lambda run: False),
        ("tag=t1", lambda run: "t1" in run["tags"]),
        ("tag=none", lambda run: False),
        ("metadata.third=2", lambda run: run["metadata"].get("third") == "2"),
        ("tag=t0&metadata.third=0", lambda run: "t0" in run["tags"] and run["metadata"].get("third") == "0"),
        ("tag=t0&status=failed", lambda run: "t0" in run["tags"] and run["status"] == "failed"),
        ("metadata.third=1&metadata.other=x", lambda run: False),
        ("tag=third", lambda run: False),
    ],
)
def test_filters(house, query, keep):
    client, runs = house
    runs = [run for run in runs if keep(run)]
    last = house[1][0]["id"]
    assert [run for run in listed(client, f"limit=100&{query}") if run["id"] <= last] == runs
    for app in ("good", "bad"):
        of_app = [run for run in listed(client, f"limit=100&{query}", f"/api/v1/apps/{app}/runs") if run["id"] <= last]
        assert of_app == [run for run in runs if run["appId"] == app]
    if len(runs) > 2:
        assert listed(client, f"{query}&limit=1&before={runs[0]['id']}") == runs[1:2]


def test_tags_and_metadata_come_back_as_they_were_sent(house):
    client, _ = house
    sent = {"tags": ["b", "a", "b", "ü"], "metadata": {"a.b": "c d", "ключ": "знач"}}
    run = client.wait(client.request("POST", "/api/v1/apps/good/runs", json=sent).json()["id"])
    assert (run["tags"], run["metadata"]) == (["b", "a", "ü"], sent["metadata"])
    assert [found["id"] for found in listed(client, "metadata.a.b=c%20d&tag=%C3%BC")] == [run["id"]]
    assert [found["id"] for found in listed(client, "metadata.%D0%BA%D0%BB%D1%8E%D1%87=%D0%B7%D0%BD%D0%B0%D1%87")] == [run["id"]]


def test_apps_are_described_with_their_inputs():
    manifest = """
name: Report
description: Makes a report.
workspace: required
inputs:
  year: {type: integer, required: true, minimum: 2000, label: Year}
  ratio: {type: number, maximum: 1.5}
  region: {type: select, options: [EMEA, AMER], default: EMEA}
  deep: {type: boolean}
  since: {type: date}
  source: {type: url}
  notes: {type: textarea, max_length: 1000, description: What else}
  sales: {type: file, accept: [csv], required: true}
agent: {command: [sh, -c, "true"]}
"""
    with support.server() as capid:
        capid.app("report", manifest)
        capid.app("broken", "agent: {comand: [true]}")
        client = capid.start().client()
        broken, report = client.request("GET", "/api/v1/apps").json()["apps"]
        assert (broken["id"], broken["status"], broken["inputSchema"]) == ("broken", "disabled", None)
        assert 'did you mean "command"' in broken["problem"]
        assert client.request("GET", "/api/v1/apps/report").json() == report
        assert (report["name"], report["description"], report["status"], report["workspace"]) == ("Report", "Makes a report.", "ready", "required")
        assert report["inputSchema"] == {
            "type": "object",
            "properties": {
                "year": {"type": "integer", "title": "Year", "minimum": 2000},
                "ratio": {"type": "number", "maximum": 1.5},
                "region": {"type": "string", "enum": ["EMEA", "AMER"], "default": "EMEA"},
                "deep": {"type": "boolean"},
                "since": {"type": "string", "format": "date"},
                "source": {"type": "string", "format": "uri"},
                "notes": {"type": "string", "description": "What else", "maxLength": 1000, "x-multiline": True},
                "sales": {"type": "string", "format": "binary", "x-accept": ["csv"]},
            },
            "required": ["year", "sales"],
            "additionalProperties": False,
        }
        document = client.request("GET", "/api/v1/apps/report/openapi.json").json()
        assert document["info"]["title"] == "Report"
        assert "/api/v1/apps/report/runs" in document["paths"] and "/api/v1/runs" not in document["paths"]
        assert "sales" not in document["components"]["schemas"]["Inputs"]["properties"]
        assert document["components"]["schemas"]["RunForm"]["properties"]["sales"]["format"] == "binary"
        assert client.request("GET", "/api/v1/apps/broken/openapi.json").status_code == 409


def test_input_is_validated_without_a_run():
    with support.server() as capid:
        capid.app("app", "inputs: {n: {type: integer, required: true}, doc: {type: file, accept: [txt]}}\nagent: {command: [sh, -c, 'true']}")
        client = capid.start().client()
        path = "/api/v1/apps/app/validate-input"
        assert client.request("POST", path, json={"inputs": {"n": "7"}}).json() == {"valid": True}
        several = client.request("POST", path, json={"inputs": {"n": "x", "m": 1}}).json()["error"]
        assert [(problem["code"], problem["field"]) for problem in several["details"]] == [("UNKNOWN_FIELD", "inputs.m"), ("INVALID_INPUT", "inputs.n")]
        form = {"data": {"inputs": '{"n": 1}'}}
        assert client.request("POST", path, files=[("doc", ("a.txt", b"x"))], **form).status_code == 200
        assert client.request("POST", path, files=[("doc", ("a.csv", b"x"))], **form).json()["error"]["field"] == "inputs.doc"
        assert client.request("GET", "/api/v1/runs").json()["runs"] == []
        assert not [path for path in (capid.data / "files").rglob("*") if path.is_file()], "nothing is kept of it"


def test_usage_adds_up_by_day_app_and_model():
    config = 'credits: {per_run: 1.25, starting_balance: 100}\nproviders: {p: {base_url: "http://127.0.0.1:9"}}\nmodels: [{id: small, provider: p}]\n'
    with support.server(config=config) as capid:
        for app in ("one", "two"):
            capid.shell_app(app, "true")
        capid.app("typo", "agent: {command: [no-such-program]}")
        client = capid.start().client()
        for app, body in (("one", {}), ("one", {"chatModelId": "small"}), ("two", {}), ("typo", {})):
            client.wait(client.request("POST", f"/api/v1/apps/{app}/runs", json=body).json()["id"])
        usage = client.request("GET", "/api/v1/usage").json()
        assert (usage["balance"], usage["enforced"]) == (96.25, False)
        none = {"inputTokens": 0, "outputTokens": 0}
        assert usage["byApp"] == [
            {"appId": "one", "runs": 2, "credits": 2.5, **none},
            {"appId": "two", "runs": 1, "credits": 1.25, **none},
            {"appId": "typo", "runs": 1, "credits": 0, **none},
        ]
        assert usage["byModel"] == [{"chatModelId": None, "runs": 3, "credits": 2.5, **none}, {"chatModelId": "small", "runs": 1, "credits": 1.25, **none}]
        assert sum(day["credits"] for day in usage["byDay"]) == 3.75 and sum(day["runs"] for day in usage["byDay"]) == 4
        charged = capid.database("SELECT -sum(amount) FROM ledger WHERE kind = 'charge'")[0][0]
        assert capid.database("SELECT sum(credits) FROM daily_usage") == [(charged,)], "the sums are the ledger's"
        assert client.request("GET", "/api/v1/usage?days=1").json()["byDay"] == usage["byDay"]
