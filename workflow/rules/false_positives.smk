# How often does the rule of verdicts support what is not there? Not part of a run: `snakemake false_positives`.

BATCH = 10  # samples a job
BATCHES = {"zero": 30, "returning": 3, "effects": 4}
DRAWN = dict(firms=350, draws=500, seed=2026)
TRUTH = f"data/raw/{STUDY.name}/truth.yaml"


rule false_positives_samples:
    input:
        truth=TRUTH,
        code=[
            *package("survey", "regression", "structure", "evidence", "sem", "study"),
            *[f for f in package("synthetic") if f.name != "calibration.py"],
        ],
    output:
        "reports/false-positives/{sample}/{batch}.csv",
    log:
        "logs/false-positives/{sample}_{batch}.log",
    wildcard_constraints:
        sample="|".join(BATCHES),
        batch="[0-9]+",
    params:
        study=STUDY_FILE,
        claims=STUDY.claims(),
        errors=STUDY.standard_errors,
        score_share=STUDY.missing_data.score_share,
        settings=DRAWN,
        size=BATCH,
    message:
        "Judging samples of a known population ({wildcards.sample}, {wildcards.batch})"
    script:
        "../scripts/false_positives_samples.py"


rule false_positives:
    input:
        truth=TRUTH,
        words=[
            f"reports/false-positives/{sample}/{batch}.csv"
            for sample, batches in BATCHES.items()
            for batch in range(batches)
        ],
        code=[f for f in package("synthetic") if f.name == "false_positives.py"],
    output:
        shares="reports/false-positives/shares.csv",
        page="docs/false-positives.md",
    log:
        "logs/false-positives/false_positives.log",
    params:
        study=STUDY_FILE,
        settings=DRAWN,
    message:
        "Counting the verdicts on samples of a known population"
    script:
        "../scripts/false_positives.py"
