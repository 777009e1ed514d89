"""Other people's graders: the same exercises, questions and feedback where a course already is.

bundle       the grader as files to send along
handed_in    one submission, lying in a folder where a hosted grader put it
gradescope   Gradescope: a zip with setup.sh and run_autograder, which writes results.json
classroom50  Classroom 50: autograder.py beside a zip, which writes result.json
cell         nbgrader and Otter grade in the student's notebook: a cell that grades the cell above
nbgrader     a notebook per lesson, with nbgrader's metadata
otter        a notebook per lesson, with Otter's marks, and a test per probe
export       the command `export`
"""
