#!/usr/bin/env python3
"""The task runner: sets up .venv from the lock file when needed, then runs one verb.

It needs python3 (3.11 to 3.13) and a package registry; nothing else, and no root.
"""

import hashlib
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
BIN = VENV / "bin"
STAMP = VENV / ".synced"
VERBS = {
    "demo": ("the demo county, five source servers and Airflow, live (--once: end when scores are published)", ["traceless", "demo"]),
    "test": ("all tests (-m 'not slow': the quick ones)", ["poe", "test"]),
    "lint": ("style, types, import floors, generated schemas", ["poe", "lint"]),
    "format": ("write what lint asks for", ["poe", "format"]),
    "bench": ("print the speed ratios", ["poe", "bench"]),
    "traceless": ("the traceless command, such as: do.py traceless status", ["traceless"]),
    "setup": ("only set up .venv", []),
}


def fingerprint() -> str:
    """What the environment was made from."""
    parts = [(HERE / name).read_bytes() for name in ("uv.lock", "pyproject.toml")]
    return hashlib.sha256(b"".join(parts) + sys.version.encode()).hexdigest()


def set_up(env: dict[str, str]) -> None:
    """Make .venv as the lock file says, unless it is so already."""
    if STAMP.exists() and STAMP.read_text() == fingerprint():
        return
    print("setting up .venv from uv.lock (once; a minute or two) ...", file=sys.stderr, flush=True)
    if not (BIN / "uv").exists():
        try:
            venv.create(VENV, with_pip=True, clear=True)
        except subprocess.CalledProcessError:
            sys.exit("python3 has no ensurepip. Next step: install your system's python3-venv package, or use another python3.")
        locked = re.search(r'name = "uv"\nversion = "([^"]+)"', (HERE / "uv.lock").read_text())
        run([str(BIN / "python"), "-m", "pip", "install", "--quiet", f"uv=={locked[1]}" if locked else "uv"], env)
    sync = [str(BIN / "uv"), "sync", "--quiet", "--frozen", "--all-extras", "--compile-bytecode", "--python", str(BIN / "python")]
    run(sync, env | {"UV_PROJECT_ENVIRONMENT": str(VENV)})
    STAMP.write_text(fingerprint())


def run(command: list[str], env: dict[str, str]) -> None:
    """Run to the end; on failure end with its code and the command that failed."""
    code = subprocess.run(command, cwd=HERE, env=env, check=False).returncode
    if code:
        sys.exit(f"'{' '.join(command)}' failed with code {code}. Next step: read the message above; is the registry reachable?")


def main() -> None:
    """Run one verb."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        sys.exit(f"python3 is {sys.version.split()[0]}; 3.11 to 3.13 is needed. Next step: call do.py with such a python.")
    verb, *rest = sys.argv[1:] or ["help"]
    if verb not in VERBS:
        print("python3 do.py VERB [options]\n" + "\n".join(f"  {name:10} {text}" for name, (text, _) in VERBS.items()))
        sys.exit(0 if verb in ("help", "-h", "--help") else 2)
    # without bytecode every start would cost three times as much
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= {"PATH": f"{BIN}{os.pathsep}{env.get('PATH', '')}", "VIRTUAL_ENV": str(VENV)}
    set_up(env)
    command = VERBS[verb][1]
    if command:
        os.chdir(HERE)
        os.execve(BIN / command[0], [*command, *rest], env)


if __name__ == "__main__":
    main()
