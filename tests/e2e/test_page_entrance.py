# SPDX-License-Identifier: Apache-2.0
"""The way into the page: set-up, signing in, sessions and their ends, and how guessing fares."""
import concurrent.futures
import time

import capid as support
import pytest
import visitor as visitors
from visitor import PASSWORD, Visitor

HOUR_MS = 3_600_000


@pytest.fixture
def house(capid):
    capid.shell_app("app", "true")
    return capid.start()


def audit(admin, *actions):
    return [(entry["account"], entry["action"], entry["target"], entry["from"]) for entry in admin.get("/audit")["entries"] if entry["action"] in actions]


def test_a_set_up_link_sets_the_first_password_once(house):
    assert "run  capid setup  for a link" in house.log()
    link = house.cli("setup").stdout.strip()
    assert link.startswith(house.url + "/setup#")
    token = link.rpartition("#")[2]
    assert token not in house.log()
    someone = Visitor(house.url)
    assert someone.code("POST", "/setup", json={"token": token, "password": "short"}) == (400, "INVALID_PARAMETER")
    someone.post("/setup", token=token, password=PASSWORD)   # what was too short did not use it up
    assert someone.get("/session")["account"]["name"] == "admin" and Visitor(house.url).get("/session") is None
    assert Visitor(house.url).code("POST", "/setup", json={"token": token, "password": PASSWORD}) == (403, "INVALID_SETUP_TOKEN")
    Visitor(house.url).sign_in("admin")
    assert audit(someone, "account.setup") == [("admin", "account.setup", "admin", "127.0.0.1")]


def test_a_newer_link_an_hour_and_guesses_make_a_set_up_token_useless(house):
    first, second = visitors.setup_token(house), visitors.setup_token(house)
    someone = Visitor(house.url)
    for token in (first, "", "0" * 64, second[:-1], second[:-1] + ("1" if second[-1] == "0" else "0"), second.upper() + " "):
        assert someone.code("POST", "/setup", json={"token": token, "password": PASSWORD}) == (403, "INVALID_SETUP_TOKEN"), token
    visitors.change_rows(house, "UPDATE setup_token SET expires_at = expires_at - ?", HOUR_MS)
    assert someone.code("POST", "/setup", json={"token": second, "password": PASSWORD}) == (403, "INVALID_SETUP_TOKEN")
    stored = house.database("SELECT hash FROM setup_token")[0][0]
    assert len(stored) == 32 and stored.hex() != second


def test_guesses_of_a_set_up_token_hash_no_password(house):
    """Each hash takes 64 MiB: nobody without a token may have one made."""
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda i: Visitor(house.url).code("POST", "/setup", json={"token": "%064x" % i, "password": PASSWORD}), range(64)))
    assert set(answers) == {(403, "INVALID_SETUP_TOKEN")}
    peak = int(next(line.split()[1] for line in open(f"/proc/{house.process.pid}/status") if line.startswith("VmHWM")))
    assert support.SANITIZED or peak < 80_000, f"{peak} kB after {time.monotonic() - began:.1f} s"


def test_a_forgotten_password_is_set_anew_by_a_link_or_the_command_line(house):
    old = visitors.admin_of(house)
    new = Visitor(house.url)
    new.post("/setup", token=visitors.setup_token(house), password="another good one")
    assert old.code("GET", "/keys") == (401, "NOT_SIGNED_IN")
    assert Visitor(house.url).code("POST", "/session", json={"account": "admin", "password": PASSWORD}) == (401, "SIGN_IN_FAILED")
    house.cli("accounts", "passwd", "admin", input="a third one, typed\n")
    assert new.code("GET", "/keys") == (401, "NOT_SIGNED_IN")
    Visitor(house.url).sign_in("admin", "a third one, typed")
    refused = house.cli("accounts", "passwd", "admin", input="short", check=False)
    assert refused.returncode == 2 and "at least 10 characters" in refused.stderr


def test_the_cookie_is_for_this_host_and_no_script(house):
    someone = visitors.admin_of(house)
    answer = someone.request("POST", "/session", json={"account": "admin", "password": PASSWORD})
    words = answer.headers["Set-Cookie"].split("; ")
    assert words[0].startswith("capid_session=") and len(words[0]) == len("capid_session=") + 64
    assert {"Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=604800"} <= set(words) and "Domain" not in answer.headers["Set-Cookie"]
    assert [row[0].hex() for row in house.database("SELECT hash FROM sessions")].count(someone.cookie()) == 0
    assert someone.cookie() not in house.log()


def test_over_https_the_cookie_is_bound_to_the_host():
    with support.server(config="public_url: https://capid.example.org\ntrusted_proxies: [127.0.0.1]\n") as house:
        house.start()
        assert house.cli("setup").stdout.startswith("https://capid.example.org/setup#")
        someone = Visitor(house.url)
        someone.session.headers["Origin"] = "https://capid.example.org"
        answer = someone.request("POST", "/setup", json={"token": visitors.setup_token(house), "password": PASSWORD}, headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})
        assert answer.status_code == 200 and answer.headers["Set-Cookie"].startswith("__Host-capid_session=") and "; Secure" in answer.headers["Set-Cookie"]
        plain = someone.request("POST", "/session", json={"account": "admin", "password": PASSWORD}, headers={"Origin": "http://capid.example.org:8080", "Host": "capid.example.org:8080"})
        assert (plain.status_code, plain.json()["error"]["code"]) == (403, "FOREIGN_ORIGIN"), "the browser would drop the cookie in silence"
        assert "https address" in plain.json()["error"]["message"] and "Set-Cookie" not in plain.headers
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        assert someone.request("GET", "/keys", headers={"Cookie": cookie}).status_code == 200
        assert someone.request("GET", "/keys", headers={"Cookie": cookie.removeprefix("__Host-")}).status_code == 401
        entries = someone.request("GET", "/audit", headers={"Cookie": cookie}).json()["entries"]
        assert entries[0]["from"] == "198.51.100.7", "the last hop that is no proxy"


def test_what_is_said_of_proxies_is_checked_and_believed_of_them_alone():
    with support.server(config="trusted_proxies: [10.0.0.1/8]\n") as house:
        house.start(wait=False)
        assert house.process.wait(60) != 0 and 'trusted_proxies: "10.0.0.1/8" is neither an address' in house.log()
    with support.server() as house:
        house.start()
        visitors.admin_of(house)
        someone = Visitor(house.url)
        someone.session.headers["X-Forwarded-For"] = "203.0.113.9"
        someone.sign_in("admin")
        assert audit(someone, "session.open") == [("admin", "session.open", "admin", "127.0.0.1")] * 2


def test_signing_in_always_gives_a_new_session_and_ends_the_one_before(house):
    """Whoever fixed a cookie in a victim's browser holds nothing afterwards."""
    someone = visitors.admin_of(house)
    planted = "0" * 64
    victim = Visitor(house.url)
    victim.session.cookies.set("capid_session", planted)
    victim.sign_in("admin")
    fixer = Visitor(house.url)
    fixer.session.cookies.set("capid_session", planted)
    assert fixer.code("GET", "/keys") == (401, "NOT_SIGNED_IN")
    before = someone.cookie()
    someone.sign_in("admin")
    assert someone.cookie() != before
    thief = Visitor(house.url)
    thief.session.cookies.set("capid_session", before)
    assert thief.code("GET", "/keys") == (401, "NOT_SIGNED_IN")


def test_a_session_ends_by_itself_by_hand_and_everywhere(house):
    one, two, three = visitors.admin_of(house), Visitor(house.url).sign_in("admin"), Visitor(house.url).sign_in("admin")
    kept = one.cookie()
    assert one.request("DELETE", "/session").status_code == 200
    one.session.cookies.set("capid_session", kept)
    assert one.code("GET", "/keys") == (401, "NOT_SIGNED_IN")
    assert two.request("DELETE", "/sessions").status_code == 200
    assert three.code("GET", "/keys") == (401, "NOT_SIGNED_IN")
    for column, age in (("last_seen_at", 12 * HOUR_MS), ("created_at", 7 * 24 * HOUR_MS)):
        for short_of_it, answer in ((60_000, (200, None)), (0, (401, "NOT_SIGNED_IN"))):
            someone = Visitor(house.url).sign_in("admin")
            visitors.change_rows(house, f"UPDATE sessions SET {column} = {column} - ?", age - short_of_it)
            assert someone.code("GET", "/keys") == answer, column


def test_a_changed_password_ends_the_other_sessions(house):
    one, two = visitors.admin_of(house), Visitor(house.url).sign_in("admin")
    refused = one.request("POST", "/password", json={"current": "a wrong one...", "new": "another good one"})
    assert refused.status_code == 400 and refused.json()["error"]["field"] == "current"
    short = one.request("POST", "/password", json={"current": PASSWORD, "new": "short"})
    assert (short.status_code, short.json()["error"]["field"]) == (400, "new")
    one.post("/password", current=PASSWORD, new="another good one")
    assert one.code("GET", "/keys") == (200, None)
    assert two.code("GET", "/keys") == (401, "NOT_SIGNED_IN")
    Visitor(house.url).sign_in("admin", "another good one")


def test_guessing_a_password_is_made_slow_and_keeps_its_owner_in(house):
    owner = visitors.admin_of(house)
    house.cli("accounts", "add", "ada", "--password-stdin", input=PASSWORD + "\n")
    guesser = Visitor(house.url)
    answers = [guesser.request("POST", "/session", json={"account": "ada", "password": f"guess number {i}"}) for i in range(12)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60 and "try again in" in answers[-1].json()["error"]["message"]
    assert guesser.code("POST", "/session", json={"account": "ada", "password": PASSWORD})[0] == 429, "also the right one, from there"
    assert owner.code("GET", "/keys") == (200, None)


def test_an_account_is_guarded_from_wherever_the_guesses_come_but_where_its_owner_is():
    with support.server(config="trusted_proxies: [127.0.0.1]\n") as house:
        house.start()
        visitors.admin_of(house)   # from 127.0.0.1
        house.cli("accounts", "add", "ada", "--password-stdin", input=PASSWORD + "\n")

        def guess(i, account="ada", password="a wrong guess"):
            return Visitor(house.url).request("POST", "/session", json={"account": account, "password": password}, headers={"X-Forwarded-For": f"203.0.113.{i}"})

        assert [guess(i).status_code for i in range(1, 22)] == [401] * 20 + [429]
        assert [guess(i, account="nobody").status_code for i in range(31, 52)] == [401] * 20 + [429], "it does not tell who is there"
        assert guess(60, password=PASSWORD).status_code == 429
        for i in range(100, 122):
            guess(i, account="admin")
        assert guess(130, account="admin", password=PASSWORD).status_code == 429
        Visitor(house.url).sign_in("admin")   # where its owner is signed in from already


def test_a_password_that_is_changed_while_somebody_signs_in_with_it_opens_nothing(house):
    admin = visitors.admin_of(house)
    house.cli("accounts", "add", "ada", "--password-stdin", input=PASSWORD + "\n")
    account = next(each["id"] for each in admin.get("/accounts")["accounts"] if each["name"] == "ada")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        tries = [pool.submit(Visitor(house.url).request, "POST", "/session", json={"account": "ada", "password": PASSWORD}) for _ in range(2)]
        admin.post(f"/accounts/{account}/password", password="another good one")
        statuses = [each.result().status_code for each in tries]
    assert set(statuses) <= {200, 401, 503}
    assert house.database("SELECT count(*) FROM sessions WHERE account_id = ?", account) == [(0,)]


def test_names_that_no_account_can_have_are_not_kept():
    """A throttle that remembered them would be anybody's to fill."""
    with support.server(config="trusted_proxies: [127.0.0.1]\n") as other:
        other.start()
        before = resident(other)
        for i in range(300):
            answer = Visitor(other.url).request("POST", "/session", json={"account": f"{i}" + "x" * 60_000, "password": "y" * 2000}, headers={"X-Forwarded-For": f"203.0.{i % 250}.{i // 250 + 1}"})
            assert answer.status_code in (401, 429), answer.text
        assert support.SANITIZED or resident(other) < before + 8_000


def resident(capid):
    return int(next(line.split()[1] for line in open(f"/proc/{capid.process.pid}/status") if line.startswith("VmRSS")))


def test_an_account_has_fifty_sessions_at_most(house):
    first = visitors.admin_of(house)
    id = house.database("SELECT account_id FROM sessions")[0][0]
    visitors.change_rows(house, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) "
                         "INSERT INTO sessions (id, hash, account_id, address, created_at, last_seen_at) SELECT '00000000-0000-7000-8000-' || printf('%012d', i), randomblob(32), ?, '', strftime('%s') * 1000, strftime('%s') * 1000 FROM n", id)
    Visitor(house.url).sign_in("admin")
    assert house.database("SELECT count(*) FROM sessions") == [(50,)]
    assert first.code("GET", "/keys") == (200, None), "the newest stay"


def test_unknown_names_and_wrong_passwords_read_alike(house):
    visitors.admin_of(house)
    house.cli("accounts", "add", "bob")   # without a password
    house.cli("accounts", "add", "eve", "--password-stdin", input=PASSWORD + "\n")
    house.cli("accounts", "disable", "eve")
    answers = [Visitor(house.url).request("POST", "/session", json={"account": name, "password": PASSWORD + extra}) for name, extra in (("nobody", ""), ("admin", "x"), ("bob", ""), ("eve", ""))]
    assert {answer.status_code for answer in answers} == {401} and len({answer.text for answer in answers}) == 1


@pytest.mark.skipif(support.SANITIZED, reason="memory is no measure there")
def test_many_who_sign_in_at_once_take_the_memory_of_one(house):
    visitors.admin_of(house)
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        statuses = list(pool.map(lambda i: Visitor(house.url).request("POST", "/session", json={"account": f"somebody-{i}", "password": PASSWORD}).status_code, range(40)))
    assert set(statuses) <= {401, 429, 503}
    peak = int(next(line.split()[1] for line in open(f"/proc/{house.process.pid}/status") if line.startswith("VmHWM")))
    assert peak < 150_000, f"{peak} kB"
