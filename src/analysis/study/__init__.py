"""What is asked: the typed description of a study, loading and checking it, and its models as text."""

from analysis.study.load import load
from analysis.study.types import Construct, Hypothesis, Study, Text, Variable, Wave

__all__ = ["Construct", "Hypothesis", "Study", "Text", "Variable", "Wave", "load"]
