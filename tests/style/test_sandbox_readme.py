# SPDX-License-Identifier: Apache-2.0
"""src/sandbox/README.md stays true: every act has its probe and its test, every step stands there in its order."""
import ast
import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]
README = (TOP / "src/sandbox/README.md").read_text()
ACTS = (TOP / "tests/e2e/test_acts.py").read_text()
SUPPORT = "".join((TOP / f"tests/support/{name}.py").read_text() for name in ("acts", "act_tables"))
PROBES = TOP / "tests/probes"

ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def required():
    """The numbers of REQUIRED in test_acts.py, read rather than imported: its imports need a build."""
    (value,) = [node.value for node in ast.parse(ACTS).body if isinstance(node, ast.Assign) and node.targets[0].id == "REQUIRED"]
    return eval(compile(ast.Expression(value), "REQUIRED", "eval"), {"range": range})


def rows():
    return {int(number): (what, probe, test) for number, what, probe, test in ROW.findall(README)}


def numbered_tests():
    """The tests of single acts, by number: what they are called."""
    return {int(number): name for name, number in re.findall(r"^def (test_(\d\d)_\w+)", ACTS, re.MULTILINE)}


def test_the_table_has_every_act_once_in_order():
    assert [int(number) for number, *_ in ROW.findall(README)] == list(range(1, 66))
    assert required() <= set(rows())


def test_what_is_required_has_a_probe_and_a_test_that_exist():
    for number in required():
        what, probe, test = rows()[number]
        probe, test = probe.strip("`"), test.strip("`")
        assert (PROBES / f"{probe}.c").exists(), f"act {number}: no probe {probe}"
        function, _, parameter = test.partition("[")
        assert re.search(rf"^def {function}\(", ACTS, re.MULTILINE), f"act {number}: no test {function}"
        assert probe in ACTS + SUPPORT, f"act {number}: no test uses {probe}"
        if parameter:
            assert parameter.rstrip("]") in (f"{number:02}-{probe[4:]}", probe), f"act {number}: {test} is another's"
            assert f'({number}, "' in ACTS + SUPPORT, f"act {number} is in no table of acts"
        else:
            assert numbered_tests()[number] == function, f"act {number}: its own test is {numbered_tests()[number]}"


def test_what_is_not_required_says_so():
    for number in set(rows()) - required():
        assert rows()[number][1] == "not there yet", f"act {number}"
    for number, (_, probe, _) in rows().items():
        assert (probe == "not there yet") == (number not in required()), f"act {number}"


def test_no_probe_is_forgotten():
    named = {probe.strip("`") for _, probe, _ in rows().values()}
    assert {path.stem for path in PROBES.glob("a*.c")} <= named


def test_the_steps_stand_there_in_their_order():
    source = (TOP / "src/sandbox/steps.cc").read_text()
    steps = re.findall(r'^    \{"([\w.]+)", \w+\},$', source, re.MULTILINE)
    assert len(steps) > 25
    assert re.findall(r"^\| `([\w.]+)` \|", README, re.MULTILINE) == steps
    (parents,) = re.findall(r"kParentSteps\[\] = \{([^}]*)\}", source)
    for name in re.findall(r'"([\w.]+)"', parents):
        assert f"`{name}`" in README


def test_the_files_that_it_names_exist():
    for path in re.findall(r"`((?:src|tests)/[\w./]+)`", README):
        assert (TOP / path).exists(), path
    for name in re.findall(r"\(`([a-z_]+)`", README):
        assert (TOP / f"src/sandbox/{name}.cc").exists(), name
