# Records what R says of the customers of mobile.py: psych::alpha, psych::mardia, mahalanobis, cov and cor.test, lavCor,
# semTools, and lavaan's delta method.
#   python tests/measurement/reliability/mobile.py mobile.csv
#   Rscript tests/measurement/reliability/record.R mobile.csv tests/measurement/reliability/recorded.json
# psych 2.2.9, lavaan 0.6-14, semTools 0.5-6

suppressMessages({ library(lavaan); library(semTools) })
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1])
scales <- list(
  stress = c("st1", "st2", "st3"), support = c("ho1", "ho2", "of1", "of2"), home = c("ho1", "ho2"),
  office = c("of1", "of2"), output = c("ou1", "ou2", "ou3")
)
items <- c("st1", "st2", "st3", "ho1", "ho2", "of1", "of2", "mo1", "ou1", "ou2", "ou3")

alphas <- lapply(scales, function(names) {
  x <- data[names]
  found <- suppressWarnings(psych::alpha(x, warnings = FALSE))
  rho <- unclass(lavCor(x, ordered = names))
  psychs <- suppressWarnings(psych::polychoric(x, correct = 0, max.cat = 10)$rho)
  list(
    raw = found$total$raw_alpha, std = found$total$std.alpha, r_drop = found$item.stats$r.drop,
    dropped = if (length(names) > 2) found$alpha.drop$raw_alpha,
    ordinal = suppressWarnings(psych::alpha(rho, warnings = FALSE))$total$raw_alpha,
    ordinal_psych = suppressWarnings(psych::alpha(psychs, warnings = FALSE))$total$raw_alpha
  )
})

mardia <- lapply(list(stress = scales$stress, mood = "mo1", all = items), function(names) {
  found <- psych::mardia(data[names], plot = FALSE)
  list(skew = found$b1p, skew_chisq = found$skew, skew_pvalue = found$p.skew, kurtosis = found$b2p, kurtosis_z = found$kurtosis)
})
x <- data[items]
beyond <- function(x) sum(mahalanobis(x, colMeans(x), cov(x)) > qchisq(.999, ncol(x)))

holes <- data
holes$st1[1:20] <- NA
holes$ou3[11:40] <- NA
pair <- function(a, b) {
  test <- cor.test(holes[[a]], holes[[b]])
  ok <- complete.cases(holes[c(a, b)])
  list(a = a, b = b, n = sum(ok), covariance = cov(holes[[a]], holes[[b]], use = "complete.obs"), r = test$estimate[[1]], lower = test$conf.int[1], upper = test$conf.int[2])
}

cfa_text <- "
stress =~ a1*st1 + a2*st2 + a3*st3
home =~ h1*ho1 + h2*ho2
office =~ o1*of1 + o2*of2
support =~ g1*home + g2*office
output =~ u1*ou1 + u2*ou2 + u3*ou3
st1 ~~ ea1*st1
st2 ~~ ea2*st2
st3 ~~ ea3*st3
ho1 ~~ eh1*ho1
ho2 ~~ eh2*ho2
of1 ~~ eo1*of1
of2 ~~ eo2*of2
ou1 ~~ eu1*ou1
ou2 ~~ eu2*ou2
ou3 ~~ eu3*ou3
"
defined <- function(covariance) paste0("
stress_omega := (a1 + a2 + a3)^2 / ((a1 + a2 + a3)^2 + ea1 + ea2 + ea3", covariance, ")
tot_home := g1^2 + 1
tot_office := g2^2 + 1
home_omega := (h1 + h2)^2 * tot_home / ((h1 + h2)^2 * tot_home + eh1 + eh2)
office_omega := (o1 + o2)^2 * tot_office / ((o1 + o2)^2 * tot_office + eo1 + eo2)
general := ((h1 + h2) * g1 + (o1 + o2) * g2)^2
all_common := general + (h1 + h2)^2 + (o1 + o2)^2
support_omega := all_common / (all_common + eh1 + eh2 + eo1 + eo2)
output_omega := (u1 + u2 + u3)^2 / ((u1 + u2 + u3)^2 + eu1 + eu2 + eu3)
")
record <- function(extra, covariance) {
  fit <- cfa(paste(cfa_text, extra, defined(covariance)), data, estimator = "MLR", std.lv = TRUE, control = list(rel.tol = 1e-10))
  shown <- subset(parameterEstimates(fit), grepl("_omega$", lhs) & op == ":=")
  inspected <- lavInspect(fit, "std.all") # in which residual covariances are residual correlations
  sd <- sqrt(diag(fitted(fit)$cov))
  residual <- lavInspect(fit, "est")$theta / outer(sd, sd)
  consistency <- list()
  for (scale in names(scales)) {
    if (scale == "support") {
      l <- inspected$beta[c("home", "office"), "support"]
      theta <- inspected$psi[c("home", "office"), c("home", "office")]
    } else {
      l <- inspected$lambda[scales[[scale]], scale]
      theta <- residual[scales[[scale]], scales[[scale]]]
    }
    consistency[[scale]] <- list(cr = sum(l)^2 / (sum(l)^2 + sum(theta)), ave = mean(l^2), h = 1 / (1 + 1 / sum(l^2 / (1 - l^2))))
  }
  list(
    omega = data.frame(scale = sub("_omega", "", shown$lhs), est = shown$est, lower = shown$ci.lower, upper = shown$ci.upper),
    semtools = as.list(unclass(compRelSEM(fit, obs.var = FALSE))), omega_h = reliabilityL2(fit, "support")[["omegaL1"]],
    consistency = consistency
  )
}

# an item that the study lets load on another construct too: of standardised items compRelSEM is CR, AVE the mean λ²
crossed <- function() {
  text <- paste(cfa_text, "stress =~ ou1")
  tight <- list(rel.tol = 1e-10)
  fit <- cfa(text, data, estimator = "MLR", std.lv = TRUE, control = tight)
  standard <- cfa(text, as.data.frame(scale(data[items])), estimator = "MLR", std.lv = TRUE, control = tight)
  own <- c("home", "office", "output") # semTools takes the item into the sum of stress as well
  loadings <- lavInspect(fit, "std.all")$lambda[scales$output, "output"]
  list(
    omega = as.list(unclass(compRelSEM(fit, obs.var = FALSE))[own]),
    cr = as.list(unclass(compRelSEM(standard, obs.var = FALSE))[own]), ave = mean(loadings^2)
  )
}

writeLines(jsonlite::toJSON(list(
  alphas = alphas, mardia = mardia,
  outliers = list(all = beyond(x), first = beyond(x[1:120, ]), second = beyond(x[121:250, ])),
  pairs = list(pair("st1", "st2"), pair("st1", "ou3"), pair("ho1", "of2")),
  plain = record("", ""), correlated = record("st1 ~~ c12*st2\nho1 ~~ ou1", " + 2*c12"),
  crossed = crossed()
), auto_unbox = TRUE, digits = 15, pretty = TRUE), arguments[2])
