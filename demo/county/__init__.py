"""The generated county: organisations, cadres, three years of events, and the troubles of real life."""
