"""Registering a feed: look at a bounded sample of a source, infer its contract, write ``feeds/<id>/feed.yaml``.

The way of a registration: a *sample* (``sample_file``, ``sample_endpoint``, ``sample_table``, ``sample_openapi``,
``sample_sdmx``) → *profiles* of its columns → a *draft* of the contract → questions and answers → the file. A sample is
held in memory only; of columns that look personal nothing but counts goes further than this package.
"""
