"""ministack and moto on this machine: emulators that nobody here wrote, as judges of what is compiled here."""

import contextlib
import os

from outside import arm64, aws, place, processes


@contextlib.contextmanager
def ministack(name, *, runs_arm64=False):
    """A ministack of its own for the check `name`, which checks each call of a function against its role. Yields the CLI for it."""
    port = processes.free_port()
    endpoint = f"http://127.0.0.1:{port}"
    folder = place.scratch(name)
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    env = aws.environment(endpoint) | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": aws.ACCOUNT,
        "AUTH": "true",
        "TMPDIR": str(temporary),
        "PATH": f"{place.PYTHON}{os.pathsep}{os.environ['PATH']}",
    }
    command = [place.PYTHON / "ministack"]
    with contextlib.ExitStack() as held:
        if runs_arm64:
            command, extra = held.enter_context(arm64.able_to_run(command))
            env |= extra
        held.enter_context(processes.server(command, env=env, cwd=folder, log=folder / "ministack.log", ready=f"{endpoint}/_ministack/health"))
        yield aws.Cli(endpoint)


@contextlib.contextmanager
def moto(name):
    """A moto of its own for the check `name`. Yields the CLI for it; moto wants "localhost" where templates come from a bucket."""
    port = processes.free_port()
    endpoint = f"http://localhost:{port}"
    folder = place.scratch(name)
    with processes.server([place.MOTO / "moto_server", "-H", "127.0.0.1", "-p", port], env=aws.environment(endpoint), cwd=folder,
                          log=folder / "moto.log", ready=f"{endpoint}/moto-api/", ready_s=60):
        yield aws.Cli(endpoint)
