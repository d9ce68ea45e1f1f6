# What goes with what, on scores?


rule regression:
    input:
        scores=processed("scores.parquet"),
        controls=processed("controls.parquet"),
        code=package("regression", "study"),
    output:
        regressions=estimates("regressions"),
        fit=estimates("regression_fit"),
    log:
        logs("regression"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
    message:
        "Regressing every outcome on controls, antecedents, mediators and interactions"
    script:
        "../scripts/regression.py"
