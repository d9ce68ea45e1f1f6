# Tables, figures, numbers, the page and the manifest, from tidy tables alone.

from analysis import publish
from analysis.publish import fonts
from analysis.results import TABLES

FURTHER_CHARACTERS = fonts.further_characters(STUDY)
FONT = f"data/processed/fonts/{fonts.file_name(FURTHER_CHARACTERS)}"
ESTIMATES = [
    estimates(name) for name, table in TABLES.items() if table.place == "estimates"
]
TABLE_FILE = reports("tables/{table}_{language}.{format}")
FIGURE_FILE = reports("figures/{{figure}}_{language}.{format}")
TABLE_FILES = expand(
    TABLE_FILE,
    table=publish.TABLES,
    language=publish.LANGUAGES,
    format=publish.TABLE_FORMATS,
)
FIGURE_FILES = expand(
    FIGURE_FILE, language=publish.LANGUAGES, format=publish.FIGURE_FORMATS
)
TOGETHER = reports("submission/tables_{language}.docx")
TABLES_TOGETHER = expand(TOGETHER, language=publish.LANGUAGES)
NUMBERS = [reports(f) for f in ("numbers.json", "numbers.tex", "estimates/README.md")]
MADE = [
    *expand(rules.wave.output, wave=STUDY.waves),
    *rules.respondents.output,
    *rules.imputations.output,
    rules.regression_checks.output.influence,
    *rules.codebook.output,
    f"{LAVAAN}.R",
    f"{LAVAAN}_covariances.csv",
    FONT,
    *ESTIMATES,
    *TABLE_FILES,
    *TABLES_TOGETHER,
    *expand(FIGURE_FILES, figure=publish.FIGURES),
    *NUMBERS,
]
HOUSE = Path(os.path.relpath(workflow.basedir))
PROGRAM = {
    *package("."),
    *(HOUSE / name for name in ("Snakefile", "requirements.lock")),
    *(f for ending in ("smk", "py") for f in HOUSE.glob(f"workflow/*/*.{ending}")),
}


wildcard_constraints:
    figure="|".join(publish.FIGURES),


rule font:
    input:
        code=[f for f in package("publish") if f.name == "fonts.py"],
    output:
        FONT,
    log:
        logs("font"),
    params:
        further=FURTHER_CHARACTERS,
    message:
        "Preparing the Chinese font (once)"
    script:
        "../scripts/font.py"


rule tables:
    input:
        tidy=ESTIMATES,
        code=package("publish", "study"),
    output:
        tables=TABLE_FILES,
        together=TABLES_TOGETHER,
    log:
        logs("tables"),
    params:
        study=STUDY_FILE,
        words=STUDY.words(),
    message:
        "Setting the tables"
    script:
        "../scripts/tables.py"


rule figure:
    input:
        tidy=lambda w: [estimates(t) for t in publish.FIGURES[w.figure]],
        font=FONT,
        code=package("publish", "study"),
    output:
        FIGURE_FILES,
    log:
        logs("figure_{figure}"),
    params:
        study=STUDY_FILE,
        words=STUDY.words(),
    message:
        "Drawing the figure {wildcards.figure}"
    script:
        "../scripts/figure.py"


rule numbers:
    input:
        tidy=ESTIMATES,
        code=package("publish", "study"),
    output:
        json=NUMBERS[0],
        tex=NUMBERS[1],
        dictionary=NUMBERS[2],
    log:
        logs("numbers"),
    params:
        study=STUDY_FILE,
        words=STUDY.words(),
    message:
        "Collecting the numbers of the text, and saying what each table holds"
    script:
        "../scripts/numbers.py"


rule stamp:
    input:
        made=MADE,
        program=sorted(f for f in PROGRAM if f.exists()),
        study=STUDY_FILE,
        asked=[STUDY.codebook_file, *(wave.path for wave in STUDY.waves.values())],
    output:
        reports("stamp.json"),
    log:
        logs("stamp"),
    params:
        words=STUDY.words(),
    message:
        "Noting the versions and the commit that made all this"
    script:
        "../scripts/stamp.py"


rule page:
    input:
        tidy=ESTIMATES,
        numbers=NUMBERS[0],
        stamp=rules.stamp.output[0],
        figures=expand(FIGURE_FILES, figure=publish.FIGURES),
        tables=[*TABLE_FILES, *TABLES_TOGETHER],
        code=package("publish", "study"),
    output:
        reports("index.html"),
    log:
        logs("page"),
    params:
        study=STUDY_FILE,
        words=STUDY.words(),
    message:
        "Writing the page"
    script:
        "../scripts/page.py"


rule manifest:
    input:
        made=MADE,
        program=rules.stamp.input.program,
        study=STUDY_FILE,
        asked=rules.stamp.input.asked,
        stamp=rules.stamp.output[0],
        page=rules.page.output[0],
    output:
        reports("manifest.json"),
    log:
        logs("manifest"),
    params:
        words=STUDY.words(),
    message:
        "Writing the manifest: every input and output with its checksum"
    script:
        "../scripts/manifest.py"
