"""The gallery as readers meet it: its page in both colour schemes, its notebook in a JupyterLab that trusts nobody."""

import shutil
from pathlib import Path

import pytest

from micrograd_lab.lens.gallery.exhibits import exhibits

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
PICTURES = sum(not exhibit.is_text for exhibit in exhibits())
LOADED = "all => all.filter(i => i.complete && i.naturalWidth > 40).map(i => i.currentSrc)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_shows_every_picture_in_the_readers_colours(browser, tmp_path, scheme):
    markdown = pytest.importorskip("markdown_it")
    shutil.copytree(ROOT / "docs" / "gallery", tmp_path / "gallery")
    text = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    (tmp_path / "page.html").write_text(
        f'<meta charset="utf-8"><body style="width:820px">{markdown.MarkdownIt().render(text)}',
        encoding="utf-8",
    )
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    page.wait_for_load_state("networkidle")
    seen = page.eval_on_selector_all("img", LOADED)
    context.close()
    assert len(seen) == PICTURES
    assert all(f"-{scheme}." in source for source in seen)


def test_an_untrusted_notebook_shows_every_picture_twice(page, lab):
    folder, address, _ = lab
    text = (ROOT / "notebooks" / "gallery.ipynb").read_text(encoding="utf-8")
    changed = text.replace("# The gallery", "# The gallery, changed since it was trusted")
    (folder / "gallery.ipynb").write_text(changed, encoding="utf-8")
    page.goto(f"{address}/lab/tree/gallery.ipynb?reset")
    page.wait_for_selector(".jp-OutputArea-output img", timeout=40_000)
    page.add_style_tag(content=".jp-OutputArea-output details > * { display: block }")
    seen = set()
    for _ in range(400):
        seen.update(page.eval_on_selector_all(".jp-OutputArea-output img", LOADED))
        at_the_end = page.evaluate(
            """() => { const box = document.querySelector('.jp-WindowedPanel-outer');
                       box.scrollTop += 600;
                       return box.scrollTop + box.clientHeight >= box.scrollHeight - 2; }"""
        )
        page.wait_for_timeout(40)
        if at_the_end:
            break
    seen.update(page.eval_on_selector_all(".jp-OutputArea-output img", LOADED))
    assert len(seen) >= 2 * PICTURES
    assert all(source.startswith("data:image/") for source in seen)
