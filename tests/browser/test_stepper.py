"""The stepper in a real browser: by mouse, by keyboard, several on a page, and where scripts are off."""

import subprocess
import sys

import nbformat
import pytest

from micrograd_lab.lens import steps
from micrograd_lab.scalar import Value

pytestmark = pytest.mark.browser
PAGES = "[data-steps] > details"


def walked():
    x, w, b = Value(3.0, label="x"), Value(2.0, label="w"), Value(2.0, label="b")
    L = (x * w + b) ** 2
    L.label = "L"
    return steps(L)


@pytest.fixture
def exported(page, tmp_path):
    page.goto(walked().save(tmp_path / "steps.html").as_uri())
    return page


def shown(page):
    """The pages one can see, as the first words of each."""
    return [e.inner_text().split("\n")[0][:6] for e in page.locator(PAGES).all() if e.is_visible()]


def test_one_step_is_shown_with_its_picture(exported):
    assert shown(exported) == ["Step 0"]
    picture = exported.locator(f"{PAGES}[open] img")
    assert picture.evaluate("e => e.complete && e.naturalWidth > 100")


def test_the_mouse_goes_forth_and_back(exported):
    for name, now in (("next", 1), ("next", 2), ("previous", 1), ("last", 5), ("first", 0)):
        exported.get_by_role("button", name=f"{name} step").click()
        assert shown(exported) == [f"Step {now}"]
    assert "step 0 of 5" in exported.get_by_role("status").inner_text()


def test_the_ends_are_ends(exported):
    first = exported.get_by_role("button", name="first step")
    assert first.get_attribute("aria-disabled") == "true"
    first.click(force=True)
    exported.get_by_role("button", name="previous step").click(force=True)
    assert shown(exported) == ["Step 0"]
    exported.get_by_role("button", name="last step").click()
    assert first.get_attribute("aria-disabled") == "false"
    assert exported.get_by_role("button", name="next step").get_attribute("aria-disabled") == "true"


def test_the_keyboard_alone_is_enough(exported):
    exported.keyboard.press("Tab")
    focused = "document.activeElement.getAttribute('aria-label')"
    assert exported.evaluate(focused) == "first step"
    assert exported.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    for key, now in (
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("End", 5),
        ("Home", 0),
    ):
        exported.keyboard.press(key)
        assert shown(exported) == [f"Step {now}"]
    exported.keyboard.press("Tab")
    exported.keyboard.press("Tab")
    assert exported.evaluate(focused) == "step"
    exported.keyboard.press("ArrowRight")
    slider = exported.get_by_role("slider", name="step")
    assert slider.get_attribute("aria-valuetext") == "step 1 of 5: L → v2"
    exported.keyboard.press("Tab")
    exported.keyboard.press("Enter")
    assert shown(exported) == ["Step 2"]


def test_the_slider_goes_anywhere(exported):
    exported.get_by_role("slider").fill("4")
    assert shown(exported) == ["Step 4"]


def test_the_bar_has_a_name(exported):
    group = exported.get_by_role("group", name="The chain rule of L, step by step")
    assert group.get_by_role("button").count() == 4


def test_a_wide_picture_is_scrolled_to_the_edge_that_is_lit(page, tmp_path):
    y = Value(1.5, label="x")
    for k in range(12):
        y = y * Value(float(k + 2), label=f"w{k}")
    page.set_viewport_size({"width": 420, "height": 900})
    page.goto(steps(y, limit=25).save(tmp_path / "wide.html").as_uri())
    image = page.locator(f"{PAGES}[open] img")
    seen = "e => [e.parentElement.scrollLeft / e.parentElement.scrollWidth, e.dataset.at]"
    left, at = image.evaluate(seen)
    assert left > 0.5  # the root
    assert float(at) > 0.9
    page.get_by_role("button", name="last step").click()
    left, at = image.evaluate(seen)
    assert left < 0.2  # the leaves
    assert float(at) < 0.2


def test_two_on_a_page_do_not_mix(page, tmp_path):
    path = tmp_path / "two.html"
    path.write_text(walked().html() * 2, encoding="utf-8")
    page.goto(path.as_uri())
    assert page.get_by_role("slider").count() == 2
    page.get_by_role("button", name="next step").nth(1).click()
    assert shown(page) == ["Step 0", "Step 1"]


def test_without_scripts_every_step_opens_on_a_click(browser, tmp_path):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(walked().save(tmp_path / "steps.html").as_uri())
    assert page.locator(PAGES).count() == 6
    assert page.get_by_role("button").count() == 0
    page.get_by_text("Step 3").click()
    assert page.locator(f"{PAGES}[open]").count() == 2
    context.close()


def test_readers_who_want_less_motion_get_none(browser, tmp_path):
    for motion, running in (("reduce", 0), ("no-preference", 1)):
        context = browser.new_context(reduced_motion=motion)
        page = context.new_page()
        page.goto(walked().save(tmp_path / "steps.html").as_uri())
        name = page.locator(f"{PAGES}[open] img").evaluate("e => getComputedStyle(e).animationName")
        assert (name == "lab-in") == running
        context.close()


def test_the_film_plays_one_frame_at_a_time_and_stands_still_on_request(browser, tmp_path):
    film = walked().save(tmp_path / "steps.svg", seconds=0.4)
    seen = "[...document.querySelectorAll('.f')].map(e => getComputedStyle(e).visibility === 'visible')"
    for motion, last in (("reduce", True), ("no-preference", False)):
        context = browser.new_context(reduced_motion=motion)
        page = context.new_page()
        page.goto(film.as_uri())
        frames = page.evaluate(seen)
        assert sum(frames) == 1
        if last:
            assert frames[-1]
        else:
            page.wait_for_function(
                f"JSON.stringify({seen}) !== {str(frames).lower()!r}.replaceAll(' ', '')"
            )
        context.close()


# In a notebook that was saved and is opened again: no kernel runs.


def notebook(path, word):
    data = walked()._repr_mimebundle_()
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(metadata={"kernelspec": spec})  # or a dialog would ask for it
    output = nbformat.v4.new_output("execute_result", data, execution_count=1)
    book.cells = [nbformat.v4.new_code_cell(f"steps(L)  # {word}", outputs=[output], id="steps")]
    nbformat.write(book, path)


def opened(page, address, name):
    page.goto(f"{address}/lab/tree/{name}?reset")
    page.locator(".jp-OutputArea details").first.wait_for(timeout=40_000)


def test_a_trusted_notebook_has_the_stepper(page, lab):
    folder, address, environment = lab
    notebook(folder / "trusted.ipynb", "trusted")
    trust = [sys.executable, "-m", "jupyter", "trust", str(folder / "trusted.ipynb")]
    subprocess.run(trust, env=environment, check=True, capture_output=True)
    opened(page, address, "trusted.ipynb")
    page.get_by_role("button", name="next step").click()
    page.keyboard.press("ArrowRight")
    assert shown(page) == ["Step 2"]
    assert page.locator(f"{PAGES}[open] img").evaluate("e => e.naturalWidth > 100")


def test_an_untrusted_notebook_has_every_step_as_details(page, lab):
    folder, address, _ = lab
    notebook(folder / "cloned.ipynb", "cloned")
    opened(page, address, "cloned.ipynb")
    details = page.locator(".jp-OutputArea details")
    assert details.count() == 6
    assert page.get_by_role("button", name="next step").count() == 0
    details.nth(3).locator("summary").click()
    picture = details.nth(3).locator("img")
    picture.wait_for()
    assert picture.evaluate("e => e.naturalWidth > 100")
    assert "passes its gradient" in details.nth(3).inner_text()
