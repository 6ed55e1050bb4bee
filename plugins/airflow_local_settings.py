"""Read by Airflow at the start of every component; only in the scheduler does it do anything.

Tasks are forks of the scheduler: what it has imported costs them nothing (seconds each, else).
"""

import os

if os.environ.get("TRACELESS_PRELOAD") == "1":
    import importlib
    import logging

    _MODULES = "pandas pyarrow.parquet duckdb great_expectations pipeline.steps connectors.connections"
    for _name in _MODULES.split():
        try:
            importlib.import_module(_name)
        except ImportError as _error:  # the task that needs it will say so; the scheduler must not die of it
            logging.getLogger(__name__).warning("%s was not preloaded: %s", _name, _error)

__all__: list[str] = []
