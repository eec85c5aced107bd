# SPDX-License-Identifier: Apache-2.0
"""Somebody at the page, as a browser asks for them: a cookie jar, and the origin that a page of the server has."""
import contextlib
import sqlite3

import capid as support
import requests

PASSWORD = "correct horse battery"


class Visitor:
    def __init__(self, url):
        self.url = url
        self.session = requests.Session()
        self.session.headers["Origin"] = url

    def request(self, method, path, **arguments):
        arguments.setdefault("timeout", 60 * support.PATIENCE)
        return self.session.request(method, f"{self.url}/admin/api{path}", **arguments)

    def get(self, path, **params):
        """What must be there, as JSON."""
        answer = self.request("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path, status=200, **fields):
        answer = self.request("POST", path, json=fields)
        assert answer.status_code == status, answer.text
        return answer.json()

    def code(self, method, path, **arguments):
        """Status, and the error's code where it is one."""
        answer = self.request(method, path, **arguments)
        return (answer.status_code, answer.json()["error"]["code"]) if answer.status_code >= 400 else (answer.status_code, None)

    def sign_in(self, account, password=PASSWORD):
        self.post("/session", account=account, password=password)
        return self

    def cookie(self):
        return self.session.cookies.get("capid_session")


def setup_token(capid):
    return capid.cli("setup").stdout.strip().rpartition("#")[2]


def admin_of(capid):
    """Whoever has just set the server up."""
    visitor = Visitor(capid.url)
    visitor.post("/setup", token=setup_token(capid), password=PASSWORD)
    return visitor


def member_of(capid, name, role="member"):
    capid.cli("accounts", "add", name, "--role", role, "--password-stdin", input=PASSWORD + "\n")
    return Visitor(capid.url).sign_in(name)


def change_rows(capid, sql, *values):
    """Makes time pass, as far as the database knows."""
    with contextlib.closing(sqlite3.connect(f"{capid.data}/capid.db", timeout=20)) as connection:
        connection.execute(sql, values)
        connection.commit()
