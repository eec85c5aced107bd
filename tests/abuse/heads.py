# SPDX-License-Identifier: Apache-2.0
"""Request lines, header lines and framing as nobody should send them."""
from case import CREATED, FINE, MALFORMED, TOKEN, Case, control, junk, letters, request

NO_SUCH = {404: {"ROUTE_NOT_FOUND"}, 405: {"METHOD_NOT_ALLOWED"}}
TOO_LARGE = {413: {"PAYLOAD_TOO_LARGE"}}
NO_LENGTH = {411: {"LENGTH_REQUIRED"}}


def start(pick, line, allowed=None, **more):
    """A request of that first line."""
    return Case(line + b"\r\nHost: x\r\n\r\n", allowed or MALFORMED, **more)


def unknown_method(pick, stand):
    method = pick.choice(["BREW", "get", "Get", "G", "GETT", "POST" * 50,
                          "".join(pick.choices(TOKEN, k=pick.randint(1, 30))) + "~"])
    return Case(request(method, "/livez"))


def method_without_a_route(pick, stand):
    method = pick.choice(["PUT", "PATCH", "OPTIONS", "TRACE", "CONNECT", "DELETE", "POST"])
    target = pick.choice(["/livez", "*", "/api/v1/usage", "x:443", "/"])
    return Case(request(method, target, body=stand.canary if pick.random() < 0.5 else None), {**MALFORMED, **NO_SUCH})


def missing_parts(pick, stand):
    line = pick.choice([b"GET", b"GET /livez", b"/livez HTTP/1.1", b" ", b"GET  HTTP/1.1", b"GET HTTP/1.1", b"HTTP/1.1",
                        b"GET /livez HTTP/1.1 x", b"GET / livez HTTP/1.1", b":"])
    return start(pick, line)


def huge_line(pick, stand):
    size = pick.choice([8_300, 20_000, 32_700, 32_768, 40_000, 200_000])
    part = pick.choice([b"%s /livez HTTP/1.1", b"GET /%s HTTP/1.1", b"GET /livez?%s HTTP/1.1", b"GET /livez %s"])
    return start(pick, part % (b"x" * size))


def control_in_the_line(pick, stand):
    line = bytearray(b"GET /livez HTTP/1.1")
    line.insert(pick.choice([0, 1, 4, 6, 9, 11, 19]), control(pick, but=b"\r\n")[0])
    return start(pick, bytes(line))


def encoded_control_in_the_path(pick, stand):
    return Case(request("GET", f"/api/v1/runs/a%{control(pick)[0]:02x}b", stand.authorization))


def absolute_form(pick, stand):
    scheme = pick.choice(["http", "https", "HTTP", "Http"])
    authority = pick.choice(["x", "127.0.0.1:80", "[::1]:8080", "example.org"])
    return Case(request("GET", f"{scheme}://{authority}/livez"), FINE, kept=True)


def strange_target(pick, stand):
    target = pick.choice(["livez", "ftp://x/livez", "http:/livez", "//livez", "http://", "http://x", "?", "/livez/", "///",
                          "http://x/http://x/livez", "*", "x:80"])
    return Case(request("GET", target), {**MALFORMED, **NO_SUCH, **FINE}, kept=None)


def wide_spaces(pick, stand):
    line = pick.choice([b"GET  /livez HTTP/1.1", b"GET /livez  HTTP/1.1", b" GET /livez HTTP/1.1", b"GET /livez HTTP/1.1 "])
    return start(pick, line, {**MALFORMED, **FINE}, kept=None)


def tabs_for_spaces(pick, stand):
    return start(pick, pick.choice([b"GET\t/livez\tHTTP/1.1", b"GET\t/livez HTTP/1.1", b"GET /livez\tHTTP/1.1",
                                    b"GET\x0b/livez\x0cHTTP/1.1"]))


def wrong_version(pick, stand):
    version = pick.choice(["HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/2", "HTTP/3", "HTTP/11", "HTTP/1.1x", "http/1.1", "HTTP/1,1",
                           "HTTP/-1.1", "HTTP/1.", "ICY/1.1", "HTTP/1.01", "HTTP"])
    return Case(request(version=version))


def old_versions(pick, stand):
    if pick.random() < 0.3:
        return Case(b"GET /livez\r\n\r\n")   # HTTP/0.9
    return Case(request(version="HTTP/1.0", host=pick.choice([b"Host: x", None])), FINE)


def preface_of_http2(pick, stand):
    return Case(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + junk(pick, 0, 60))


def no_http_at_all(pick, stand):
    hello = pick.choice([b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"SSH-2.0-x\r\n", b"\0" * 64])
    return Case(hello + junk(pick, 0, 300).replace(b"\n", b"") + b"\r\n\r\n", silent=True)


def empty_lines_first(pick, stand):
    return Case(b"\r\n" * pick.randint(1, 5) + request(), FINE, kept=True)


def bare_line_feeds(pick, stand):
    sent = request("POST", stand.held, stand.authorization, body=b"").replace(b"\r\n", pick.choice([b"\n", b"\r", b"\n\r"]),
                                                                              pick.randint(1, 6))
    return Case(sent, silent=True)


def header(pick, line, allowed=None, **more):
    """A request with that line at any place among others."""
    lines = [b"Accept: */*", b"X-One: 1", b"User-Agent: x"]
    lines.insert(pick.randint(0, 3), line)
    return Case(request("GET", "/livez", *lines), allowed or MALFORMED, **more)


def header_without_colon(pick, stand):
    return header(pick, pick.choice([b"X-One", b"Host x", letters(pick, 1, 200).encode(), b"=", b"GET /livez HTTP/1.1"]))


def space_before_colon(pick, stand):
    return header(pick, pick.choice([b"X-Two : 2", b"Content-Length : 5", b"Transfer-Encoding\t: chunked", b"X Two: 2",
                                     b" X-Two: 2"]))


def folded_header(pick, stand):
    return header(pick, b"X-Two: 2\r\n" + pick.choice([b" ", b"\t", b"  \t"]) + pick.choice([b"folded", b"Content-Length: 5",
                                                                                             b": x", b""]))


def control_in_a_header(pick, stand):
    name, value = bytearray(b"X-Two"), bytearray(b"value")
    place = pick.choice([name, value])
    place.insert(pick.randint(1, len(place) - 1), control(pick)[0])
    return header(pick, bytes(name) + b": " + bytes(value))


def encoded_control_in_a_header(pick, stand):
    return header(pick, b"X-Two: a%%%02xb" % control(pick)[0])


def text_in_a_header(pick, stand):
    return header(pick, b"X-Two: " + bytes(pick.choices(range(0x80, 0x100), k=pick.randint(1, 200))), FINE, kept=True)


def strange_header_name(pick, stand):
    name = pick.choice([b"", b"X(Two)", b"X\xc3\xa4", b'"X"', b"X/Two", b"X@", b"X[1]", b"{X}", b"X=1", b"X;Y", b"<X>",
                        bytes([pick.randint(0x80, 0xff)])])
    return header(pick, name + b": x")


def too_many_headers(pick, stand):
    many = pick.choice([101, 150, 1_000, 3_000])
    return Case(request("GET", "/livez", *[f"X-{i}: {i}" for i in range(many)]))


def too_long_header(pick, stand):
    size = pick.choice([8_300, 32_768, 33_000, 100_000])
    return header(pick, pick.choice([b"X-Two: %s", b"%s: x", b"Cookie: %s", b"%s"]) % (b"x" * size))


def host(pick, stand):
    wrong = [None, b"Host: x\r\nHost: x", b"Host: x\r\nhost: y", b"Host: a b", b"Host: x/y", b"Host: x@y", b"Host: http://x",
             b"Host: x?y", b"Host: x%00", b"Host: \xff", b"Host: x#", b"Host: x\\y", b"Host: x%20y"]
    return Case(request("GET", "/livez", host=pick.choice(wrong)))


def posted(stand, *lines, body=b"", **more):
    return b"".join((request("POST", stand.held, stand.authorization, "Content-Type: application/json", *lines, **more), body))


def lengths_that_agree(pick, stand):
    again = pick.choice(["Content-Length: 2", "content-length: 2", "CONTENT-LENGTH:2", "Content-Length:  2 "])
    return Case(posted(stand, "Content-Length: 2", again, body=b"{}"), {**MALFORMED, **CREATED}, kept=None)


def lengths_that_differ(pick, stand):
    one, other = pick.sample([0, 2, 3, 5, 20, len(stand.canary) + 2, 100_000], 2)
    return Case(posted(stand, f"Content-Length: {one}", f"Content-Length: {other}", body=b"{}"))


def length_that_is_none(pick, stand):
    wrong = ["-1", "-2", "+2", "0x2", "2,2", "2, 2", "2 2", "2.0", "2e0", "", " ", "two", "2;", "٢", "0b10", "2_0", "9" * 16,
             "9" * 40, "18446744073709551618", "4294967298" * 4, "\x022", "2%00", "%32", "%302"]
    return Case(posted(stand, f"Content-Length: {pick.choice(wrong)}", body=b"{}"))


def length_too_large(pick, stand):
    length = pick.choice([(101 << 20) + 1, 999_999_999, 10**14, 999_999_999_999_999])
    return Case(posted(stand, f"Content-Length: {length}", *pick.choice([[], ["Expect: 100-continue"]]),
                       body=pick.choice([b"{}", b""])), TOO_LARGE)


def length_of_a_get(pick, stand):
    body = pick.choice([b"{}", stand.canary, junk(pick, 1, 5_000)])
    if pick.random() < 0.3:
        return Case(request("GET", "/livez", f"Content-Length: {pick.choice([65_537, 10**6, 100 << 20])}") + body, TOO_LARGE)
    return Case(request("GET", "/livez", body=body), FINE, kept=True)


def no_length(pick, stand):
    """RFC 9112, 6.3: then there is no body; an app without inputs needs none."""
    return Case(request("POST", stand.held, stand.authorization), CREATED, kept=True)


def length_and_coding(pick, stand):
    lines = [f"Content-Length: {pick.choice([0, 2, 5, 500])}",
             f"Transfer-Encoding: {pick.choice(['chunked', 'Chunked', 'gzip, chunked', 'identity', 'xchunked', ''])}"]
    pick.shuffle(lines)
    return Case(posted(stand, *lines, body=b"0\r\n\r\n"), {**MALFORMED, **NO_LENGTH})


def transfer_coding(pick, stand):
    value = pick.choice(["chunked", "chunked, chunked", "gzip", "gzip, chunked", "xchunked", "chunked;q=1", "\tchunked", "CHUNKED",
                         "identity", "chunked,", ",", "deflate", '"chunked"', "%63hunked"])
    lines = [f"Transfer-Encoding: {value}"] * pick.choice([1, 1, 2])
    method, version = pick.choice(["POST", "GET", "HEAD", "DELETE"]), pick.choice(["HTTP/1.1", "HTTP/1.0"])
    if method == "HEAD":
        method = "GET"
    sent = request(method, stand.held, stand.authorization, *lines, version=version)
    return Case(sent + chunked(pick, stand), NO_LENGTH)


def chunked(pick, stand):
    """A chunked body, mostly a bad one, with a request inside."""
    size = pick.choice([b"5", b"05", b"0x5", b"-5", b"+5", b"5 ", b" 5", b"ffffffffffffffff", b"10000000000000000", b"", b"g",
                        b"5;" + b"x" * pick.choice([1, 20_000]), b'5;a="\r\n"', b"5\n"])
    trailers = pick.choice([b"", b"X: 1\r\n", b"Content-Length: 5\r\n", b"bad\r\n", b"X: " + b"y" * 20_000 + b"\r\n",
                            b"X: 1\r\n" * 500])
    last = pick.choice([b"0\r\n" + trailers + b"\r\n", b"", b"00\r\n\r\n", b"0\n\n", b"0"])
    return size + b"\r\nhello\r\n" + b"%x\r\n" % len(stand.canary) + stand.canary + b"\r\n" + last
