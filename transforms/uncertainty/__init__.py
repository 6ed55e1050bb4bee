"""How sure a result is: the scheme computed many times, with what could as well have been declared or measured."""
