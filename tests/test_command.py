"""Messages name the command the way it can be typed here."""

import os
import sys

import pytest

from micrograd_lab import command as module


@pytest.mark.parametrize(
    ("started", "on_path", "shown"),
    [
        (".venv/bin/micrograd-lab", False, ".venv/bin/micrograd-lab"),
        (".venv/bin/micrograd-lab", True, "micrograd-lab"),
        ("ipykernel_launcher.py", False, "micrograd-lab"),
    ],
)
def test_the_command_is_named_as_it_can_be_typed(monkeypatch, tmp_path, started, on_path, shown):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(tmp_path / started)])
    monkeypatch.setattr(module.shutil, "which", lambda name: name if on_path else None)
    assert module.command() == shown.replace("/", os.sep)


def test_from_another_folder_the_whole_path_is_shown(monkeypatch, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    started = tmp_path / "bin" / "micrograd-lab"
    monkeypatch.setattr(sys, "argv", [str(started)])
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    assert module.command() == str(started)
