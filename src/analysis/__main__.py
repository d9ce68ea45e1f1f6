"""The small command line: start a study from an export, check it, register its raw files, add a wave."""

import argparse
import os
import shlex
import sys
from pathlib import Path

from analysis.errors import UserError, plain_errors

DEFAULT = "config/study.yaml"


def main() -> None:
    plain_errors()
    arguments = _parser().parse_args()
    try:
        arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of the output has seen enough, as in: … | head -1
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


def _check(arguments: argparse.Namespace) -> None:
    from analysis import study as studies
    from analysis.survey import registry
    from analysis.survey.starting import left_to_state
    from analysis.survey.waves import clean

    study = studies.load(arguments.study, draft=True)
    left = left_to_state(arguments.study)
    if not left:
        studies.load(arguments.study)  # refuses a study without a theory
    registry.verify(study, arguments.study)
    faults = []
    for wave in study.waves:
        try:
            ledger = clean(study, wave).ledger
        except UserError as error:
            faults.append(str(error))
            continue
        kept = f", {(ledger['status'] == 'kept').sum()} kept by the screening rules" if study.items else ""
        reasons = ledger.loc[ledger["status"] == "left_out", "reason"].value_counts(sort=False)
        out = f"; left out: {', '.join(f'{n} {reason}' for reason, n in reasons.items())}" if len(reasons) else ""
        print(f"Wave {wave}: {_counted(len(ledger), 'row')}{kept}{out}.")
    if faults:
        raise UserError("\n".join(faults))
    counts = {"construct": study.constructs, "item": study.items, "hypothesis": study.hypotheses, "wave": study.waves}
    found = ", ".join(_counted(len(things), word) for word, things in counts.items())
    if not left:
        print(f"{arguments.study} is in order: {found}.")
        return
    print(f"{arguments.study} fits together so far: {found}. Left to state, in this order:")
    print("\n".join(f"  {n}. {thing}" for n, thing in enumerate(left, start=1)))
    print("Put each right, take its TO STATE away, and run this again.")
    if not any(h.path for h in study.hypotheses.values()):
        raise SystemExit(1)


def _counted(number: int, word: str) -> str:
    """``1 wave``, ``2 waves``, ``0 hypotheses``."""
    plural = f"{word[:-2]}es" if word.endswith("is") else f"{word}s"
    return f"{number} {word if number == 1 else plural}"


def _register(arguments: argparse.Namespace) -> None:
    from analysis import study as studies
    from analysis.survey import registry

    changed = registry.register(studies.load(arguments.study, draft=True))
    print("\n".join(f"Registered {file}" for file in changed) or "Every raw file was registered already.")


def _add_wave(arguments: argparse.Namespace) -> None:
    from analysis.survey.adding import add_wave, propose

    proposal = propose(arguments.study, arguments.file, arguments.wave, arguments.sheet)
    if proposal.faults or proposal.decisions or proposal.copies:
        print(proposal.text())
    if proposal.faults:
        raise SystemExit(f"Nothing was written. {proposal.advice()}")
    if (proposal.decisions or proposal.copies) and not arguments.yes:
        if not sys.stdin.isatty():
            again = shlex.join(["python", "-m", "analysis", *sys.argv[1:], "--yes"])
            raise SystemExit(f"Nothing was written. To add the wave like this:  {again}")
        if _answer("Add this wave? [y/N] ") not in ("y", "yes"):
            raise SystemExit(f"Nothing was written. {proposal.advice()}")
    print(add_wave(proposal))


def _answer(question: str) -> str:
    """What is answered in the terminal; "" where the input ends, as with Ctrl-D."""
    try:
        return input(question).strip().lower()
    except EOFError:
        print()
        return ""


def _start(arguments: argparse.Namespace) -> None:
    from analysis.survey.starting import draft

    drafted = draft(arguments.file, arguments.name, arguments.folder, arguments.sheet)
    drafted.write()
    print(drafted.summary)
    print(f"Wrote {drafted.study_file.as_posix()} and {drafted.codebook_file.as_posix()}")
    print(f"Registered {drafted.raw.as_posix()}")
    print(f"What is left for you to state:  python -m analysis check {shlex.quote(drafted.study_file.as_posix())}")


def _questionnaire(arguments: argparse.Namespace) -> None:
    from analysis import study as studies
    from analysis.publish.questionnaire import questionnaire

    study = studies.load(arguments.study)
    for language in ("en", "zh"):
        path = Path(arguments.folder) / f"questionnaire.{language}.md"
        path.write_text(questionnaire(study, language), encoding="utf-8", newline="\n")
        print(f"Wrote {path}")


def _simulate(arguments: argparse.Namespace) -> None:
    from analysis.synthetic import write_waves

    for path in write_waves(arguments.study, arguments.truth, arguments.folder):
        print(f"Wrote {path}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m analysis", description=__doc__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run, about: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about)
        sub.set_defaults(run=run)
        return sub

    check = command("check", _check, "Is the study file in order, with its codebook and its raw files?")
    check.add_argument("study", nargs="?", default=DEFAULT)

    register = command("register", _register, "Register the raw files as they are now, after a change on purpose.")
    register.add_argument("study", nargs="?", default=DEFAULT)

    add = command("add-wave", _add_wave, "Add an export as a new wave of a study.")
    add.add_argument("file", help="the export, as the survey platform gave it")
    add.add_argument("--wave", required=True, help="its name, such as 2026")
    add.add_argument("--study", default=DEFAULT)
    add.add_argument("--sheet", help="of a workbook: the one that holds the answers")
    add.add_argument("--yes", action="store_true", help="add it as proposed, without asking")

    start = command("start", _start, "Draft a study from an export: a folder to edit.")
    start.add_argument("file", help="the export, as the survey platform gave it")
    start.add_argument("--name", help="of the study; without it that of the file")
    start.add_argument("--folder", help="to be made; without it studies/NAME")
    start.add_argument("--sheet", help="of a workbook: the one that holds the answers")

    words = command("questionnaire", _questionnaire, "Write the questionnaire in both languages from the codebook.")
    words.add_argument("study", nargs="?", default=DEFAULT)
    words.add_argument("--folder", default="docs")

    simulate = command("simulate", _simulate, "Draw the SYNTHETIC waves of the default study from its true values.")
    simulate.add_argument("study", nargs="?", default=DEFAULT)
    simulate.add_argument("--truth", default="data/raw/sme-digitalisation/truth.yaml")
    simulate.add_argument("--folder", default="data/raw/sme-digitalisation")
    return parser


if __name__ == "__main__":
    main()
