"""SIGKILL at every system call that changes a file, of every command that writes."""

from __future__ import annotations

import random
import signal
import subprocess
from collections import Counter

from harness import Result, scratch
from tracing import cases, survived, traced


def at_every_call(most: int) -> Result:
    """At most so many calls of all commands, drawn evenly; nothing stuck, lost or left lying."""
    result = Result("SIGKILL at the system calls that change files, of every command that writes")
    tries: Counter[str] = Counter()
    with scratch() as root:
        every = [(case, at) for case in cases(root) for at in range(len(case.calls))]
        chosen = sorted(random.Random(9).sample(range(len(every)), min(most, len(every))))
        for case, at in map(every.__getitem__, chosen):
            name, number = case.calls[at]
            folder = root / "work"
            case.fresh(folder)
            kill = f"inject={name}:signal=KILL:when={number}"
            run = traced(case.words, "-o", "/dev/null", "-e", f"trace={name}", "-e", kill)
            done = subprocess.run(run, cwd=folder, capture_output=True, check=False)
            label = f"{case.name}, killed at {name} {number}"
            result.tries += 1
            tries[case.name] += 1
            result.check(done.returncode == -signal.SIGKILL, f"{label}: {done.returncode}")
            survived(result, case, folder, label)
    result.note = f"{len(every)} calls; " + ", ".join(f"{name} {n}" for name, n in tries.items())
    return result
