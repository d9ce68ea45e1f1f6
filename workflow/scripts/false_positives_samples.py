"""Adapter: samples of a known population, analysed as in a run -> what each rule of verdicts says of them."""

from itertools import product

import pandas as pd

from analysis import results, study
from analysis.errors import plain_errors
from analysis.evidence.verdicts import verdict_methods, verdicts
from analysis.regression.groups import regression_groups
from analysis.regression.hierarchical import hierarchical
from analysis.regression.mediation import mediation
from analysis.regression.moderation import conditional_effects
from analysis.structure import structural
from analysis.structure.effects import structural_effects
from analysis.structure.groups import groups
from analysis.structure.latent_moderation import latent_moderation
from analysis.study.types import METHODS, Verdicts
from analysis.survey import waves
from analysis.synthetic import false_positives, load_truth


def estimates(respondents, described):
    """The tables that verdicts read, each by the function that makes it in a run."""
    scores, controls = waves.scores(respondents, described), waves.controls(respondents, described)
    data, reduced, usable, left_out = structural.prepare(respondents, controls, described)
    fits, why_not = structural.estimate(data, reduced, usable, ("ML", "MLR"))
    # Loadings are equal in this population: no ladder is climbed, and none is free
    ladder = [pd.DataFrame(columns=list(results.TABLES[t].columns)) for t in ("invariance", "invariance_freed")]
    regressions, regression_fit = hierarchical(scores, controls, respondents, described)
    return {
        "structural_parameters": structural.parameters(fits),
        "structural_notes": structural.notes(fits, why_not, described, usable, left_out),
        "structural_effects": structural_effects(fits.get("ML"), why_not.get("ML", ""), described, left_out),
        "latent_moderation": latent_moderation(respondents, controls, described)["latent_moderation"],
        "group_differences": groups(respondents, controls, *ladder, described)["group_differences"],
        "regressions": regressions,
        "regression_fit": regression_fit,
        "regression_effects": mediation(scores, controls, described),
        "conditional_effects": conditional_effects(scores, controls, described),
        "regression_groups": regression_groups(scores, controls, respondents, described),
    }


def words(tables, described):
    """What is said under each rule: expected signs or none, every correction, each method alone and both together."""
    free = {name: h.model_copy(update={"expect": "either"}) for name, h in described.hypotheses.items()}
    for (expect, claims), correction in product(
        {"study": described.hypotheses, "either": free}.items(), ("none", "holm", "bh")
    ):
        rule = Verdicts(decided_by=METHODS, correction=correction)
        asked = described.model_copy(update={"hypotheses": claims, "verdicts": rule})
        methods = verdict_methods(tables, asked)
        together = verdicts(methods, asked).assign(method=false_positives.BOTH).rename(columns={"verdict": "word"})
        said = [methods.rename(columns={"says": "word"}), together]
        said = pd.concat([table[["method", "hypothesis", "word"]] for table in said]).rename(columns={"method": "by"})
        yield said.assign(expect=expect, correction=correction)


plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
settings = false_positives.Settings(**snakemake.params.settings)
sample, batch = snakemake.wildcards.sample, int(snakemake.wildcards.batch)
truth = false_positives.population(load_truth(snakemake.input.truth, described), described, sample, settings.firms)
found = []
for replication in range(batch * snakemake.params.size, (batch + 1) * snakemake.params.size):
    seed = false_positives.seed_of(settings, sample, replication)
    drawn = false_positives.draw(truth, described, seed)
    asked = described.model_copy(update={"draws": settings.draws, "seed": seed})
    said = words(estimates(drawn, asked), asked)
    found += [table.assign(sample=sample, replication=replication) for table in said]
table = pd.concat(found)[list(false_positives.COLUMNS)]
table.to_csv(snakemake.output[0], index=False, lineterminator="\n")
