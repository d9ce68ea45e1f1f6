# Does the instrument measure?


rule items:
    input:
        respondents=processed("respondents.parquet"),
        scores=processed("scores.parquet"),
        code=package("measurement", "study"),
    output:
        estimates("items"),
        wave_means=estimates("wave_means"),
    log:
        logs("items"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
    message:
        "What does each item look like, and each wave?"
    script:
        "../scripts/items.py"


rule measurement:
    input:
        respondents=processed("respondents.parquet"),
        scores=processed("scores.parquet"),
        code=package("measurement", "sem", "study"),
    output:
        fit=estimates("measurement_fit"),
        notes=estimates("measurement_notes"),
        loadings=estimates("loadings"),
        reliability=estimates("reliability"),
        correlations=estimates("correlations"),
    log:
        logs("measurement"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
    message:
        "Does the instrument measure? CFA, reliability, correlations"
    script:
        "../scripts/measurement.py"
