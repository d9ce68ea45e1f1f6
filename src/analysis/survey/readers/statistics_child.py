"""Run as a script in a process of its own: a damaged file can crash the C library that reads SPSS and Stata files."""

import pickle
import sys

import pyreadstat

if __name__ == "__main__":
    function, path = sys.argv[1:]
    try:
        cells, about = getattr(pyreadstat, function)(path, output_format="dict")
        found = (cells, about.number_rows, about.variable_value_labels, about.column_names_to_labels)
    except pyreadstat.ReadstatError as error:
        found = str(error)
    except Exception:  # of whatever the library makes of damaged bytes, whose text may hold answers
        found = "the reading library gave up."
    sys.stdout.buffer.write(pickle.dumps(found))
