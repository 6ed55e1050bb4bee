"""``traceless demo``: the whole thing live."""

def demo() -> None:
    """x"""
