# What do the estimates say of each hypothesis?


rule verdicts:
    input:
        parameters=estimates("structural_parameters"),
        notes=estimates("structural_notes"),
        regressions=estimates("regressions"),
        code=package("evidence", "study"),
    output:
        verdicts=estimates("verdicts"),
    log:
        logs("verdicts"),
    params:
        study=STUDY_FILE,
        claims=STUDY.claims(),
    message:
        "A verdict on every hypothesis"
    script:
        "../scripts/verdicts.py"
