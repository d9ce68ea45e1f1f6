"""From raw waves to a paper: `snakemake`, or `snakemake --config study=examples/<name>/study.yaml` for another study."""


include: "workflow/rules/common.smk"
include: "workflow/rules/survey.smk"
include: "workflow/rules/measurement.smk"
include: "workflow/rules/regression.smk"
include: "workflow/rules/structure.smk"
include: "workflow/rules/evidence.smk"
include: "workflow/rules/publish.smk"
include: "workflow/rules/calibration.smk"


rule all:
    default_target: True
    input:
        report("index.html"),
        report("manifest.json"),


onsuccess:
    print(f"\nOpen {report('index.html')}")
