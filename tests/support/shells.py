# SPDX-License-Identifier: Apache-2.0
"""Real shells with capid's completions: what Tab offers, and what it puts on the line."""
import os
import pty
import re
import select
import shutil
import subprocess
import time

import capid as support

SHELLS = [shell for shell in ("bash", "zsh", "fish") if shutil.which(shell)]


class Shell:
    """`run` starts a program as whoever presses Tab; `environment` is that person's."""

    def __init__(self, folder, environment, user="same"):
        self.folder = folder
        self.user = user
        links = folder / "bin"
        links.mkdir(exist_ok=True)
        if not (links / "capid").exists():
            (links / "capid").symlink_to(support.BINARY)
        self.environment = {"PATH": f"{links}:{os.environ['PATH']}", "HOME": str(folder), "LANG": "C.UTF-8", "TERM": "dumb", **environment}

    def run(self, *command, **options):
        return subprocess.run(support.as_user(command, self.user), capture_output=True, text=True, env=self.environment, cwd=self.folder, timeout=60, **options)

    def complete(self, *words):
        """The words that `capid complete` offers for a line, and what else the shell is to."""
        answer = self.run("capid", "complete", "zsh", *words)
        assert (answer.returncode, answer.stderr) == (0, ""), answer
        first, *lines = answer.stdout.splitlines() or [""]
        return first, [line.split("\t")[0] for line in lines]

    def bash(self, line):
        """COMPREPLY for a line that ends at the cursor, with the words as readline would take them apart."""
        words = re.findall(r"(?:\\.|'[^']*'?|\"[^\"]*\"?|[^\s=:\\])+|[=:]", line)
        if line.endswith((" ", "=", ":")) and not line.endswith("\\ "):
            words.append("")
        script = 'source <(capid completions bash); COMP_LINE=$1 COMP_POINT=${#1}; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _capid; printf "%s\\n" "${COMPREPLY[@]}"'
        answer = self.run("bash", "--norc", "-c", script, "bash", line, *words)
        assert answer.returncode == 0 and answer.stderr == "", answer
        return [word for word in answer.stdout.split("\n") if word]

    def fish(self, line):
        """What fish offers: whole words, as they are without quotes."""
        answer = self.run("fish", "--no-config", "-c", 'capid completions fish | source; complete -C "$argv[1]"', line)
        assert answer.returncode == 0 and answer.stderr == "", answer
        return [word.split("\t")[0] for word in answer.stdout.splitlines()]

    def press_tab(self, shell, line):
        """Types a line into an interactive shell, presses Tab, then asks the shell what is on the line now."""
        starts = {"bash": ["bash", "--norc", "-i"], "zsh": ["zsh", "-f", "-i"]}
        source = {"bash": "source <(capid completions bash); bind 'set bell-style none'; show() { printf '<%s>' \"$READLINE_LINE\"; }; bind -x '\"\\C-o\": show'",
                  "zsh": "source <(capid completions zsh) 2>/dev/null; setopt nobeep; show() { print -rn -- \"<$BUFFER>\" >&2; }; zle -N show; bindkey '^O' show; bindkey '^I' complete-word"}
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(self.folder)
            command = support.as_user(starts[shell], self.user)
            os.execvpe(command[0], command, {**self.environment, "PS1": "", "PROMPT": "", "INPUTRC": "/dev/null", "COLUMNS": "200"})
        try:
            self._say(terminal, source[shell] + "; echo READY$((1+1))\n", "READY2")
            self._say(terminal, line + "\t", None, 1)
            return re.findall(r"<(capid .*?)>", self._say(terminal, "\x0f", "<capid", 0.3))[-1]
        finally:
            os.close(terminal)
            os.waitpid(process, 0)

    @staticmethod
    def _say(terminal, text, until, settle=0.2):
        os.write(terminal, text.encode())
        heard, deadline = "", time.monotonic() + (20 * support.PATIENCE if until else settle)
        while time.monotonic() < deadline:
            if select.select([terminal], [], [], 0.1)[0]:
                heard += os.read(terminal, 65536).decode(errors="replace")
            if until and until in heard:
                until, deadline = None, time.monotonic() + settle
        return heard
