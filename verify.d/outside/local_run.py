"""`pipec run` as checks start it: on this machine's own address, with neither endpoints of the user's nor the compiler of a cross build."""

import contextlib
import os

from outside import place, processes

PIPEC = place.TARGET / "debug" / "pipec"
START_S_MAX = 900  # the handlers may have to be compiled first


@contextlib.contextmanager
def running(spec, port, log, *arguments, cwd=place.PROJECT, start_s=START_S_MAX, **environment):
    """Runs `spec` until the block ends; what it says goes to `log` as JSON. Yields the process."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_") and name != "RUSTC"}
    command = [PIPEC, "run", spec, "--port", port, "--format", "json", *arguments]
    with processes.server(command, env=env | environment, cwd=cwd, log=log, ready=f"http://127.0.0.1:{port}/", ready_s=start_s) as process:
        yield process
