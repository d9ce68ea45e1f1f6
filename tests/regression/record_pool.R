# Records what R's mice pools from the completed data sets of completed.py: lm with HC3 errors in each, Rubin's rules.
#   python tests/regression/completed.py completed.csv
#   Rscript tests/regression/record_pool.R completed.csv tests/regression/pool.json
# mice 3.15.0, sandwich 3.0-2

arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1], check.names = FALSE)
fits <- lapply(split(data, data$imputation), function(part) {
  luck <- mean(part$luck)
  effort <- mean(part$effort)
  part$product <- part$`effort:luck` - luck * part$effort - effort * part$luck + luck * effort
  part$effort <- part$effort - effort
  part$luck <- part$luck - luck
  lm(profit ~ age + region_2 + region_3 + effort + luck + skill + product, part)
})
b <- sapply(fits, coef)
squares <- sapply(fits, function(fit) diag(sandwich::vcovHC(fit, type = "HC3")))
answers <- lapply(rownames(b), function(term) {
  found <- mice::pool.scalar(b[term, ], squares[term, ], n = nobs(fits[[1]]), k = nrow(b))
  se <- sqrt(found$t)
  data.frame(
    term = term, b = found$qbar, se = se, t = found$qbar / se, df = found$df,
    pvalue = 2 * pt(-abs(found$qbar / se), found$df), ci_lower = found$qbar - qt(0.975, found$df) * se,
    ci_upper = found$qbar + qt(0.975, found$df) * se, fmi = found$fmi
  )
})
writeLines(jsonlite::toJSON(do.call(rbind, answers), digits = NA, pretty = TRUE), arguments[2])
