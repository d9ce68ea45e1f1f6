"""What a person sees while the workflow runs: a line a step, the error alone, and no noise."""

from types import SimpleNamespace

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from snakemake_logger_plugin_plain import LogHandler, in_words


class Record(SimpleNamespace):
    """A record of Snakemake's logger, as far as the lines look at it."""

    text = ""

    def getMessage(self) -> str:  # noqa: N802
        return self.text


@pytest.fixture
def handler() -> LogHandler:
    made = LogHandler.__new__(LogHandler)
    made.common_settings = SimpleNamespace(dryrun=False)
    made.__post_init__()
    return made


def job(number: int, rule: str, message: str | None = None) -> Record:
    return Record(event=LogEvent.JOB_INFO, jobid=number, rule_name=rule, rule_msg=message, reason="Code has changed")


def begun(handler: LogHandler) -> LogHandler:
    handler._line(Record(event=LogEvent.RUN_INFO, stats={"all": 1, "wave": 3, "items": 9, "total": 13}))
    return handler


def test_each_step_is_counted_and_titled_by_its_message(handler):
    begun(handler)
    assert handler._line(job(1, "wave", "Reading wave 2024")) == "[ 1 of 12] Reading wave 2024"
    assert handler._line(job(2, "items")) == "[ 2 of 12] items"
    assert handler._line(job(0, "all")) is None


def test_a_dry_run_says_why(handler):
    handler.common_settings = SimpleNamespace(dryrun=True)
    assert begun(handler)._line(job(1, "items")) == "[ 1 of 12] items  (its script has changed)"


def test_a_failed_step_is_named_by_its_message_and_the_rest_is_silent(handler):
    begun(handler)._line(job(1, "wave", "Reading wave 2024"))
    line = handler._line(Record(event=LogEvent.JOB_ERROR, jobid=1, rule_name="wave"))
    assert line == 'Stopped at the step "Reading wave 2024". Nothing half-written was kept.'
    assert handler._line(Record(event=LogEvent.ERROR, text="RuleException in line 3")) is None


def test_the_exception_of_a_step_that_said_its_error_is_silent(handler):
    assert handler._line(Record(event=LogEvent.ERROR, text="CalledProcessError in file x")) is None


def test_an_error_of_snakemake_itself_is_shown(handler):
    message = "MissingInputException: no rule makes reports/x.csv"
    assert handler._line(Record(event=LogEvent.ERROR, text=message)) == message


def test_the_end_is_told_once_all_is_done(handler):
    assert handler._line(Record(event=LogEvent.PROGRESS, done=3, total=12)) is None
    assert handler._line(Record(event=LogEvent.PROGRESS, done=12, total=12)) == "Done in 0 s."


def test_nothing_to_do_is_told_in_plain_words(handler):
    text = "Nothing to be done (all requested files are present and up to date)."
    assert handler._line(Record(text=text)) == "Nothing to do: every result is up to date."


@pytest.mark.parametrize("text", ["Building DAG of jobs...", "Using shell: /usr/bin/bash", "Complete log(s): x"])
def test_noise_is_not_shown(handler, text):
    assert handler._line(Record(event=None, text=text)) is None


def test_any_other_message_is_shown_and_other_events_are_not(handler):
    assert handler._line(Record(text="A message for people")) == "A message for people"
    assert handler._line(Record(event=LogEvent.SHELLCMD, text="python x.py")) is None
    assert handler._line(Record(event=LogEvent.JOB_FINISHED, text="Finished")) is None


def test_lines_go_to_the_error_stream_so_that_results_can_be_piped(handler, capsys):
    handler.emit(Record(text="A message for people"))
    handler.emit(Record(text="Building DAG of jobs..."))
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "A message for people\n")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("Missing output files: a.csv, b.csv", "not made yet"),
        ("Updated input files: d.py, c.py, b.py, a.py", "changed: a.py, b.py and 2 more"),
        ("Params have changed since last execution: before and after", "the study has changed"),
        (
            "Input files updated by another job: a; Code has changed",
            "an earlier step runs again; its script has changed",
        ),
        ("Something new", "Something new"),
    ],
)
def test_reasons_are_said_in_words(reason, words):
    assert in_words(reason) == words
