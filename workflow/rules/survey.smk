# From raw exports to one analysis-ready table, and the ledger of every raw row.


rule wave:
    input:
        raw=lambda w: STUDY.waves[w.wave].path,
        code=package("survey", "study"),
    output:
        respondents=processed("waves/{wave}.parquet"),
        ledger=processed("waves/{wave}.ledger.csv"),
    log:
        logs("wave_{wave}"),
    params:
        study=STUDY_FILE,
        asked=lambda w: STUDY.asked(w.wave),
    message:
        "Reading, checking and screening wave {wildcards.wave}"
    script:
        "../scripts/wave.py"


rule respondents:
    input:
        waves=expand(processed("waves/{wave}.parquet"), wave=STUDY.waves),
        ledgers=expand(processed("waves/{wave}.ledger.csv"), wave=STUDY.waves),
        code=package("survey", "study"),
    output:
        respondents=processed("respondents.parquet"),
        scores=processed("scores.parquet"),
        controls=processed("controls.parquet"),
        ledger=processed("ledger.csv"),
        case_flow=estimates("case_flow"),
        sample=estimates("sample"),
    log:
        logs("respondents"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
    message:
        "Putting the waves together: answers, scores, ledger, case flow, sample"
    script:
        "../scripts/respondents.py"
