# Records what R says of the firms of firms.py: lm, sandwich::vcovHC (HC3), lmtest::waldtest, car::vif.
#   python tests/regression/firms.py firms.csv
#   Rscript tests/regression/record_lm.R firms.csv tests/regression/lm.json
# sandwich 3.0-2, lmtest 0.9-40, car 3.1-1

arguments <- commandArgs(trailingOnly = TRUE)
data <- na.omit(read.csv(arguments[1]))
data$effort <- data$effort - mean(data$effort)
data$luck <- data$luck - mean(data$luck)
data$`effort:luck` <- data$effort * data$luck

steps <- list(
  c("age", "region_2", "region_3"),
  c("effort", "luck"),
  "skill",
  "`effort:luck`"
)
spread <- function(terms) { # a product is standardised by its two factors (Aiken & West 1991)
  sapply(strsplit(terms, ":"), function(parts) prod(sapply(data[parts], sd)))
}
hc3 <- function(fit) sandwich::vcovHC(fit, type = "HC3")
answers <- list()
before <- lm(profit ~ 1, data)
for (step in seq_along(steps)) {
  terms <- unlist(steps[1:step])
  fit <- lm(reformulate(terms, "profit"), data)
  table <- unclass(lmtest::coeftest(fit, vcov. = hc3(fit)))
  interval <- lmtest::coefci(fit, vcov. = hc3(fit))
  gain <- lmtest::waldtest(before, fit, vcov = hc3(fit))
  whole <- lmtest::waldtest(lm(profit ~ 1, data), fit, vcov = hc3(fit))
  names <- gsub("`", "", rownames(table))
  plain <- setdiff(names, "(Intercept)")
  answers[[step]] <- list(
    terms = data.frame(
      term = names, b = table[, 1], se = table[, 2], t = table[, 3], pvalue = table[, 4],
      ci_lower = interval[, 1], ci_upper = interval[, 2],
      beta = c(NA, table[-1, 1] * spread(plain) / sd(data$profit)),
      vif = c(NA, car::vif(fit)), row.names = NULL
    ),
    fit = list(
      n = nobs(fit), r2 = summary(fit)$r.squared, r2_adjusted = summary(fit)$adj.r.squared,
      f = whole$F[2], f_pvalue = whole$`Pr(>F)`[2],
      delta_r2 = summary(fit)$r.squared - summary(before)$r.squared,
      delta_f = gain$F[2], delta_df = gain$Df[2], delta_pvalue = gain$`Pr(>F)`[2]
    )
  )
  before <- fit
}
writeLines(jsonlite::toJSON(answers, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), arguments[2])
