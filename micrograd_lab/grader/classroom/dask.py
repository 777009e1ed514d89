"""The same jobs on a Dask cluster: for a class too large for one machine."""

from collections.abc import Iterable, Iterator

from micrograd_lab.errors import OptionError
from micrograd_lab.grader.classroom.jobs import Job, Outcome, through


def on_cluster(jobs: Iterable[Job], address: str) -> Iterator[Outcome]:
    """The outcomes, as they come, from the workers of the cluster at `address`.

    The workers need micrograd_lab in this version; submissions travel inside the jobs, so they
    need no shared folder.  Raises OptionError if Dask or the cluster is not there.
    """
    try:
        from distributed import Client
    except ImportError:
        raise OptionError("--dask needs Dask: pip install distributed.") from None
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError, TypeError) as error:
        raise OptionError(
            f"--dask {address}: no cluster answers there ({type(error).__name__}). "
            "It is the scheduler's address, such as tcp://10.0.0.1:8786."
        ) from None
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise OptionError(f"--dask {address}: the cluster has no workers yet.")
        lost = yield from through(
            client.get_executor(pure=False, retries=2), iter(jobs), 2 * threads
        )
        assert not lost  # a cluster replaces its workers; a job that ends too many is an outcome
