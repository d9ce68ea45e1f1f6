# Tables, figures, numbers, the page and the manifest, from tidy tables alone.

from analysis import publish
from analysis.publish import fonts
from analysis.results import TABLES

FURTHER_CHARACTERS = fonts.further_characters(STUDY)
FONT = f"data/processed/fonts/{fonts.file_name(FURTHER_CHARACTERS)}"
ESTIMATES = [
    estimates(name)
    for name in TABLES
    if name not in ("ledger", "respondents", "scores", "controls")
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
        tidy=lambda w: [
            processed("scores.parquet") if t == "scores" else estimates(t)
            for t in publish.FIGURES[w.figure]
        ],
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
        json=reports("numbers.json"),
        tex=reports("numbers.tex"),
    log:
        logs("numbers"),
    params:
        study=STUDY_FILE,
        words=STUDY.words(),
    message:
        "Collecting the numbers of the text"
    script:
        "../scripts/numbers.py"


rule page:
    input:
        tidy=[*ESTIMATES, processed("scores.parquet")],
        numbers=reports("numbers.json"),
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
        report=[
            *ESTIMATES,
            *TABLE_FILES,
            *TABLES_TOGETHER,
            *expand(FIGURE_FILES, figure=publish.FIGURES),
            *expand(
                reports("{name}"), name=["numbers.json", "numbers.tex", "index.html"]
            ),
            *expand(
                processed("{name}"),
                name=["respondents.parquet", "scores.parquet", "ledger.csv"],
            ),
        ],
        study=[STUDY_FILE, *(wave.path for wave in STUDY.waves.values())],
        code=package("."),
    output:
        reports("manifest.json"),
    log:
        logs("manifest"),
    params:
        study=STUDY_FILE,
        words=STUDY.words(),
        lock=[f for f in ("requirements.lock",) if Path(f).exists()],
    message:
        "Writing the manifest: every input and output with its checksum"
    script:
        "../scripts/manifest.py"
