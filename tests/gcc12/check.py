#!/usr/bin/env python3
"""Compiles and runs one reproduction, in a process of its own with a time limit.

usage: check.py COMPILER FAMILY VERSION CASE PROGRAM

GCC 12.2 must get it wrong (also by not compiling, crashing or hanging) and its twin with -DSAFE
right. Later releases of GCC 12 may be right: then the test is skipped and says so. Exit code 77
means skipped.
"""
import resource
import subprocess
import sys
from pathlib import Path


def behaves(compiler, case, program, *defines):
    """Does it compile, end in time, and say that all went right? And if not, why."""
    compiled = subprocess.run([compiler, "-std=c++20", "-O0", "-w", *defines, case, "-o", program],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=60)
    if compiled.returncode != 0:
        first = next((line for line in compiled.stdout.splitlines() if "error:" in line), "")
        return False, "does not compile: " + first.split("error: ")[-1]
    try:
        no_core = lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        done = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              timeout=10, preexec_fn=no_core)
    except subprocess.TimeoutExpired:
        return False, "hangs"
    if done.returncode < 0:
        return False, f"killed by signal {-done.returncode}"
    return done.returncode == 0, "right" if done.returncode == 0 else "wrong result or lifetimes"


def main():
    compiler, family, version, case, program = sys.argv[1:]
    Path(program).parent.mkdir(parents=True, exist_ok=True)
    if family != "GNU" or version.split(".")[0] != "12":
        print(f"SKIPPED: {family} {version} is not GCC 12")
        sys.exit(77)
    right, why = behaves(compiler, case, program)
    safe, safe_why = behaves(compiler, case, program + "_safe", "-DSAFE")
    print(f"as written: {why}\nwith -DSAFE: {safe_why}")
    if not safe:
        sys.exit("the safe form must be right")
    if right and not version.startswith("12.2"):
        print(f"SKIPPED: GCC {version} gets this right")
        sys.exit(77)
    if right:
        sys.exit("GCC 12.2 is said to get this wrong: the rule may not be needed")


if __name__ == "__main__":
    main()
