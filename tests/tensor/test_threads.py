"""The number of threads is what was asked for."""

import pytest
from threadpoolctl import threadpool_limits

import micrograd_lab as lab
from micrograd_lab.errors import OptionError


def test_the_number_of_threads_is_the_one_that_was_set():
    before = lab.get_num_threads()
    assert before >= 1
    with threadpool_limits(before, user_api="blas"):  # and as it was, afterwards
        lab.set_num_threads(1)
        assert lab.get_num_threads() == 1
        assert (lab.ones(3, 4) @ lab.ones(4, 2)).sum() == 24
    assert lab.get_num_threads() == before


@pytest.mark.parametrize("num", [0, -1, 1.5])
def test_no_threads_at_all_are_refused(num):
    with pytest.raises(OptionError, match="at least 1"):
        lab.set_num_threads(num)
