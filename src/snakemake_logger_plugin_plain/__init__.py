"""What Snakemake shows while it works: a line a step, in words for a person, and on an error the message alone."""

import sys
import time

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

# Messages of Snakemake that say nothing to a person who waits for results, or that a plainer line here replaces.
NOISE = (
    "Assuming unrestricted",
    "Building DAG",
    "Using shell",
    "Using profile",
    "Rules claiming",
    "Select jobs",
    "Complete log",
    "Elapsed time",
    "Shutting down",
    "Removing output files",
    "Exiting because",
    "Finished jobid",
    "Reasons:",
    "Some jobs were triggered by provenance",
    "Rules with provenance",
    "If you prefer that only modification time",
)

# Why a step runs, as Snakemake says it and as a person would; files follow some of them.
REASONS = {
    "Missing output files": "not made yet",
    "Updated input files": "changed",
    "Input files updated by another job": "an earlier step runs again",
    "Params have changed": "the study has changed",
    "Code has changed": "its script has changed",
    "Set of input files has changed": "there are other files to read",
    "Forced execution": "asked for",
}


def in_words(reason: str) -> str:
    """Why a step runs, without the long lists: ``changed: a.csv, b.csv and 3 more``."""
    said = []
    for part in str(reason).split("; "):
        name, _, files = part.partition(": ")
        words = next((plain for beginning, plain in REASONS.items() if name.startswith(beginning)), None)
        if words == "changed":
            listed = sorted(files.split(", "))
            more = f" and {len(listed) - 2} more" if len(listed) > 2 else ""
            words = f"changed: {', '.join(listed[:2])}{more}"
        if words:
            said.append(words)
    return "; ".join(dict.fromkeys(said)) or str(reason)


class LogHandler(LogHandlerBase):
    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        self.total = self.begun = 0
        self.titles = {}
        self.failed = False
        self.clock = time.monotonic()

    def emit(self, record) -> None:
        line = self._line(record)
        if line:
            print(line, file=sys.stderr, flush=True)

    def _line(self, record) -> str | None:
        event = getattr(record, "event", None)
        if event == LogEvent.RUN_INFO:
            self.total = sum(n for rule, n in record.stats.items() if rule not in ("all", "total"))
        elif event == LogEvent.JOB_INFO and record.rule_name != "all":
            self.begun += 1
            title = self.titles[record.jobid] = record.rule_msg or record.rule_name
            line = f"[{self.begun:>2} of {self.total}] {title}"
            return f"{line}  ({in_words(record.reason)})" if self.common_settings.dryrun else line
        elif event == LogEvent.JOB_ERROR:
            self.failed = True
            title = self.titles.get(record.jobid, record.rule_name)
            return f'Stopped at the step "{title}". Nothing half-written was kept.'
        elif event == LogEvent.PROGRESS and record.done == record.total:
            return f"Done in {time.monotonic() - self.clock:.0f} s."
        elif event == LogEvent.ERROR and (self.failed or "CalledProcessError" in record.getMessage()):
            return None  # the step itself has said what was wrong
        elif event in (None, LogEvent.ERROR):
            message = record.getMessage()
            if message.startswith("Nothing to be done"):
                return "Nothing to do: every result is up to date."
            if message.startswith("LockException"):
                return (
                    "Another run is at work in this folder, or one was killed and left its lock. "
                    "If none is running, type make unlock (or: snakemake --unlock) and start again."
                )
            return None if message.lstrip().startswith(NOISE) else message.strip()
        return None
