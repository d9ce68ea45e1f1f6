"""The small command line: check a study, register its raw files, add a wave, draw the synthetic waves anew."""

import argparse
from pathlib import Path

from analysis.errors import plain_errors

DEFAULT = "config/study.yaml"


def main() -> None:
    plain_errors()
    arguments = _parser().parse_args()
    arguments.run(arguments)


def _check(arguments: argparse.Namespace) -> None:
    from analysis import study as studies
    from analysis.survey import registry
    from analysis.survey.waves import clean

    study = studies.load(arguments.study)
    registry.verify(study, arguments.study)
    for wave in study.waves:
        _, ledger = clean(study, wave)
        print(f"Wave {wave}: {len(ledger)} rows, {(ledger['status'] == 'kept').sum()} kept by the screening rules.")
    print(
        f"{arguments.study} is in order: {len(study.constructs)} constructs, {len(study.items)} items, "
        f"{len(study.hypotheses)} hypotheses, {len(study.waves)} waves."
    )


def _register(arguments: argparse.Namespace) -> None:
    from analysis import study as studies
    from analysis.survey import registry

    changed = registry.register(studies.load(arguments.study))
    print("\n".join(f"Registered {file}" for file in changed) or "Every raw file was registered already.")


def _add_wave(arguments: argparse.Namespace) -> None:
    from analysis.survey.adding import add_wave

    print(add_wave(arguments.study, arguments.file, arguments.wave))


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
