# SPDX-License-Identifier: Apache-2.0
"""The manual page says what the program takes: every command, every option of it, every exit code; and nothing that is gone."""
import re
import shutil
import subprocess

import capid as support
import pytest

PAGE = support.TOP / "packaging/capid.1"
COMMON = {"-h", "--help", "--version", "--config", "--data", "--account"}


def help_of(*words):
    return subprocess.run([support.BINARY, *words, "--help"], capture_output=True, text=True, check=True).stdout


def commands(*words):
    """Every command that can be called, from what the program itself says."""
    listed = [] if words == ("help",) else re.findall(r"^  (\S+)", help_of(*words).partition("\nSubcommands:\n")[2], re.MULTILINE)
    for name in listed:
        yield from commands(*words, name)
    if not listed:
        yield words


def options(*words):
    lines = re.findall(r"^  (-\S+)", help_of(*words).partition("\nOptions:\n")[2], re.MULTILINE)
    return {name for line in lines for name in line.split(",")}


def sections():
    """Heading → the options that are named as such below it."""
    parts = re.split(r"^\.S[SH] ", PAGE.read_text().replace(r"\-", "-"), flags=re.MULTILINE)[1:]
    tagged = {part.splitlines()[0].strip('"'): re.findall(r"^\.TP\n(.*)", part, re.MULTILINE) for part in parts}
    return {heading: {name for tag in tags for name in re.findall(r"(?<![\w-])--?[a-z][\w-]*", tag)} for heading, tags in tagged.items()}


def section_of(words, headings):
    name = " ".join(["capid", *words])
    return next((heading for heading in headings if heading == name or heading.startswith(name + " ")), None)


def test_every_command_and_option_is_named():
    page, known = sections(), list(commands())
    assert len(known) > 25 and ("runs", "list") in known
    for words in known:
        heading = section_of(words, page)
        assert heading, f"no section for {words}"
        missing = (set() if words == ("help",) else options(*words)) - page[heading] - COMMON
        assert missing == set(), f"{words}: {missing}"
    assert page["COMMON OPTIONS"] - {"--json"} == COMMON == COMMON | options()


def test_nothing_is_named_that_is_gone():
    page, known = sections(), list(commands())
    for heading in (heading for heading in page if heading.startswith("capid ")):
        (words,) = [words for words in known if section_of(words, [heading])]
        assert page[heading] <= options(*words), heading


def test_every_exit_code_is_named():
    defined = re.search(r"enum ExitCode : int \{(.*?)\}", (support.TOP / "src/cli/cli.h").read_text(), re.DOTALL)[1]
    codes = re.findall(r"= (\d+)", defined)
    assert len(codes) == len(set(codes)) > 7, "each has one meaning"
    section = PAGE.read_text().partition(".SH EXIT STATUS")[2].partition(".SH ")[0]
    assert re.findall(r"^\.TP\n\.B (\d+)", section, re.MULTILINE) == codes


def test_every_variable_is_named():
    used = {name for path in (support.TOP / "src/cli").glob("*.cc") for name in re.findall(r'(?:getenv|environment)\("(\w+)"\)', path.read_text())}
    assert {"CAPI_URL", "CAPI_KEY", "NO_COLOR", "GITHUB_ACTIONS"} <= used
    section = PAGE.read_text().partition(".SH ENVIRONMENT")[2].partition(".SH ")[0]
    assert [name for name in used if name not in section] == []


@pytest.mark.parametrize("checker", [["groff", "-man", "-Tutf8", "-ww", "-z"], ["mandoc", "-Tlint", "-Wwarning"], ["man", "--warnings", "-l", "-Tutf8", "-Z"]], ids=lambda words: words[0])
def test_the_page_is_sound(checker):
    if not shutil.which(checker[0]):
        pytest.skip(f"needs {checker[0]}")
    checked = subprocess.run([*checker, PAGE], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "") and (checker[0] == "man" or checked.stdout == ""), checked
