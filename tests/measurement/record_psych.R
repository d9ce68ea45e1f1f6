# Records what R says of the customers of customers.py: psych::alpha, psych::describe, cor.test, semTools.
#   python tests/measurement/customers.py customers.csv
#   Rscript tests/measurement/record_psych.R customers.csv tests/measurement/psych.json
# psych 2.2.9, lavaan 0.6-14, semTools 0.5-6
#
# compRelSEM and AVE of semTools weigh items by their variances; Fornell and Larcker (1981) write both for
# standardised items with the implied variance of their sum below (obs.var = FALSE). On items that are standardised
# beforehand the two conventions are the same number.

arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1])
scales <- list(COMP = paste0("comp_", 1:3), LIKE = paste0("like_", 1:3), CUSL = paste0("cusl_", 1:3), PAIR = c("comp_1", "comp_2"))

alpha <- lapply(scales, function(items) {
  found <- suppressWarnings(psych::alpha(na.omit(data[items]), warnings = FALSE))
  feldt <- psych::alpha.ci(found$total$raw_alpha, n.obs = nrow(na.omit(data[items])), n.var = length(items), digits = 15)
  list(alpha = found$total$raw_alpha, lower = feldt$lower.ci[[1]], upper = feldt$upper.ci[[1]])
})

items <- unlist(scales[1:3], use.names = FALSE)
moments <- psych::describe(data[items], type = 2) # type 2: adjusted, as SPSS and SAS print

scores <- sapply(scales[1:3], function(items) rowMeans(data[items]))
pair <- function(a, b) {
  test <- cor.test(scores[, a], scores[, b])
  list(a = a, b = b, r = test$estimate[[1]], pvalue = test$p.value, lower = test$conf.int[1], upper = test$conf.int[2])
}

standardised <- as.data.frame(scale(na.omit(data[items])))
model <- paste(sapply(names(scales)[1:3], function(s) paste(s, "=~", paste(scales[[s]], collapse = " + "))), collapse = "\n")
cfa <- lavaan::cfa(model, standardised, std.lv = TRUE)
loadings <- subset(lavaan::standardizedSolution(cfa), op == "=~")

writeLines(jsonlite::toJSON(list(
  alpha = alpha,
  moments = data.frame(
    item = items, n = moments$n, mean = moments$mean, sd = moments$sd, skew = moments$skew, kurtosis = moments$kurtosis
  ),
  correlations = list(pair("COMP", "LIKE"), pair("COMP", "CUSL"), pair("LIKE", "CUSL")),
  loadings = data.frame(scale = loadings$lhs, std = loadings$est.std),
  cr = as.list(semTools::compRelSEM(cfa, obs.var = FALSE)),
  ave = as.list(semTools::AVE(cfa))
), digits = NA, auto_unbox = TRUE, pretty = TRUE), arguments[2])
