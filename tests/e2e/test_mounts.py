# SPDX-License-Identifier: Apache-2.0
"""What an app may see of the host beside the system: only what the operator allows, read-only, wherever links lead."""
import json
import pathlib
import re
import shutil
import subprocess

import capid as support
import pytest


@pytest.fixture
def host(capid):
    """A folder of the host with tools in it, which apps may mount, and one beside it, which they may not."""
    tools, private = capid.root / "tools", capid.root / "private"
    for folder, file, content in ((tools, "hello", "#!/bin/sh\necho hello from the host\n"), (private, "diary", "dear diary\n")):
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / file).write_text(content)
        for path in (folder, folder / "bin", folder / "bin" / file):
            path.chmod(0o777)   # so that nothing but the mount keeps an agent from changing it
    allow(capid, tools)
    return capid.root


def allow(capid, *folders):
    lines = [line for line in capid.config_path.read_text().splitlines() if not line.startswith("sandbox:")]
    listed = ", ".join(str(folder) for folder in folders)
    capid.config_path.write_text("\n".join([*lines, f"sandbox: {{mount_allow: [{listed}]}}", ""]))


def mounts(host, at="/tools"):
    return f"mounts: [{{host: {host}, at: {at}}}]"


def not_allowed(path):
    return f"is not allowed: the operator allows it in capid's config with  sandbox: {{mount_allow: [{path}]}}"


def test_an_allowed_folder_is_seen_and_cannot_be_changed(capid, host):
    capid.shell_app("app", """
/tools/bin/hello
for act in 'touch /tools/new' 'sh -c "echo x >> /tools/bin/hello"' 'rm /tools/bin/hello' 'chmod 777 /tools/bin' 'mkdir /tools/x'; do
  eval "$act" 2>/dev/null && echo "did: $act"
done
ls /tools /tools/bin""", mounts(host / "tools"))
    assert capid.start().client().text("app") == "hello from the host\n/tools:\nbin\n\n/tools/bin:\nhello\n"
    assert (host / "tools/bin/hello").read_text().endswith("host\n")


def test_a_file_is_mounted_alone(capid, host):
    capid.shell_app("app", "/hello; (echo x >> /hello) 2>&1; ls -d /tools /var 2>/dev/null; true", mounts(host / "tools/bin/hello", "/hello"))
    lines = capid.start().client().text("app").splitlines()
    assert (lines[0], len(lines)) == ("hello from the host", 2), "its neighbours are not there"
    assert "Read-only file system" in lines[1]


def test_a_mount_may_lie_deep_where_nothing_else_is(capid, host):
    capid.shell_app("app", "/opt/a/b/bin/hello; ls /opt /opt/a; touch /opt/x /opt/a/x 2>/dev/null; true", mounts(host / "tools", "/opt/a/b"))
    assert capid.start().client().text("app") == "hello from the host\n/opt:\na\n\n/opt/a:\nb\n"


def test_a_rootfs_is_seen_instead_of_the_hosts_system(capid, host):
    root = host / "tools/root"
    libraries = re.findall(r"(/\S+) \(", subprocess.run(["ldd", "/bin/sh"], capture_output=True, text=True, check=True).stdout)
    for source in ["/bin/sh", *libraries]:
        (root / source[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, root / source[1:])
    (root / "marker").write_text("another system\n")
    (root / "marker").chmod(0o666)
    script = """
read line < /marker; echo "$line"
for path in /usr/bin/env /tools; do [ -e "$path" ] && echo "there is $path"; done
(echo x > /marker) 2>/dev/null && echo "wrote"
echo kept > /out/x.txt"""
    capid.shell_app("app", script, f"rootfs: {root}")
    capid.shell_app("gone", script, f"rootfs: {host / 'tools/gone'}")
    capid.app("without", f"agent: {{command: [python3, /app/x]}}\nrootfs: {root}\n")
    capid.shell_app("file", script, f"rootfs: {root / 'marker'}")
    (root / "opt").symlink_to("/tmp")
    capid.shell_app("linked", script, f"rootfs: {root}\n" + mounts(host / "tools", "/opt/led-outside"))
    client = capid.start().client()
    run = client.run("app")
    assert (run["status"], run["result"]["text"]) == ("completed", "another system\n"), run
    assert [artifact["title"] for artifact in run["result"]["artifacts"]] == ["x.txt"]
    assert (root / "marker").read_text() == "another system\n"
    run = client.run("without")
    assert (run["errorCode"], run["errorMessage"].endswith("it is looked for in the app's rootfs")) == ("COMMAND_NOT_FOUND", True), run
    for app, message in (("gone", "No such file or directory"), ("file", "is not a folder"), ("linked", "")):
        run = client.run(app)
        assert (run["errorCode"], run["usage"]["credits"]) == ("SANDBOX_SETUP_FAILED", 0)
        assert message in run["errorMessage"]
    assert not pathlib.Path("/tmp/led-outside").exists(), "where the image's link leads on the host"


def test_what_is_not_allowed_disables_its_app_with_the_line_to_add(capid, host):
    capid.shell_app("good", "/tools/bin/hello", mounts(host / "tools"))
    capid.shell_app("bad", "cat /private/bin/diary", mounts(host / "private", "/private"))
    capid.shell_app("rooted", "true", f"rootfs: {host / 'private'}")
    client = capid.start().client()
    private = not_allowed(host / "private")
    told = f"bad/app.yaml:2: mounts[0].host: {host / 'private'} {private}"
    answer = client.request("POST", "/api/v1/apps/bad/runs", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "APP_DISABLED")
    assert told in answer.json()["error"]["message"]
    assert client.text("good") == "hello from the host\n"
    check = capid.cli("apps", "check", check=False)
    assert check.returncode == 1
    assert check.stdout.splitlines() == ["bad: disabled", f"  {told}", "good: sound", "rooted: disabled", f"  rooted/app.yaml:2: rootfs: {host / 'private'} {private}"]


def test_the_line_that_a_message_says_is_all_it_takes(capid, host):
    capid.shell_app("bad", "cat /private/bin/diary", mounts(host / "private", "/private"))
    (listed,) = json.loads(capid.cli("apps", "check", "--json", check=False).stdout)
    line = listed["problem"].split("with  ")[1]
    lines = [each for each in capid.config_path.read_text().splitlines() if not each.startswith("sandbox:")]
    capid.config_path.write_text("\n".join([*lines, line, ""]))
    assert capid.start().client().text("bad") == "dear diary\n"


def test_a_link_does_not_lead_out_of_what_is_allowed(capid, host):
    (host / "tools/current").symlink_to("bin")
    capid.shell_app("inside", "/tools/hello", mounts(host / "tools/current"))
    (host / "tools/out").symlink_to(host / "private")
    capid.shell_app("outside", "cat /tools/bin/diary", mounts(host / "tools/out"))
    client = capid.start().client()
    assert client.text("inside") == "hello from the host\n"
    refused = client.request("POST", "/api/v1/apps/outside/runs", json={})
    assert refused.status_code == 409 and f"{host / 'tools/out'} leads to {host / 'private'}, which {not_allowed(host / 'private')}" in refused.json()["error"]["message"]

    (host / "tools/current").unlink()
    (host / "tools/current").symlink_to(host / "private/bin")
    run = client.run("inside")
    assert (run["status"], run["errorCode"], run["usage"]["credits"]) == ("failed", "SANDBOX_SETUP_FAILED", 0)
    assert run["errorMessage"] == f"{host / 'tools/current'} leads to {host / 'private/bin'}, which {not_allowed(host / 'private/bin')}"


def test_a_link_inside_a_mount_leads_nowhere_that_is_not_seen_anyway(capid, host):
    (host / "tools/link").symlink_to(host / "private/bin/diary")
    capid.shell_app("app", "ls /tools; cat /tools/link 2>/dev/null || echo nowhere", mounts(host / "tools"))
    assert capid.start().client().text("app") == "bin\nlink\nnowhere\n"


def test_what_is_gone_at_the_launch_fails_the_run(capid, host):
    capid.shell_app("app", "/tools/bin/hello", mounts(host / "tools"))
    client = capid.start().client()
    assert client.text("app") == "hello from the host\n"
    shutil.move(host / "tools", host / "moved")
    run = client.run("app")
    assert (run["status"], run["errorCode"], run["usage"]["credits"]) == ("failed", "SANDBOX_SETUP_FAILED", 0)
    told = f"{host / 'tools'} of the host cannot be mounted: No such file or directory (as the user that capid runs as sees it)"
    assert run["errorMessage"] == told
    assert capid.cli("apps", "check").stdout == f"app: sound\n  warning: {told}\n"
    shutil.move(host / "moved", host / "tools")
    assert client.text("app") == "hello from the host\n"


def test_capids_own_data_is_shown_to_no_agent(capid, host):
    allow(capid, "/")
    capid.shell_app("data", "ls /data", mounts(capid.data, "/data"))
    capid.shell_app("above", "ls /data", mounts(capid.root, "/data"))
    capid.shell_app("fine", "cat /data", mounts(host / "private/bin/diary", "/data"))
    client = capid.start().client()
    for app in ("data", "above"):
        answer = client.request("POST", f"/api/v1/apps/{app}/runs", json={})
        assert answer.status_code == 409 and "capid's own data is never shown to an agent" in answer.json()["error"]["message"]
    assert client.text("fine") == "dear diary\n"


def test_a_command_of_the_host_is_told_with_the_lines_to_paste(capid, host):
    program = host / "tools/bin/hello"
    capid.app("app", f"agent: {{command: [{program}]}}\n")
    (host / "private").chmod(0o700 if support.IS_ROOT else 0)
    hidden = host / "private/bin/tool"
    capid.app("hidden", f"agent: {{command: [{hidden}]}}\n")
    client = capid.start().client()
    lines = client.run("hidden")["errorMessage"].splitlines()
    assert lines[0].endswith(": the user that capid runs as may not even look there. Let it, then add to app.yaml")
    assert lines[1] == f"mounts: [{{host: {host / 'private'}}}]"
    run = client.run("app")
    assert (run["errorCode"], run["usage"]["credits"]) == ("COMMAND_NOT_FOUND", 0)
    assert run["errorMessage"].splitlines() == [
        f'the command "{program}" cannot be run inside the sandbox (No such file or directory): the host has it, but the app does not see it. Add to app.yaml',
        f"mounts: [{{host: {host / 'tools'}}}]",
        "and to capid's config, where its operator has not done so yet",
        f"sandbox: {{mount_allow: [{host / 'tools'}]}}",
    ]
