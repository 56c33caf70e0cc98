"""Jobs on a Dask cluster: ``distributed`` runs them, and runs them again where a worker dies."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from crosscheck import __version__
from crosscheck.errors import MissingPackageError, OracleFileError
from crosscheck.grading.errors import GradingError
from crosscheck.grading.plan import Plan, lies_here, sha256_of
from crosscheck.grading.pool import Pool

_RETRIES = 2
_PATIENCE = 20  # seconds for the scheduler to answer


@contextmanager
def cluster_pool(address: str, plan: Plan) -> Iterator[Pool]:
    """The workers of the scheduler at an address, as long as the context lasts.

    Raises MissingPackageError, or GradingError if it cannot be reached or has no worker.
    """
    try:
        distributed: Any = import_module("distributed")  # it has no types that help
    except ImportError:
        raise MissingPackageError(
            "--scheduler needs Dask. Install it with: pip install 'crosscheck-grad[cluster]'"
        ) from None
    try:
        client = distributed.Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise GradingError(
            f"There is no Dask scheduler at {address}: {error}. Start one with: dask scheduler"
        ) from None
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise GradingError(
                f"The Dask scheduler at {address} has no worker. "
                f"Start some with: dask worker {address} --nthreads 1"
            )
        _prepare(client, plan)
        # A plain reference: each job is another submission, and Dask must not share results.
        executor = client.get_executor(retries=_RETRIES, pure=False)

        @contextmanager
        def executors() -> Iterator[Executor]:
            yield executor  # it never breaks: what a lost worker did is done again elsewhere

        try:
            yield Pool(executors, 2 * threads, (distributed.KilledWorker,))
        except (CancelledError, distributed.comm.CommClosedError):
            raise GradingError(
                f"The Dask scheduler at {address} is gone. What was graded is kept: start it "
                "again, and run the same command again."
            ) from None
        finally:
            executor.shutdown(wait=False)


def _prepare(client: Any, plan: Plan) -> None:
    """Bring the oracle to every worker, also to those that come later."""
    from distributed.diagnostics.plugin import WorkerPlugin

    content = Path(plan.oracle).read_bytes()

    class OraclePlugin(WorkerPlugin):
        name = f"crosscheck-{plan.oracle_sha256[:16]}"

        def setup(self, worker: Any) -> None:
            received(plan, content, worker.local_directory)

    try:
        client.register_plugin(OraclePlugin())
    except GradingError:
        raise
    except Exception as error:
        raise GradingError(
            f"A Dask worker cannot grade: {type(error).__name__}: {error}. "
            f"Each worker needs crosscheck {__version__}."
        ) from None


def received(plan: Plan, content: bytes, folder: str) -> None:
    """On a worker: see that the oracle lies here. Raises GradingError for another crosscheck."""
    if plan.version != __version__:
        raise GradingError(
            f"This worker has crosscheck {__version__}, and the grader has {plan.version}. "
            "Install the same on both."
        )
    try:
        if sha256_of(plan.oracle_path) == plan.oracle_sha256:
            return
    except OracleFileError:
        pass  # it is not on this machine
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".oracle", delete=False) as file:
        file.write(content)
    lies_here(plan.oracle_sha256, Path(file.name))
