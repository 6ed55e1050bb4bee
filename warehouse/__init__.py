"""DuckDB and the landing's files: tables, loading, as-of reads, publishing."""
