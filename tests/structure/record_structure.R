# Records what lavaan says of the corporate reputation data: other estimators, rival structures, the bootstrap.
#   python tests/structure/reputation.py answers.csv
#   Rscript tests/structure/record_structure.R answers.csv tests/structure/structure.json
# lavaan 0.6-14, boot 1.3-28

suppressMessages(library(lavaan))
arguments <- commandArgs(trailingOnly = TRUE)
all_rows <- read.csv(arguments[1])
data <- na.omit(all_rows)

measured <- "
competence =~ comp_1 + comp_2 + comp_3
likeability =~ like_1 + like_2 + like_3
loyalty =~ cusl_1 + cusl_2 + cusl_3
"
structures <- c(
  study = "cusa ~ a1*competence + a2*likeability\nloyalty ~ c1*competence + c2*likeability + b*cusa",
  correlated = "cusa ~~ competence + likeability + loyalty\ncusa ~~ cusa",
  full = "cusa ~ competence + likeability\nloyalty ~ cusa",
  none = "cusa ~ competence + likeability\nloyalty ~ competence + likeability\nloyalty ~~ 0*cusa",
  reversed = "cusa ~ competence + likeability + loyalty\nloyalty ~ competence + likeability"
)
fits <- lapply(structures, function(s) sem(paste0(measured, s), data, estimator = "MLR"))
rivals <- lapply(fits, function(f) {
  measures <- as.list(fitMeasures(f, c("npar", "chisq.scaled", "df", "cfi.robust", "rmsea.robust", "srmr", "aic", "bic")))
  if (measures$df == fitMeasures(fits$study, "df")) return(measures)
  test <- lavTestLRT(fits$study, f)
  c(measures, list(chisq_diff = test[2, "Chisq diff"], df_diff = test[2, "Df diff"], pvalue_diff = test[2, "Pr(>Chisq)"]))
})

paths <- function(f) {
  found <- standardizedSolution(f)
  found[found$op == "~", "est.std"]
}
items <- c(paste0("comp_", 1:3), paste0("like_", 1:3), "cusa", paste0("cusl_", 1:3))
text <- paste0(measured, structures["study"])
others <- list(
  FIML = paths(sem(text, all_rows, estimator = "MLR", missing = "ml")),
  WLSMV = paths(sem(text, data, estimator = "WLSMV", ordered = items))
)

# The effects, and their bootstrap by boot; the jackknife for BCa
effects <- function(f) {
  e <- coef(f)
  indirect <- c(e[["a1"]], e[["a2"]]) * e[["b"]]
  direct <- c(e[["c1"]], e[["c2"]])
  unname(c(indirect, direct + indirect, indirect[2] / (direct[2] + indirect[2]), indirect[1] - indirect[2]))
}
ml <- sem(text, data)
refit <- function(d, rows) {
  f <- tryCatch(sem(text, d[rows, ], start = ml, se = "none", test = "none", baseline = FALSE), error = function(e) NULL)
  if (is.null(f) || !lavInspect(f, "converged")) rep(NA, 6) else effects(f)
}
set.seed(1)
draws <- boot::boot(data, refit, R = 2000)
names <- c("H6", "H7", "total_competence", "total_likeability", "share_likeability", "contrast")
bootstrap <- lapply(seq_along(names), function(k) {
  L <- boot::empinf(draws, index = k, type = "jack")
  ends <- boot::boot.ci(draws, index = k, type = c("perc", "bca"), L = L)
  list(est = draws$t0[k], se = sd(draws$t[, k]), perc = ends$percent[4:5], bca = ends$bca[4:5])
})
names(bootstrap) <- names
answer <- list(rivals = rivals, others = others, bootstrap = bootstrap)
writeLines(jsonlite::toJSON(answer, digits = NA, auto_unbox = TRUE, pretty = TRUE), arguments[2])
