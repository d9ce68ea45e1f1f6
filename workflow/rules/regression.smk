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


rule regressions_imputed:
    input:
        imputations=processed("imputations.parquet"),
        code=package("regression", "study"),
    output:
        estimates("regressions_imputed"),
    log:
        logs("regressions_imputed"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
    message:
        "Pooling the regressions over the completed data sets"
    script:
        "../scripts/regressions_imputed.py"
