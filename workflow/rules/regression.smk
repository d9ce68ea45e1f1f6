# What goes with what, on scores?


rule regression:
    input:
        scores=processed("scores.parquet"),
        controls=processed("controls.parquet"),
        respondents=processed("respondents.parquet"),
        code=package("regression", "study"),
    output:
        regressions=estimates("regressions"),
        fit=estimates("regression_fit"),
    log:
        logs("regression"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
        errors=STUDY.standard_errors,
    message:
        "Regressing every outcome on controls, antecedents, mediators and interactions"
    script:
        "../scripts/regression.py"


rule regression_checks:
    input:
        scores=processed("scores.parquet"),
        controls=processed("controls.parquet"),
        respondents=processed("respondents.parquet"),
        code=package("regression", "study"),
    output:
        errors=estimates("regression_errors"),
        diagnostics=estimates("regression_diagnostics"),
        influence=processed("influence.parquet"),
        groups=estimates("regression_groups"),
    log:
        logs("regression_checks"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
        errors=STUDY.standard_errors,
        significance=STUDY.significance,
    message:
        "Do the regressions hold under other errors, keep what they assume, differ between groups?"
    script:
        "../scripts/regression_checks.py"


rule regressions_imputed:
    input:
        imputations=processed("imputations.parquet"),
        respondents=processed("respondents.parquet"),
        code=package("regression", "study"),
    output:
        estimates("regressions_imputed"),
    log:
        logs("regressions_imputed"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
        errors=STUDY.standard_errors,
    message:
        "Pooling the regressions over the completed data sets"
    script:
        "../scripts/regressions_imputed.py"


rule regression_effects:
    input:
        scores=processed("scores.parquet"),
        controls=processed("controls.parquet"),
        code=package("regression", "sem", "study"),
    output:
        estimates("regression_effects"),
    log:
        logs("regression_effects"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
        draws=STUDY.draws,
        seed=STUDY.seed,
    message:
        "What goes over mediators, on scores? Direct, indirect and total effects"
    script:
        "../scripts/regression_effects.py"


rule moderation:
    input:
        scores=processed("scores.parquet"),
        controls=processed("controls.parquet"),
        respondents=processed("respondents.parquet"),
        code=package("regression", "sem", "study"),
    output:
        **{
            t: estimates(t)
            for t in ("simple_slopes", "johnson_neyman", "conditional_effects")
        },
    log:
        logs("moderation"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
        errors=STUDY.standard_errors,
        significance=STUDY.significance,
        draws=STUDY.draws,
        seed=STUDY.seed,
    message:
        "At which values of its moderator does an effect hold?"
    script:
        "../scripts/moderation.py"
