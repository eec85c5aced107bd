# SPDX-License-Identifier: Apache-2.0
import pathlib
import resource
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import capid as support  # noqa: E402
import contract  # noqa: E402


@pytest.fixture(params=support.WAYS)
def user(request):
    return request.param


@pytest.fixture
def capid():
    """A fresh server as an ordinary user, not started: a test adds its apps first."""
    with support.server() as server:
        yield server


@pytest.fixture
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def pytest_configure(config):
    config.addinivalue_line("markers", "after_all_others: looks at what every other test has seen")
    config.addinivalue_line("markers", "alone: looks at what all tests on this machine share, such as the cgroups of a user")


def pytest_sessionfinish(session):
    if contract.SEEN and (hasattr(session.config, "workerinput") or not getattr(session.config.option, "numprocesses", None)):   # not by who only hands out
        contract.contract().write_seen(contract.SEEN)


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("after_all_others") is not None)
