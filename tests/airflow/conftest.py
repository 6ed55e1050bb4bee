"""Airflow's home is a temporary folder in these tests, set before anything imports airflow."""

import os
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="traceless-airflow-"))
for folder in ("dags", "plugins"):
    sys.path.append(str(REPOSITORY / folder))
