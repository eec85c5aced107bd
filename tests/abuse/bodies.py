# SPDX-License-Identifier: Apache-2.0
"""JSON and forms that are broken, in a request that is not."""
from case import ANY, CREATED, Case, junk, letters, request

NO_JSON = {400: {"INVALID_JSON"}}
WRONG = {400: {"INVALID_PARAMETER", "INVALID_INPUT", "UNKNOWN_FIELD", "INVALID_JSON", "UNKNOWN_MODEL", "WEBHOOK_URL_NOT_ALLOWED",
               "THREAD_NOT_FOUND"}}
NO_FORM = {400: {"INVALID_MULTIPART"}}


def json_case(stand, body, allowed, **more):
    return Case(request("POST", stand.held, stand.authorization, "Content-Type: application/json", body=body), allowed, **more)


def broken_json(pick, stand):
    depth = pick.choice([64, 65, 1_000, 100_000])
    broken = [b"[" * depth, b'{"inputs":' * depth, b'{"inputs":' + b"[" * depth + b"]" * depth + b"}", b'{"inputs": {"a": "\xff"}}',
              b'{"\xc0\xaf": 1}', b'{"inputs": {"a": "\xed\xa0\x80"}}', b'{"inputs": {"a": "\\ud800"}}', b'{"a": NaN}',
              b'{"a": Infinity}', b'{"maxCredits": 1e999}', b'{"maxCredits": -1e999}',
              b'{"a": 01}', b'{"a": .5}', b'{"a": 0x1}', b"{'a': 1}", b'{"a": 1,}', b"{}x", b"{}{}", b"{}\0", b"\0{}",
              b'{"a": "\0"}', b'{"a": "\n"}', b'{"a": "\\q"}', b'{"a"', b'{"a":', b'{"a": "', b"nul", b"[]", b"1", b'"x"', b"null",
              b" ", b"\xef\xbb", b"\xff\xfe{\0}\0", b"/**/{}", b"{} //", junk(pick, 1, 400) + b"}"]
    return json_case(stand, pick.choice(broken), NO_JSON)


def truncated_json(pick, stand):
    whole = b'{"inputs": {}, "tags": ["a", "\\u00e4"], "metadata": {"k": "v"}, "ttlSeconds": 10}'
    return json_case(stand, whole[:pick.randint(1, len(whole) - 1)], NO_JSON)


def wrong_json(pick, stand):
    wrong = [b'{"inputs": []}', b'{"inputs": {"a": 1}}', b'{"input": {}}', b'{"ttlSeconds": 1e30}', b'{"ttlSeconds": -1}',
             b'{"ttlSeconds": 1.5}', b'{"timeoutSeconds": 99999999999999999999}', b'{"maxCredits": -0.1}', b'{"maxCredits": 1e300}',
             b'{"tags": {}}', b'{"tags": [1]}', b'{"tags": [""]}', b'{"tags": ["a\\u0000"]}',
             b'{"tags": ["' + b"x" * 65 + b'"]}', b'{"metadata": []}', b'{"metadata": {"": "x"}}', b'{"metadata": {"a": {}}}',
             b'{"metadata": {"a": "' + b"x" * 600 + b'"}}', b'{"workspaceId": "../x"}', b'{"workspaceId": ""}',
             b'{"workspaceId": "\\u0000"}', b'{"threadId": "x"}', b'{"chatModelId": "x"}', b'{"webhookUrl": "file:///etc/passwd"}',
             b'{"webhookUrl": "http://127.0.0.1"}', b'{"webhookUrl": "http://x:99999"}', b'{"": 1}',
             b'{"' + b"x" * 5_000 + b'": 1}', b'{"__proto__": 1}', b'{"tags": [' + b'"a",' * 20 + b'"a"]}',
             b'{"metadata": {' + b",".join(b'"%d": "x"' % i for i in range(40)) + b"}}"]
    return json_case(stand, pick.choice(wrong), WRONG)


def odd_json(pick, stand):
    """Odd, but JSON: an answer of either kind will do."""
    odd = [b'{"inputs": {}, "inputs": {}}', b'{"tags": ["a"], "tags": ["b"]}', b'{"tags": ["a"], "tags": 1}', b"\xef\xbb\xbf{}",
           b" \t\r\n{}\r\n", b'{"inputs": null, "tags": null}', b'{"appId": "nope"}', b'{"maxCredits": 1e-300}',
           b'{"maxCredits": 0.0000000000000000000000001}', b'{"ttlSeconds": 1000.0}', b'{"tags": ["\\ud83d\\ude00"]}',
           b'{"metadata": {"k": "\xe2\x80\xae"}}']
    return json_case(stand, pick.choice(odd), {**CREATED, **WRONG}, kept=None)


def huge_json(pick, stand):
    size = (1 << 20) + pick.choice([1, 100, 70_000])
    return json_case(stand, pick.choice([b" " * size, b'{"x": "' + b"y" * size + b'"}', b"[" * size]), {413: {"PAYLOAD_TOO_LARGE"}})


def part(name, content, more=b""):
    return b'Content-Disposition: form-data; name="' + name + b'"' + more + b"\r\n\r\n" + content


def form(*parts, boundary=b"XX", closing=True):
    return b"".join(b"--" + boundary + b"\r\n" + each + b"\r\n" for each in parts) + (b"--" + boundary + b"--\r\n" if closing else b"")


def form_case(stand, body, allowed, kind=b"multipart/form-data; boundary=XX", **more):
    return Case(request("POST", stand.held, stand.authorization, b"Content-Type: " + kind, body=body), allowed, **more)


def boundary(pick, stand):
    long = b"b" * pick.choice([71, 200, 5_000])
    kind = pick.choice([b"", b"; boundary=", b'; boundary=""', b"; boundary=YY", b"; boundary=X", b"; boundary=" + long,
                        b"; charset=utf-8", b";;;", b"; boundary=\xff", b"; boundary", b"; boundary=XX--"])
    return form_case(stand, form(part(b"inputs", b"{}"), boundary=long if long in kind else b"XX"), NO_FORM,
                     b"multipart/form-data" + kind)


def broken_form(pick, stand):
    inputs = part(b"inputs", b"{}")
    whole = form(inputs, part(b"files", b"hello", b'; filename="a.txt"'))
    broken = [form(inputs, closing=False), whole[:pick.randint(1, len(whole) - 5)], b"", b"--XX", b"not a form",
              b"--XX\r\n\r\n--XX--\r\n", form(b"X: 1\r\n\r\nx"), form(b"no colon\r\n\r\nx"),
              form(b"Content-Disposition: form-data\r\n\r\nx"), form(part(b"", b"x")),
              form(b"X: " + b"y" * pick.choice([20_000, 200_000]) + b"\r\n" + inputs), form(b"A: b\r\n" * 20_000 + inputs),
              form(inputs, inputs), form(part(b"files", b"x")), form(part(b"files", b"x", b'; filename=""')),
              form(part(b"tags", b"\xff\xfe")), form(b"\0: x\r\n" + inputs),
              form(inputs).replace(b"\r\n", b"\n"), form(inputs).replace(b"\r\n\r\n", b"\r\n"), b"x" * 40_000 + form(inputs),
              form(inputs).replace(b"--XX--", b"--XX-")]
    return form_case(stand, pick.choice(broken), {400: {"INVALID_MULTIPART", "INVALID_JSON", "UNKNOWN_FIELD", "INVALID_PARAMETER"}})


def thousands_of_parts(pick, stand):
    count = pick.choice([65, 1_000, 5_000])
    parts = pick.choice([[part(b"tags%d" % i, b"x") for i in range(count)], [part(b"tags", b"[]")] * count,
                         [part(b"files", b"x", b'; filename="%d.txt"' % i) for i in range(count)],
                         [part(b"files", b"", b'; filename="a.txt"')] * count])
    return form_case(stand, form(*parts), {400: {"INVALID_MULTIPART", "UNKNOWN_FIELD", "TOO_MANY_FILES", "EMPTY_FILE"}})


def file_name(pick, stand):
    odd = [b"../../etc/passwd.txt", b"/etc/x.txt", b"..\\..\\x.txt", b"a\x01b.txt", b"a\x7fb.txt", b"a%00b.txt", b"a%0d%0ab.txt",
           b"a%2f..%2fb.txt", b".txt", b"...txt", b"-rf.txt", b"\xff.txt", b"\xe2\x80\xaetxt.exe.txt", b"x" * 3_000 + b".txt",
           b"a;b.txt", b'a\\"b.txt', b"con.txt", b" .txt", b"a b.txt ", b"a.txt/", b".", b"..", b"x.exe", b"/"]
    name = pick.choice(odd)
    wrong = {400: ANY, 415: {"UNSUPPORTED_FILE_TYPE"}}
    return form_case(stand, form(part(b"files", b"hello", b'; filename="' + name + b'"')), {**CREATED, **wrong}, kept=None)


def nested_form(pick, stand):
    inner = form(part(b"inputs", b"{}"), part(b"files", stand.canary, b'; filename="b.txt"'),
                 boundary=pick.choice([b"YY", b"ZZZ", b"X"]))
    outer = part(pick.choice([b"files", b"inputs"]), inner, pick.choice([b"",
                                                                         b'; filename="a.txt"']) + b"\r\nContent-Type: multipart/mixed; boundary=YY")
    return form_case(stand, form(outer), {**CREATED, **NO_FORM, 400: ANY}, kept=None)


def form_of_letters(pick, stand):
    return form_case(stand, b"--XX\r\n" + letters(pick, 1, 3_000).encode() + b"\r\n" + stand.canary, NO_FORM)
