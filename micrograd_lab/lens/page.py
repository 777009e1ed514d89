"""Steps as pages to leaf through: plain <details>, which one small script turns into a stepper.

Where scripts do not run (a notebook that was just cloned, a mail) every step is a <details> that
opens on a click, its picture an <img>.  Where they run, the script shows one page at a time under a
bar of buttons and a slider, for mouse and keyboard.  It needs no ids, so a page can hold many.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass

STYLE = """
[data-live]>.lab-bar{display:flex;gap:6px;align-items:center;flex-wrap:wrap;margin:4px 0 8px;padding:4px;max-width:700px}
[data-live]>.lab-bar button{font:inherit;min-width:2.6em;padding:3px 9px;border:1px solid #8a949e;border-radius:6px;background:transparent;color:inherit;cursor:pointer}
[data-live]>.lab-bar button[aria-disabled=true]{opacity:.4;cursor:default}
[data-live]>.lab-bar input{flex:1;min-width:120px;accent-color:#b34700}
[data-live]>.lab-bar output{min-width:7.5em;font-variant-numeric:tabular-nums}
[data-live]>.lab-bar :focus-visible,[data-live]:focus-visible{outline:3px solid #e07b1f;outline-offset:2px}
[data-live]>details[hidden]{display:none}
[data-live]>details>summary{list-style:none;cursor:default!important}
[data-live]>details>summary::-webkit-details-marker{display:none}
@media (prefers-reduced-motion:no-preference){[data-live]>details[open] img{animation:lab-in .15s}}
@keyframes lab-in{from{opacity:.5}}
"""

SCRIPT = """
for (const box of document.querySelectorAll("[data-steps]:not([data-live])")) {
  const pages = [...box.children].filter(e => e.tagName === "DETAILS"), last = pages.length - 1;
  const make = (tag, attributes, text) => {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
    if (text) e.textContent = text;
    return e;
  };
  box.setAttribute("data-live", "");
  box.setAttribute("data-lm-suppress-shortcuts", "true");
  const bar = make("div", {"class": "lab-bar", role: "group", "aria-label": box.dataset.steps});
  const said = make("output", {"aria-live": "polite"});
  const slider = make("input", {type: "range", min: 0, max: last, step: 1, "aria-label": "step"});
  let now = 0;
  const button = (text, name, to) => {
    const e = make("button", {type: "button", "aria-label": name, title: name}, text);
    e.addEventListener("click", () => { e.focus({preventScroll: true}); show(to()); });
    return bar.appendChild(e);
  };
  const back = [button("\\u21e4", "first step", () => 0), button("\\u2190", "previous step", () => now - 1)];
  bar.append(slider);
  const on = [button("\\u2192", "next step", () => now + 1), button("\\u21e5", "last step", () => last)];
  bar.append(said);
  const show = to => {
    now = Math.min(Math.max(to, 0), last);
    pages.forEach((page, k) => { page.open = k === now; page.hidden = k !== now; });
    slider.value = now;
    for (const image of pages[now].querySelectorAll("[data-at]")) {
      const view = image.parentElement;
      const see = () => { view.scrollLeft = image.dataset.at * view.scrollWidth - view.clientWidth / 2; };
      see();
      image.addEventListener("load", see, {once: true});
    }
    said.textContent = `step ${now} of ${last}`;
    slider.setAttribute("aria-valuetext", `${said.textContent}: ${pages[now].dataset.edge}`);
    back.forEach(e => e.setAttribute("aria-disabled", now === 0));
    on.forEach(e => e.setAttribute("aria-disabled", now === last));
  };
  const keys = {ArrowLeft: () => now - 1, ArrowRight: () => now + 1, ArrowDown: () => now - 1,
                ArrowUp: () => now + 1, Home: () => 0, End: () => last};
  bar.addEventListener("keydown", e => {
    if (!keys[e.key] || e.altKey || e.ctrlKey || e.metaKey) return;
    e.preventDefault();
    e.stopPropagation();
    show(keys[e.key]());
  });
  slider.addEventListener("input", () => show(Number(slider.value)));
  for (const page of pages) {
    const head = page.querySelector("summary");
    head.tabIndex = -1;
    head.addEventListener("click", e => e.preventDefault());
  }
  box.prepend(make("style", {}, %STYLE%), bar);
  show(0);
}
"""


@dataclass(frozen=True)
class Leaf:
    """What one page says: which edge, the numbers in a line, sentences, formulas, pictures."""

    index: int
    edge: str
    result: str
    sentence: str
    formula: str
    images: Sequence[str] = ()  # as <img>; a wide first one is scrolled to its data-at


def stepper(leaves: Sequence[Leaf], title: str, note: str) -> str:
    """The pages, the first one open, and the script that turns them into a stepper."""
    pages = "".join(_page(leaf, k == 0) for k, leaf in enumerate(leaves))
    foot = f"<p>{html.escape(note)}</p>" if note else ""
    style = '"' + STYLE.replace("\n", "") + '"'
    script = SCRIPT.replace("%STYLE%", style) if len(leaves) > 1 else ""
    return f'<div data-steps="{html.escape(title)}" style="max-width:860px">{pages}{foot}</div>' + (
        f"<script>(() => {{{script}}})();</script>" if script else ""
    )


def standalone(title: str, body: str) -> str:
    """A page of its own, light or dark as the reader likes."""
    title = html.escape(title)
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<body style="font:16px/1.5 system-ui,sans-serif;max-width:860px;margin:2rem auto;padding:0 1rem">\n'
        f"<h1>{title}</h1>\n{body}\n</body></html>\n"
    )


def _page(leaf: Leaf, is_open: bool) -> str:
    edge = html.escape(leaf.edge)
    return (
        f'<details{" open" if is_open else ""} data-edge="{edge}" style="margin:4px 0">'
        f'<summary style="cursor:pointer"><b>Step {leaf.index}</b>&ensp;{edge}'
        f"&ensp;{html.escape(leaf.result)}</summary>"
        f'<p style="margin:6px 0">{html.escape(leaf.sentence)}</p>'
        f'<p style="margin:6px 0"><code>{html.escape(leaf.formula)}</code></p>'
        f'<div style="overflow-x:auto">{"".join(leaf.images[:1])}</div>'
        f"{''.join(leaf.images[1:])}</details>"
    )
