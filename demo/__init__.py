"""A generated county and real source servers to run everything on."""
