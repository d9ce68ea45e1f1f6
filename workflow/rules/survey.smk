# From raw exports to one analysis-ready table, and an account of every raw row.

from analysis.survey import linking

WAVE_TABLES = (
    *("respondents", "left_out", "ledger", "flags"),
    *("crosswalk", "privacy", "screening", "survey_notes"),
)


rule wave:
    input:
        raw=lambda w: STUDY.waves[w.wave].path,
        salt=[linking.salt_path(STUDY)] if STUDY.of_kind("identifier") else [],
        code=package("survey", "study"),
    output:
        **{t: processed(f"waves/{{wave}}/{t}.parquet") for t in WAVE_TABLES},
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
        **{t: of_waves(t) for t in WAVE_TABLES},
        code=package("survey", "study"),
    output:
        **{
            t: estimates(t)
            for t in (
                *("crosswalk", "privacy", "screening", "survey_notes"),
                *("case_flow", "sample", "panel"),
            )
        },
        respondents=processed("respondents.parquet"),
        left_out=processed("left_out.parquet"),
        scores=processed("scores.parquet"),
        controls=processed("controls.parquet"),
        flags=processed("flags.parquet"),
        ledger=processed("ledger.csv"),
    log:
        logs("respondents"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
        score_share=STUDY.missing_data.score_share,
    message:
        "Putting the waves together: answers, scores, ledger, case flow, sample"
    script:
        "../scripts/respondents.py"


rule missing:
    input:
        respondents=processed("respondents.parquet"),
        scores=processed("scores.parquet"),
        flags=processed("flags.parquet"),
        code=package("survey", "sem", "study"),
    output:
        **{
            t: estimates(t)
            for t in (
                *("missing_variables", "missing_cases", "missing_patterns"),
                *("missing_test", "nonresponse"),
            )
        },
    log:
        logs("missing"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
    message:
        "What is missing, is it at random, and do late answers differ from early ones?"
    script:
        "../scripts/missing.py"


rule imputations:
    input:
        scores=processed("scores.parquet"),
        controls=processed("controls.parquet"),
        code=package("survey", "study"),
    output:
        processed("imputations.parquet"),
    log:
        logs("imputations"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
        imputations=STUDY.missing_data.imputations,
        seed=STUDY.seed,
    message:
        "Completing scores and controls by multiple imputation"
    script:
        "../scripts/imputations.py"


rule codebook:
    input:
        respondents=processed("respondents.parquet"),
        code=package("survey", "study"),
    output:
        codebook=processed("codebook.csv"),
        sav=processed("respondents.sav"),
        dta=processed("respondents.dta"),
    log:
        logs("codebook"),
    params:
        study=STUDY_FILE,
        words=STUDY.words(),
    message:
        "Writing the codebook, and the answers for SPSS and Stata"
    script:
        "../scripts/codebook.py"
