"""Does the instrument measure? Items, reliability, the measurement model and its fit."""
