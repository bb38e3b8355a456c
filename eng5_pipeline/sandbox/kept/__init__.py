"""State: one SQLite file, the tables CJ has, and what is put in place beforehand."""
