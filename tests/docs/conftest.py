"""Guides are tested with the reader beside this file."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
