"""What runs again after a change: what depends on it, all of that, and nothing else."""

PUBLISH = ("table", "figure", "page")
ESTIMATION = ("Reading", "Regressing", "Estimating", "CFA", "each item", "verdict on every")


def test_a_second_run_does_nothing(finished):
    assert "Nothing to do" in finished.planned()


def test_what_has_been_deleted_is_made_again(copied):
    for name in ("tables/hypotheses_en.docx", "figures/effects_zh.svg", "estimates/verdicts.csv"):
        (copied.folder / "reports/sme-digitalisation" / name).unlink()
    plan = copied.planned()
    assert all(word in plan for word in ("Setting the tables", "Drawing the figure effects", "verdict on every")), plan
    assert "Estimating" not in plan


def test_a_changed_label_draws_and_renders_again_and_estimates_nothing(copied):
    copied.edit("config/study.yaml", lambda text: text.replace("zh: 组织韧性", "zh: 组织的韧性"))
    copied.edit("config/codebook.csv", lambda text: text.replace("Firm size", "Size of the firm"))
    plan = copied.planned()
    assert all(word in plan.lower() for word in PUBLISH), plan
    assert [word for word in ESTIMATION if word in plan] == []


def test_an_edited_regression_module_reruns_regression_and_what_depends_on_it_but_not_sem(copied):
    copied.edit("src/analysis/regression/hierarchical.py", lambda text: text + "\n# an edit\n")
    plan = copied.planned()
    assert all(word in plan for word in ("Regressing", "verdict on every")), plan
    assert [word for word in ("Reading", "Estimating", "CFA") if word in plan] == []


def test_a_changed_hypothesis_estimates_again_and_reads_no_wave(copied):
    copied.edit("config/study.yaml", lambda text: text.replace("H9: ", "H99: "))
    plan = copied.planned()
    assert all(word in plan for word in ("Regressing", "Estimating", "verdict on every")), plan
    assert "Reading" not in plan


def steps(plan: str) -> set[str]:
    """Which of the steps that the survey stage begins a dry run names."""
    words = {
        "waves": "Reading, checking and screening",
        "together": "Putting the waves together",
        "imputations": "Completing scores",
        "pooled": "Pooling the regressions",
        "codebook": "Writing the codebook",
        "regressions": "Regressing",
        "models": "Estimating",
    }
    return {step for step, text in words.items() if text in plan}


def test_a_changed_rule_of_screening_reads_every_wave_again(copied):
    copied.edit("config/study.yaml", lambda text: text.replace("longest_run: 20 ", "longest_run: 21 "))
    assert {"waves", "together", "imputations", "regressions", "models"} <= steps(copied.planned())


def test_another_seed_imputes_again_and_reads_nothing(copied):
    copied.edit("config/study.yaml", lambda text: text.replace("seed: 20240229", "seed: 20240301"))
    assert steps(copied.planned()) & {"waves", "together", "imputations", "pooled", "regressions"} == {
        "imputations",
        "pooled",
    }


def test_another_number_of_imputations_imputes_and_pools_again_and_no_more(copied):
    copied.edit("config/study.yaml", lambda text: text.replace("imputations: 20 ", "imputations: 3 "))
    assert steps(copied.planned()) & {"waves", "together", "imputations", "pooled", "regressions", "models"} == {
        "imputations",
        "pooled",
    }


def test_another_share_of_items_makes_the_scores_again_and_reads_no_wave(copied):
    copied.edit("config/study.yaml", lambda text: text.replace("score_share: 0.5 ", "score_share: 0.6 "))
    found = steps(copied.planned())
    assert {"together", "imputations", "regressions"} <= found and "waves" not in found


def test_another_salt_hashes_again(copied):
    salt = copied.folder / "data/raw/sme-digitalisation/SALT"
    salt.write_text("0" * 64 + "\n", encoding="utf-8")
    refused = copied.snakemake("--dry-run")
    assert refused.returncode == 1 and "SALT has changed since it was registered" in refused.stderr
    assert copied.run("analysis", "register").returncode == 0
    assert {"waves", "together"} <= steps(copied.planned())


def test_a_label_of_the_codebook_writes_the_codebook_again_and_reads_no_wave(copied):
    copied.edit("config/codebook.csv", lambda text: text.replace("Firm size", "Size of the firm"))
    assert steps(copied.planned()) & {"waves", "together", "codebook", "imputations", "regressions"} == {"codebook"}


def test_an_edit_of_how_text_is_read_reads_the_waves_again(copied):
    copied.edit("src/analysis/files.py", lambda text: text + "\n# an edit\n")
    assert "waves" in steps(copied.planned())


def test_an_edited_raw_file_is_refused_until_it_is_registered_again(copied):
    raw = copied.folder / "data/raw/sme-digitalisation/wave_2025.csv"
    raw.write_bytes(raw.read_bytes().replace(b"Strongly agree", b"Agree", 1))
    before = copied.state()
    refused = copied.snakemake()
    assert refused.returncode == 1
    assert "wave_2025.csv has changed since it was registered" in refused.stderr
    assert "python -m analysis register config/study.yaml" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert copied.state() == before

    assert copied.run("analysis", "register", "config/study.yaml").returncode == 0
    plan = copied.planned()
    assert "Reading, checking and screening wave 2025" in plan
    assert "wave 2023" not in plan.split("Putting the waves together")[0]


def test_a_new_wave_needs_one_command(copied):
    raw = copied.folder / "data/raw/sme-digitalisation/wave_2025.csv"
    export = copied.folder / "export 2026.csv"
    export.write_bytes(raw.read_bytes().replace(b"Neutral", b"Neither agree nor disagree"))
    added = copied.run("analysis", "add-wave", export.name, "--wave", "2026", "--yes")
    assert added.returncode == 0, added.stderr
    plan = copied.planned()
    assert "screening wave 2026" in plan and "screening wave 2023" not in plan
