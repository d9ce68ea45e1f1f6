# Does the theory hold as a whole?


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
        second_opinions=estimates("second_opinions"),
    log:
        logs("structure"),
    params:
        study=STUDY_FILE,
        theory=STUDY.theory(),
    message:
        "Estimating the structural model, and asking semopy and PLS for second opinions"
    script:
        "../scripts/structure.py"
