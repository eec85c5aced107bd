# SPDX-License-Identifier: Apache-2.0
"""What a server has that people look at: apps of every kind, and runs that went in every way."""
import json

REPORT = """name: Sales report
description: Turns a CSV of sales into a summary and a Markdown report.
inputs:
  region: {type: select, options: [EMEA, AMER, APAC], default: EMEA, label: Region}
  year: {type: integer, required: true, minimum: 2000, maximum: 2100, label: Year}
  order: {type: text, default: "by month; then by region", label: Order}
  sales: {type: file, accept: [csv], required: true, label: Sales}
agent: {command: [sh, /app/run.sh], transcript: events}
"""


def events(*lines, pause=0):
    """A script that says these events, one after the other."""
    return "".join(f"cat <<'EVENT'\n{json.dumps(line)}\nEVENT\n" + (f"sleep {pause}\n" if pause else "") for line in lines)


def report_app(capid, pause=0):
    said = events({"type": "message", "text": "I’ll read the file first, then work out the totals by month."},
                  {"type": "thinking", "text": "Two columns, month and total. No blanks."},
                  {"type": "tool_call", "id": "1", "name": "bash", "input": {"command": "head -3 /in/files/sales.csv"}},
                  {"type": "tool_result", "id": "1", "output": "month,total\n2026-01,12\n2026-02,30\n"},
                  {"type": "message", "text": "Adding up the months."},
                  {"type": "web_search", "query": "EMEA public holidays February 2026"},
                  {"type": "result", "text": "# Summary\n\nFebruary stands out: **30**, after 12.\n\n| month | total |\n| --- | ---: |\n| January | 12 |\n| February | 30 |\n"}, pause=pause)
    capid.app("sales-report", REPORT, run__sh=f"printf '# Sales\\n\\nUp in February.\\n' > /out/report.md\n{said}echo '1 warning: no currency given' >&2\n")


def small_apps(capid):
    """One of each kind beside the report."""
    capid.app("every-input", """name: Every kind of input
description: A form with a field of each type.
inputs:
  title: {type: text, required: true, max_length: 80, description: What the report is called}
  notes: {type: textarea, label: Notes for the agent}
  count: {type: integer, minimum: 1, maximum: 9, default: 3}
  ratio: {type: number, minimum: 0}
  draft: {type: boolean, default: true, description: Marks each page}
  region: {type: select, options: [EMEA, AMER, APAC]}
  due: {type: date}
  source: {type: url}
  logo: {type: file, accept: [png, svg]}
network: {allow: ["api.example.org:443"]}
limits: {timeout: 2m, memory: 512MiB}
agent: {command: [sh, /app/run.sh]}
""", run__sh="cat /in/inputs.json\n")
    capid.shell_app("nightly-check", "echo 'cannot reach the ledger' >&2; exit 3", "description: Compares yesterday's books.\n")
    capid.shell_app("slow", "echo begun >&2; sleep 300", "name: Slow\nconcurrency: 1\n")
    capid.app("broken", "agent: {command: [sh]}\nconcurency: 4\nlimits: {memory: 1XB}\n")
    made = "printf '<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"320\" height=\"120\"><rect width=\"320\" height=\"120\" fill=\"teal\"/></svg>' > /out/chart.svg\n" \
           "printf '<h1>Hello</h1><p style=\"color:teal\">A page' > /out/page.html\nprintf '{\"total\": [1, 2, 3]}' > /out/data.json\nprintf 'a,b\\n1,2\\n' > /out/data.csv\nprintf 'just text' > /out/notes.txt\n" \
           "base64 -d > /out/dot.png <<'PNG'\niVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\nPNG\nhead -c 2000 /dev/zero > /out/blob.bin\n"
    said = events({"type": "prompt", "text": "What changed since last week? Look at the chart as well."}, {"type": "message", "text": "Three things:\n\n1. **Orders** rose\n2. `returns` fell\n3. nothing else\n\n```python\nprint('a block of code that is rather long and goes on to the right for a while, until it ends here')\n```"},
                  {"type": "tool_call", "id": "1", "name": "read_file", "input": {"path": "/workspace/a.txt", "lines": [1, 20]}}, {"type": "tool_result", "id": "1", "output": "no such file", "isError": True},
                  {"type": "error", "message": "The price list could not be read; last month's is used."}, {"type": "log", "text": "cache warm\n"}, {"type": "result", "text": json.dumps({"orders": 12, "returns": 1})})
    capid.app("artifacts", "name: Weekly review\nagent: {command: [sh, /app/run.sh], transcript: events}\n", run__sh=made + said)


def past_days(capid, account, days=40):
    """Usage of the days before today, as their runs would have left it."""
    import visitor

    for day in range(1, days):
        if day % 7:
            visitor.change_rows(capid, "INSERT INTO daily_usage (account_id, day, app_id, model_id, runs, credits, input_tokens, output_tokens) VALUES (?, date('now', ?), ?, ?, ?, ?, ?, ?)",
                                account, f"-{day} days", ["sales-report", "artifacts"][day % 2], ["qwen3", ""][day % 3 == 0], day % 11, (day % 11) * 1_250_000, day * 900, day * 120)


SCRIPT = "<script>window.pwned=1</script>"
IMAGE = "<img src=x onerror=window.pwned=1>"
MARKDOWN = f"""# {IMAGE}
{SCRIPT} <b onclick="window.pwned=1">bold</b> <a href="javascript:window.pwned=1">html</a>
[link](javascript:window.pwned=1) [data](data:text/html;base64,PHNjcmlwdD4=) [vb](vbscript:x) [ok](https://example.org/x)
![pixel](https://evil.example/pixel.png) ![local](/admin/api/session) ![svg](data:image/svg+xml;base64,PHN2Zz4=)
<svg onload=window.pwned=1><style>@import url(https://evil.example/x.css)</style></svg><iframe srcdoc="{SCRIPT}"></iframe><form action=https://evil.example><input name=x></form>
<math><mtext><table><mglyph><style><img src=x onerror=window.pwned=1></style></mglyph></table></mtext></math>
[reference][x]

[x]: javascript:window.pwned=1 "{IMAGE}"

| {IMAGE} | b |
| --- | --- |
| `{SCRIPT}` | x |
"""


# What takes a parser of Markdown seconds, or all of its stack.
MONSTERS = ["monster\n\n" + text for text in ("[a](" * 1900, "- " * 3900, ">" * 7900, "[" * 7900, "*a" * 3900, "`" * 7900, "|a" * 3900 + "\n" + "|-" * 3900)]


def hostile_app(capid):
    svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"window.pwned=1;parent.pwned=1;top.pwned=1\"><script>top.pwned=1</script><image href=\"https://evil.example/p.png\"/><foreignObject><iframe xmlns=\"http://www.w3.org/1999/xhtml\" src=\"https://evil.example/\"/></foreignObject></svg>"
    html = f"<!doctype html><meta http-equiv=refresh content='0;url=https://evil.example/'>{SCRIPT}{IMAGE}<script>top.pwned=1;parent.location='https://evil.example/'</script><form action=https://evil.example/><button>x</button></form>"
    files = {"x.svg": svg, "x.html": html, "x.md": MARKDOWN, "x.json": json.dumps({SCRIPT: IMAGE}), f"{IMAGE.replace('/', '')}.txt": SCRIPT}
    writes = "".join(f"cat > '/out/{name}' <<'FILE'\n{content}\nFILE\n" for name, content in files.items())
    said = events(*({"type": kind, "text": MARKDOWN} for kind in ("prompt", "message", "thinking", "log")),
                  *({"type": "message", "text": text} for text in MONSTERS),
                  {"type": "tool_call", "id": IMAGE, "name": SCRIPT, "input": {"command": IMAGE, SCRIPT: [IMAGE]}}, {"type": "tool_result", "id": IMAGE, "output": {SCRIPT: MARKDOWN}, "isError": True},
                  {"type": "web_search", "query": SCRIPT}, {"type": "error", "message": MARKDOWN}, {"type": "artifact", "path": "x.svg", "title": IMAGE}, {"type": "result", "text": MARKDOWN})
    capid.app("hostile", "name: " + json.dumps(f"{IMAGE}{SCRIPT}") + "\ndescription: " + json.dumps(MARKDOWN) + "\ninputs: {say: {type: text, label: " + json.dumps(IMAGE) + ", description: " + json.dumps(SCRIPT) + "}, which: {type: select, options: [" + json.dumps(IMAGE) + "]}, f: {type: file}}\n"
              "agent: {command: [sh, /app/run.sh], transcript: events}\n", run__sh=f"{writes}{said}echo '{SCRIPT}' >&2\n")
    capid.shell_app("worse", f"cat >&2 <<'X'\n{MARKDOWN}\nX\nexit 3")
    capid.app("broken", f"agent: {{command: [x]}}\n{json.dumps(IMAGE)}: {json.dumps(SCRIPT)}\n")
