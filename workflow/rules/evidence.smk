# What do the estimates say of each hypothesis?

from analysis.evidence.verdicts import SOURCES


rule verdicts:
    input:
        **{t: estimates(t) for t in SOURCES},
        code=package("evidence", "study"),
    output:
        **{t: estimates(t) for t in ("verdict_methods", "verdicts")},
    log:
        logs("verdicts"),
    params:
        study=STUDY_FILE,
        claims=STUDY.claims(),
    message:
        "A verdict on every hypothesis"
    script:
        "../scripts/verdicts.py"
