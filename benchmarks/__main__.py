"""All benchmarks, one after the other, each in its own process: ``python -m benchmarks``."""

import subprocess
import sys

for name in ("run_county", "validate_vs_duckdb", "rest_vs_dlt", "sql_vs_pandas", "scoring", "uncertainty", "slim"):
    print(f"\n== benchmarks.{name}", flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
