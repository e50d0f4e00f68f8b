"""The command that starts the server: at a free port, on the loopback address, told in one line."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from chalkgrad.cli.commands import app


def test_it_serves_at_a_free_port_until_it_is_interrupted() -> None:
    command = [sys.executable, "-m", "chalkgrad", "page", "--no-open", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            told = re.search(r"http://127\.0\.0\.1:\d+/", server.stdout.readline())
            assert told is not None
            with urllib.request.urlopen(told[0], timeout=20) as answer:
                assert b"chalkgrad" in answer.read()
            server.send_signal(signal.SIGINT)
            assert server.wait(timeout=20) == 0
        finally:
            server.kill()


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "chalkgrad", "page", "--no-open", "--port", str(taken.getsockname()[1])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot listen on 127.0.0.1" in done.stderr


def test_networks_are_for_the_export() -> None:
    from typer.testing import CliRunner

    with pytest.raises(Exception, match="--export"):
        CliRunner().invoke(app, ["page", "2-1 sigmoid bce"], catch_exceptions=False)
