"""Read by Airflow at the start of every component; does nothing unless the supervisor asks for it."""

import os
import sys

__all__: list[str] = []
PR_SET_PDEATHSIG = 1
SIGKILL = 9

if os.environ.get("TRACELESS_SUPERVISED") == "1" and sys.platform == "linux":
    # Workers and tasks are forks: let each be killed when the process that forked it is, and none outlive Airflow.
    import ctypes

    _libc = ctypes.CDLL(None)
    os.register_at_fork(after_in_child=lambda: _libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))

if os.environ.get("TRACELESS_PRELOAD") == "1":
    # Tasks are forks of the scheduler: what it has imported costs them nothing (seconds each, else).
    import importlib
    import logging

    _LIBRARIES = "pandas pyarrow.parquet duckdb great_expectations sqlalchemy psycopg sshfs python_calamine"
    _CONNECTORS = "connectors.connections connectors.pull connectors.sql connectors.rest connectors.files connectors.sdmx"
    _REST = "expectations.gx_run expectations.validate pipeline.steps"
    for _name in f"{_LIBRARIES} {_CONNECTORS} {_REST}".split():
        try:
            importlib.import_module(_name)
        except ImportError as _error:  # the task that needs it will say so; the scheduler must not die of it
            logging.getLogger(__name__).warning("%s was not preloaded: %s", _name, _error)
