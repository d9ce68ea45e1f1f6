"""From raw waves to a paper: `snakemake`, or `snakemake --config study=examples/<name>/study.yaml` for another study."""


include: "workflow/rules/common.smk"
include: "workflow/rules/survey.smk"
include: "workflow/rules/measurement.smk"
include: "workflow/rules/regression.smk"
include: "workflow/rules/structure.smk"
include: "workflow/rules/evidence.smk"
include: "workflow/rules/publish.smk"
include: "workflow/rules/calibration.smk"
include: "workflow/rules/false_positives.smk"


rule all:
    default_target: True
    input:
        MADE,
        reports("stamp.json"),
        reports("index.html"),
        reports("manifest.json"),


onsuccess:
    if Path(reports("index.html")).exists():
        print(f"\nOpen {reports('index.html')}")
