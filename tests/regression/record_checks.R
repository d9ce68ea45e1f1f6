# Records what R says of the last model of the firms of firms.py: errors of every kind, f², diagnostics, group slopes.
#   python tests/regression/firms.py firms.csv
#   Rscript tests/regression/record_checks.R firms.csv tests/regression/checks.json
# sandwich 3.0-2, lmtest 0.9-40, car 3.1-1, tseries 0.10-53

arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1])
data$town <- (seq_len(nrow(data)) - 1) %/% 6
data$region <- factor(1 + data$region_2 + 2 * data$region_3)
data <- na.omit(data)
data$effort <- data$effort - mean(data$effort)
data$luck <- data$luck - mean(data$luck)
data$product <- data$effort * data$luck
terms <- c("age", "region_2", "region_3", "effort", "luck", "skill", "product")
fit <- lm(reformulate(terms, "profit"), data)

errors <- function(vcov, df) {
  table <- unclass(lmtest::coeftest(fit, vcov. = vcov, df = df))
  interval <- lmtest::coefci(fit, vcov. = vcov, df = df)
  data.frame(
    term = rownames(table), b = table[, 1], se = table[, 2], t = table[, 3], pvalue = table[, 4],
    ci_lower = interval[, 1], ci_upper = interval[, 2], df = df, row.names = NULL
  )
}
towns <- length(unique(data$town))
by_town <- sandwich::vcovCL(fit, cluster = data$town, type = "HC1")
by_region <- sandwich::vcovCL(fit, cluster = data$region, type = "HC1")
wald <- function(tested) {
  found <- car::linearHypothesis(fit, tested, vcov. = by_town, test = "F", error.df = towns - 1)
  list(f = found$F[2], pvalue = found$`Pr(>F)`[2])
}
r2 <- function(terms) summary(lm(reformulate(terms, "profit"), data))$r.squared

bp <- lmtest::bptest(fit)
reset <- lmtest::resettest(fit, power = 2:3, type = "fitted")
jb <- tseries::jarque.bera.test(residuals(fit))
outlier <- car::outlierTest(fit, cutoff = Inf, n.max = 1)

predictors <- c("effort", "luck", "skill")
data[predictors] <- scale(data[predictors], scale = FALSE)
whole <- lm(profit ~ age + region + (effort + luck + skill) * region, data)
hc3 <- function(model) sandwich::vcovHC(model, type = "HC3")
groups <- function(smaller) {
  found <- lmtest::waldtest(update(whole, smaller), whole, vcov = hc3(whole))
  list(f = found$F[2], df = found$Df[2], df2 = found$Res.Df[2], pvalue = found$`Pr(>F)`[2])
}
level <- car::linearHypothesis(whole, c("region2", "region3"), vcov. = hc3(whole), test = "F")
tests <- list(
  all = groups(. ~ . - region:effort - region:luck - region:skill),
  effort = groups(. ~ . - region:effort), luck = groups(. ~ . - region:luck), skill = groups(. ~ . - region:skill),
  group = list(f = level$F[2], df = level$Df[2], df2 = level$Res.Df[2], pvalue = level$`Pr(>F)`[2])
)
single <- sapply(tests[predictors], function(test) test$pvalue)

answers <- list(
  errors = list(
    classical = errors(vcov(fit), df.residual(fit)),
    HC3 = errors(hc3(fit), df.residual(fit)),
    firm = errors(by_town, towns - 1),
    region = errors(by_region, 2)
  ),
  firm_f = list(whole = wald(terms), last = wald("product"), r2 = summary(fit)$r.squared),
  f2 = as.list(sapply(terms, function(term) (r2(terms) - r2(setdiff(terms, term))) / (1 - r2(terms)))),
  block_f2 = (r2(terms[1:5]) - r2(terms[1:3])) / (1 - r2(terms[1:5])),
  checks = list(
    `Breusch-Pagan` = list(statistic = unname(bp$statistic), df = unname(bp$parameter), pvalue = unname(bp$p.value)),
    RESET = list(
      statistic = unname(reset$statistic), df = unname(reset$parameter[1]), df2 = unname(reset$parameter[2]),
      pvalue = unname(reset$p.value)
    ),
    `Jarque-Bera` = list(statistic = unname(jb$statistic), df = unname(jb$parameter), pvalue = unname(jb$p.value)),
    outliers = list(
      statistic = abs(unname(outlier$rstudent)), pvalue = min(1, unname(outlier$p) * nobs(fit)),
      df = df.residual(fit) - 1, threshold = qt(1 - 0.05 / (2 * nobs(fit)), df.residual(fit) - 1)
    )
  ),
  influence = data.frame(
    residual = unname(rstudent(fit)), leverage = unname(hatvalues(fit)), cooks = unname(cooks.distance(fit))
  ),
  groups = tests,
  holm = as.list(p.adjust(single, "holm")), bh = as.list(p.adjust(single, "BH"))
)
writeLines(jsonlite::toJSON(answers, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), arguments[2])
