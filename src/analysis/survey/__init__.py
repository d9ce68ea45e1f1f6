"""Raw exports become one analysis-ready table, and the ledger says what became of every raw row."""
