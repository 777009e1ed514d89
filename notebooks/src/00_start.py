# %% [markdown]
# # Start here
#
# **A network has a million knobs and one number that says how wrong it is. How can a computer know, for every knob at once,
# which way to turn it?**
#
# You will find out by building it: first with single numbers, then with arrays, until you own the engine that trains
# networks. You need Python, and the wish to know why.
#
# This page is the map. Run the cell below (click on it, then Shift+Enter): it shows the lessons and how far you are.

# %%
from micrograd_lab.course import course_map

course_map()

# %% [markdown]
# ✓ done · ▶ go on here · ◐ begun · ○ not yet. Run the cell again whenever you like; your progress comes from the exercises that
# passed and the questions you answered. It stays on your computer, in the folder `.micrograd_lab` of the course.
#
# ## How a lesson goes
#
# - **Read and run**, cell by cell, from top to bottom: Shift+Enter runs a cell and goes to the next.
# - **Predict** when you are asked. A box appears under the cell: type the word in front of your answer. Your first answer is kept,
#   right or wrong; being wrong, and finding out why, is how this works. Enter alone skips.
# - **What if…** changes one thing. Change more of them yourself: every cell is yours to edit.
# - **The expert corner** is folded away. Nothing after it depends on it.
# - **Exercises** are files in the folder `exercises/`. Write, save, run the cell with `check(…)`: it says *which* mistake it
#   was. Stuck? `micrograd-lab hint ex01a` in a terminal gives a nudge, then more.
#
# Which symbol means what: [the notation](../docs/notation.md), one page.
#
# ## Where to open it
#
# | with | how |
# |---|---|
# | JupyterLab | `micrograd-lab lab` in a terminal opens your next lesson; `micrograd-lab lab 3` opens lesson 03 |
# | plain Jupyter | `jupyter notebook notebooks/00_start.ipynb`, in the folder of the course |
# | VS Code | open the folder of the course, then this file; choose the Python of `.venv` as the kernel, top right. Questions appear in a box at the top of the window |
# | a terminal only | `micrograd-lab check`, `watch`, `hint` and `progress` do the exercises without a notebook |
#
# `micrograd-lab` is in `.venv/bin/` (on Windows in `.venv\Scripts\`), if you installed it as the README says.
#
# ## If something is odd
#
# | you see | it means |
# |---|---|
# | `No module named 'micrograd_lab'` | the notebook runs on another Python: choose the one of `.venv` as its kernel |
# | `no course in … or above it` | the notebook was moved out of the course: open it in `notebooks/` |
# | the map says nothing of your progress | nothing is answered yet, or the cell above has not run since |
# | numbers that grow each time you run a cell | gradients add up: *Restart kernel and run all cells*; lesson 06 says why |
#
# Ready? [01 · Slope](01_slope.ipynb).
