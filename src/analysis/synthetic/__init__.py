"""Draws the answers of firms that do not exist from stated true values, and writes them as survey platforms do."""

from analysis.synthetic.exports import write_waves
from analysis.synthetic.population import simulate
from analysis.synthetic.truth import Truth, load_truth

__all__ = ["Truth", "load_truth", "simulate", "write_waves"]
