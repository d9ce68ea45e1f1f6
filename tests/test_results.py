"""Tidy tables are written as promised or not at all, and read back to the last bit."""

import numpy as np
import pandas as pd
import pytest
from pandera.errors import SchemaError, SchemaErrors

from analysis import results
from analysis.errors import UserError

NUMBERS = [0.1 + 0.2, 1 / 3, 1e-300, 123456789.123456789, np.nan, 2.0]


def verdicts(**changed) -> pd.DataFrame:
    """A table of verdicts, text and numbers, with columns changed."""
    columns = results.TABLES["verdicts"].columns
    table = {
        name: [f"{name}, “文字” {i}" for i in range(6)] if kind is str else NUMBERS
        for name, (kind, _) in columns.items()
    }
    return pd.DataFrame({**table, **changed})


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("name", ["verdicts", "regressions", "sample", "structural_fit", "ledger"])
def test_every_cell_comes_back_as_it_was(tmp_path, name, ending):
    made = {float: NUMBERS, int: range(6), str: ["a", "", "NA", "nan", 'b,"c"', "第\n二"]}
    table = pd.DataFrame({column: made[kind] for column, (kind, _) in results.TABLES[name].columns.items()})
    path = tmp_path / "new folder" / f"{name}.{ending}"
    results.write(name, table, path)
    read = results.read(name, path)
    pd.testing.assert_frame_equal(read, table, check_exact=True, check_dtype=False)
    numbers = {column: kind for column, (kind, _) in results.TABLES[name].columns.items() if kind is not str}
    assert all(read[column].dtype == kind for column, kind in numbers.items())


def test_numbers_that_happen_to_be_whole_or_absent_stay_numbers(tmp_path):
    table = verdicts(est=[1.0, 2, 3, 4, 5, 6], std=np.nan, reason="")
    results.write("verdicts", table, tmp_path / "verdicts.csv")
    read = results.read("verdicts", tmp_path / "verdicts.csv")
    assert (read["est"].dtype, read["std"].dtype) == (float, float)
    assert read["std"].isna().all()
    assert (read["reason"] == "").all()


def test_text_that_looks_like_a_number_stays_text(tmp_path):
    table = pd.DataFrame({"wave": ["2024", "007"], "step": ["raw", "kept"], "n": [3, 2]})
    results.write("case_flow", table, tmp_path / "case_flow.csv")
    assert results.read("case_flow", tmp_path / "case_flow.csv")["wave"].to_list() == ["2024", "007"]


def test_the_same_table_is_the_same_bytes(tmp_path):
    for name in ("a.csv", "b.csv"):
        results.write("verdicts", verdicts(), tmp_path / name)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert b"\r" not in (tmp_path / "a.csv").read_bytes()


@pytest.mark.parametrize(
    "table",
    [
        verdicts().drop(columns="est"),
        verdicts(further=1.0),
        verdicts(est="high"),
        verdicts(hypothesis=[None, *"abcde"]),
        verdicts()[list(results.TABLES["verdicts"].columns)[::-1]],
    ],
    ids=["a column is missing", "a column too many", "text for a number", "no text", "another order"],
)
def test_another_table_is_not_written(tmp_path, table):
    with pytest.raises((SchemaError, SchemaErrors)):
        results.write("verdicts", table, tmp_path / "verdicts.csv")
    assert not (tmp_path / "verdicts.csv").exists()


def test_tables_of_respondents_may_have_further_columns_of_numbers_only(tmp_path):
    table = pd.DataFrame({"respondent": ["a", "b"], "wave": ["1", "1"], "压力": [1.0, np.nan], "st1": [2, 3]})
    results.write("scores", table, tmp_path / "scores.parquet")
    read = results.read("scores", tmp_path / "scores.parquet")
    assert list(read) == list(table)
    assert read["st1"].dtype == float
    results.write("scores", table[["respondent", "wave"]], tmp_path / "scores.parquet")
    with pytest.raises((SchemaError, SchemaErrors)):
        results.write("scores", table.assign(st2="high"), tmp_path / "scores.parquet")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_file_that_lacks_a_column_is_refused_by_the_name_of_the_column(tmp_path, ending):
    path = tmp_path / f"verdicts.{ending}"
    table = verdicts().drop(columns="pvalue")
    table.to_parquet(path) if ending == "parquet" else table.to_csv(path, index=False)
    with pytest.raises(UserError, match='the column "pvalue" is missing; delete the file'):
        results.read("verdicts", path)


def test_every_table_says_what_a_row_and_every_column_is():
    for name, table in results.TABLES.items():
        assert table.row, name
        assert all(kind in (str, int, float, bool) and meaning for kind, meaning in table.columns.values()), name
