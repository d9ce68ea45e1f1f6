# Does the theory hold as a whole?

LAVAAN = reports("submission/lavaan/structural_model")


rule structure:
    input:
        respondents=processed("respondents.parquet"),
        controls=processed("controls.parquet"),
        code=package("structure", "sem", "study"),
    output:
        parameters=estimates("structural_parameters"),
        fit=estimates("structural_fit"),
        notes=estimates("structural_notes"),
        r2=estimates("structural_r2"),
    log:
        logs("structure"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
    message:
        "Estimating the structural model, by ML, MLR, WLSMV and FIML"
    script:
        "../scripts/structure.py"


rule structural_effects:
    input:
        respondents=processed("respondents.parquet"),
        controls=processed("controls.parquet"),
        code=package("structure", "sem", "study"),
    output:
        estimates("structural_effects"),
    log:
        logs("structural_effects"),
    threads: 2
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
        draws=STUDY.draws,
        seed=STUDY.seed,
    message:
        "What goes over mediators? Direct, indirect and total effects in {params.draws} draws"
    script:
        "../scripts/structural_effects.py"


rule structural_rivals:
    input:
        respondents=processed("respondents.parquet"),
        controls=processed("controls.parquet"),
        code=package("structure", "sem", "study"),
    output:
        **{
            t: estimates(t)
            for t in ("structural_rivals", "controls_out", "dimension_paths")
        },
    log:
        logs("structural_rivals"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
    message:
        "Would another structure do better, and what do controls and dimensions tell?"
    script:
        "../scripts/structural_rivals.py"


rule second_opinions:
    input:
        respondents=processed("respondents.parquet"),
        controls=processed("controls.parquet"),
        parameters=estimates("structural_parameters"),
        fit=estimates("structural_fit"),
        notes=estimates("structural_notes"),
        code=package("structure", "sem", "study"),
    output:
        second_opinions=estimates("second_opinions"),
        agreement=estimates("agreement"),
        script=f"{LAVAAN}.R",
        covariances=f"{LAVAAN}_covariances.csv",
    log:
        logs("second_opinions"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
    message:
        "Asking semopy, PLS and, if it is there, lavaan for second opinions"
    script:
        "../scripts/second_opinions.py"


rule latent_moderation:
    input:
        respondents=processed("respondents.parquet"),
        controls=processed("controls.parquet"),
        code=package("structure", "sem", "study"),
    output:
        **{
            t: estimates(t)
            for t in ("latent_moderation", "latent_moderation_fit", "latent_slopes")
        },
    log:
        logs("latent_moderation"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
    message:
        "Who bends which path, errors of measurement taken out? Latent products"
    script:
        "../scripts/latent_moderation.py"


rule groups:
    input:
        respondents=processed("respondents.parquet"),
        controls=processed("controls.parquet"),
        invariance=estimates("invariance"),
        invariance_freed=estimates("invariance_freed"),
        code=package("structure", "sem", "study"),
    output:
        **{
            t: estimates(t)
            for t in ("group_paths", "group_differences", "group_contrasts")
        },
    log:
        logs("groups"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
    message:
        "Do the paths differ between waves and groups?"
    script:
        "../scripts/groups.py"
