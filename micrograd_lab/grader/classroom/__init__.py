"""A class: many submissions, none of them trusted, graded in parallel into one folder of results.

archives   what one folder or zip holds, read into memory and never unpacked
collect    which of those files is which exercise; whatever is not is reported
jobs       one student is one job; jobs run in processes, and a broken one stops no other
dask       the same jobs on a Dask cluster
results    the folder of results: a file per student, so that a stopped run goes on
cohort     what the class as a whole holds: which mistakes, how many
reports    pages, tables and JSON out of all that
terminal   the commands `grade` and `report`
"""
