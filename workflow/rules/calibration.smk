# Does the engine tell the truth? Not part of a run: `snakemake calibration`.


rule calibration:
    input:
        code=[
            *package("sem"),
            *[f for f in package("synthetic") if f.name == "calibration.py"],
        ],
    output:
        table="reports/calibration/calibration.csv",
        page="docs/calibration.md",
    log:
        "logs/calibration/calibration.log",
    params:
        sizes=[200, 400, 800],
        replications=500,
        seed=2024,
    message:
        "Judging the engine on samples of a known population (about six minutes)"
    script:
        "../scripts/calibration.py"
