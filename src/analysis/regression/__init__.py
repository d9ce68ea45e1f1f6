"""What goes with what, on scores: hierarchical regressions of every explained construct."""
