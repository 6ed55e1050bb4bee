"""The connector stands up to a stream that misbehaves: python -m pytest examples/connector_redis_stream"""

from pathlib import Path

from conformance import conformance_test

test_counter = conformance_test(Path(__file__).parent / "feed.yaml")
