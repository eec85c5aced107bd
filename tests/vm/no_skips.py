# SPDX-License-Identifier: Apache-2.0
"""A plugin for pytest: here everything can be tried, so a test that is skipped has failed."""
import pytest

skipped = []


def pytest_runtest_logreport(report):
    if report.skipped:
        skipped.append(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    if skipped:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    for name in skipped:
        terminalreporter.write_line(f"SKIPPED, which fails here: {name}")
