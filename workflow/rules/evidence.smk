# What do the estimates say of each hypothesis?


rule verdicts:
    input:
        parameters=estimates("structural_parameters"),
        regressions=estimates("regressions"),
        code=package("evidence", "study"),
    output:
        verdicts=estimates("verdicts"),
    log:
        logs("verdicts"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
    message:
        "A verdict on every hypothesis"
    script:
        "../scripts/verdicts.py"
