"""Starting the server for a person at this machine, or for a course."""

from __future__ import annotations

import socket
import webbrowser
from collections.abc import Callable
from contextlib import suppress

from chalkgrad.errors import ChalkgradError

USUAL_PORT = 8765


def serve(
    *, host: str = "127.0.0.1", port: int | None = None, open_browser: bool = True, tell: Callable[[str], None] = print
) -> None:
    """Serves the page until Ctrl-C; without a `port`, at 8765 or the next that is free.

    On any other address than the loopback's everybody who reaches it can use it. Raises `ChalkgradError` where the
    extra is not installed, or the port is taken.
    """
    try:
        import uvicorn

        from chalkgrad.web.app import LOOPBACK, STATIC, make_app
    except ModuleNotFoundError as missing:
        raise ChalkgradError(
            f"the page needs {missing.name}, which is not installed: python3 -m pip install 'chalkgrad[page]'"
        ) from None
    if not (STATIC / "index.html").is_file():
        raise ChalkgradError(f"the page's files are missing from {STATIC}: build them with make page-bundle")
    listening = _listening(host, port)
    address = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{listening.getsockname()[1]}/"
    is_loopback = host in LOOPBACK
    app = make_app(hosts=LOOPBACK if is_loopback else ("*",), warm=True)
    tell(f"The page: {address}   (Ctrl-C ends it)")
    if not is_loopback:
        tell("Everybody who reaches this address can use it; see docs/hosting.md.")
    if open_browser:
        webbrowser.open(address)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2))
    with suppress(KeyboardInterrupt):  # Ctrl-C is how it is meant to end
        server.run(sockets=[listening])


def _listening(host: str, port: int | None) -> socket.socket:
    """A socket at the port, or at the usual one or the next that is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    wanted = [port] if port is not None else [*range(USUAL_PORT, USUAL_PORT + 20), 0]
    problem: OSError | None = None
    for each in wanted:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, each))
            listening.listen(128)  # whoever asks before the server is up waits for it
        except OSError as error:
            listening.close()
            problem = error
            continue
        return listening
    assert problem is not None
    raise ChalkgradError(f"cannot listen on {host}:{wanted[-1]}: {problem.strerror or problem}") from None
