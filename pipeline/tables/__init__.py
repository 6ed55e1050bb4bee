"""Tables of others: CSV and Parquet files read, checked and put into the relations that the scoring reads."""
