"""SQL models: dimensions, facts, attribution, scores, marts; and the runner that skips what did not change."""
