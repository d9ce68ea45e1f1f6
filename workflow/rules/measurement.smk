# Does the instrument measure?


rule items:
    input:
        respondents=processed("respondents.parquet"),
        scores=processed("scores.parquet"),
        code=package("measurement", "study"),
    output:
        [
            estimates(t)
            for t in ("items", "wave_means", "normality", "outliers", "covariances")
        ],
    log:
        logs("items"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
    message:
        "What does each item look like, and each wave?"
    script:
        "../scripts/items.py"


rule factors:
    input:
        respondents=processed("respondents.parquet"),
        scores=processed("scores.parquet"),
        code=package("measurement", "sem", "study"),
    output:
        **{
            t: estimates(t)
            for t in (
                *("factorability", "factor_numbers", "efa"),
                *("htmt", "cross_loadings"),
            )
        },
    log:
        logs("factors"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
        seed=STUDY.seed,
        draws=STUDY.draws,
    message:
        "How many factors do the answers show, and do items belong where they are put?"
    script:
        "../scripts/factors.py"


rule measurement:
    input:
        respondents=processed("respondents.parquet"),
        scores=processed("scores.parquet"),
        code=package("measurement", "sem", "study"),
    output:
        **{
            t: estimates(t)
            for t in (
                *("measurement_fit", "measurement_notes", "loadings"),
                *("reliability", "correlations", "fornell_larcker"),
                *("constrained_correlations", "local_fit", "modification"),
                "respecifications",
            )
        },
    log:
        logs("measurement"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
        significance=STUDY.significance,
    message:
        "Does the instrument measure? CFA, reliability, validity, local fit"
    script:
        "../scripts/measurement.py"


rule rivals:
    input:
        respondents=processed("respondents.parquet"),
        code=package("measurement", "sem", "study"),
    output:
        estimates("rival_models"),
    log:
        logs("rivals"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
    message:
        "Would another measurement model do better?"
    script:
        "../scripts/rivals.py"


rule method_bias:
    input:
        respondents=processed("respondents.parquet"),
        scores=processed("scores.parquet"),
        code=package("measurement", "sem", "study"),
    output:
        **{t: estimates(t) for t in ("harman", "method_models", "method_correlations")},
    log:
        logs("method_bias"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
        significance=STUDY.significance,
    message:
        "Is it the method that the answers share?"
    script:
        "../scripts/method_bias.py"


rule invariance:
    input:
        respondents=processed("respondents.parquet"),
        code=package("measurement", "sem", "study"),
    output:
        **{t: estimates(t) for t in ("invariance", "invariance_freed", "latent_means")},
    log:
        logs("invariance"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
        asked=[STUDY.asked(wave) for wave in STUDY.waves],
    message:
        "Does the instrument measure the same in every wave and group?"
    script:
        "../scripts/invariance.py"
