"""One table in the formats that people need: CSV, Word, LaTeX and HTML."""
