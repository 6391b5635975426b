"""Starts what the checks need: stand-ins for the services, and the local server on a free port."""

import base64
import os
import re
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

root = Path(__file__).resolve().parents[3]
api_key = base64.b64encode(b"python:a secret of the tests").decode()


@contextmanager
def process(command, env=None):
    """A process in a group of its own, so that what npm starts ends with it."""
    child = subprocess.Popen(
        command, cwd=root, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        yield child
    finally:
        child.stdin.close()
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)
        child.wait(10)
        child.stdout.close()


def environment(egress):
    """Nothing of the shell's own settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("INLET_", "AWS_"))}
    return own | {
        "PORT": "0",
        "INLET_DATA_DIR": ":memory:",
        "INLET_API_KEY": api_key,
        "INLET_EGRESS": egress,
        "LOG_LEVEL": "error",
    }


def wait_until_ready(server):
    for line in server.stdout:
        ready = re.match(r"Inlet is ready at (\S+)", line)
        if ready:
            return ready[1]
    raise RuntimeError("npm start ended before it was ready")


@contextmanager
def running_server():
    """Gives the server's address."""
    with process(["npx", "--no", "node", "test/clients/stand-ins.ts"]) as stand_ins:
        egress = stand_ins.stdout.readline().strip()
        with process(["npm", "start"], environment(egress)) as server:
            yield wait_until_ready(server)
