"""The map of the course in JupyterLab, in a notebook that nobody has trusted yet."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.browser


def test_an_untrusted_map_shows_its_lessons_unfolds_and_leads_to_them(lab, page):
    folder, address, _ = lab
    notebook = json.loads((ROOT / "notebooks" / "00_start.ipynb").read_text(encoding="utf-8"))
    notebook["cells"][0]["source"].append("\n\nA copy.")  # no signature knows it
    (folder / "00_start.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    lesson = (ROOT / "notebooks" / "02_graph.ipynb").read_text(encoding="utf-8")
    (folder / "02_graph.ipynb").write_text(lesson, encoding="utf-8")
    page.goto(f"{address}/lab/tree/00_start.ipynb?reset")
    output = page.locator(".jp-OutputArea-output")
    output.get_by_text("01 · Slope").wait_for(timeout=60_000)

    goal = output.get_by_text("measure how fast an output moves")
    assert not goal.is_visible()
    output.locator("summary").first.click()
    assert goal.is_visible()

    output.get_by_text("02 · Graph").click()
    page.locator(".jp-NotebookPanel h1", has_text="02 · Graph").first.wait_for(timeout=30_000)
