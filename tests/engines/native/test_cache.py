"""Compiled code on disk: a second process compiles nothing; writers at once, damage, folders that cannot be used."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chalkgrad.engines.native import cache
from chalkgrad.engines.native.cache import cache_folder, keep, kept, key_of

# Trains (small and large, validated, in threads), saves, loads and predicts; says how often it compiled, and what came.
SCRIPT = """
import sys
import chalkgrad as cg
from chalkgrad.engines.native import functions
from chalkgrad.training.data import generate

compiled = []
compile_assembly = functions.compile_assembly
functions.compile_assembly = lambda assembly: (compiled.append(1), compile_assembly(assembly))[1]
data, sums = generate("xor", 300, seed=1), []
for spec, threads in (("2-4-1 tanh sigmoid bce", 1), ("2-40-1 relu sigmoid bce", 1), ("2-4-1 tanh sigmoid bce", 2)):
    net = cg.network(spec).fit(
        data.x, data.y, optimizer="adam", epochs=2, batch="full" if threads > 1 else 32, threads=threads,
        validation=(data.x[:50], data.y[:50]), engine="native",
    )
    net.save(sys.argv[1])
    loaded = cg.load(sys.argv[1])
    sums.append(float(loaded.predictor()(data.x).sum()))
print(len(compiled), sums)
"""


def started(folder: Path, cache: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "CHALKGRAD_CACHE": str(cache)}
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-c", SCRIPT, str(folder / "m.safetensors")]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, problems = process.communicate()
    assert process.returncode == 0, problems
    assert not problems
    count, sums = out.split(maxsplit=1)
    return int(count), sums


def test_a_second_process_compiles_nothing_and_what_is_damaged_is_compiled_again(tmp_path: Path) -> None:
    folder = tmp_path / "code"
    # Two at once with nothing there: both write the same files.
    (first, result), (second, other) = map(ended, [started(tmp_path / name, folder) for name in ("a", "b")])
    assert other == result
    files = sorted(folder.rglob("*.o"))
    assert 5 < len(files) <= first + second
    others = {path for path in folder.rglob("*") if path.is_file()} - set(files)
    assert others == {folder / "secret"}  # nothing half written is left
    assert ended(started(tmp_path / "c", folder)) == (0, result)
    cut, changed, emptied, *_ = files
    cut.write_bytes(cut.read_bytes()[:-100])
    content = bytearray(changed.read_bytes())
    content[len(content) // 2] ^= 4
    changed.write_bytes(content)
    emptied.write_bytes(b"")
    assert ended(started(tmp_path / "d", folder)) == (3, result)
    assert ended(started(tmp_path / "e", folder)) == (0, result)


def test_code_that_somebody_else_plants_is_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path / "code"))
    key, other = key_of("a"), key_of("b")
    keep(key, b"code")
    assert (tmp_path / "code").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "code" / "secret").stat().st_mode & 0o777 == 0o600
    place = tmp_path / "code" / key[:2] / f"{key}.o"
    planted = tmp_path / "code" / other[:2] / f"{other}.o"
    planted.parent.mkdir(exist_ok=True)
    planted.write_bytes(place.read_bytes())  # signed, but for another program
    assert kept(other) is None
    place.write_bytes(hashlib.sha256(b"evil").digest() + b"evil")
    assert kept(key) is None


def test_a_folder_that_cannot_be_used_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    count, _ = ended(started(tmp_path / "a", tmp_path / "file" / "code"))
    assert count > 5


def test_where_nobody_knows_the_users_folder_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("CHALKGRAD_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", unknown)
    keep("ab" * 32, b"code")
    assert kept("ab" * 32) is None


def test_where_code_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    key = key_of("a")
    assert kept(key) is None
    keep(key, b"code")
    assert kept(key) == b"code"
    monkeypatch.delenv("CHALKGRAD_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "of the user"))
    assert cache_folder() == tmp_path / "of the user" / "chalkgrad" / "code"


def test_the_key_is_of_all_that_the_code_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = key_of("program", "float")
    assert usual == key_of("program", "float")
    others = {key_of("program", "double"), key_of("programfloat"), key_of("another program", "float")}
    for what, value in (("llvmlite.__version__", "0"), ("_our_code", lambda: b"other sources")):
        with monkeypatch.context() as patch:
            patch.setattr(f"{cache.__name__}.{what}", value)
            others.add(key_of("program", "float"))
    with monkeypatch.context() as patch:
        patch.setattr("platform.machine", lambda: "another")
        others.add(key_of("program", "float"))
    assert len(others | {usual}) == 7
