"""Snakemake's linter, less one finding: an environment for each rule. One environment, the lock, serves them all."""

import re
import subprocess
import sys

ACCEPTED = "Specify a conda environment or container for each rule."
done = subprocess.run([sys.executable, "-m", "snakemake", "--lint"], capture_output=True, text=True)
findings = re.findall(r"^ {4}\* (.+?):?$", done.stderr, flags=re.M)
if not findings and done.returncode:
    sys.exit(done.stderr)
if any(finding != ACCEPTED for finding in findings):
    sys.exit(done.stderr)
print("snakemake --lint: nothing to mend")
