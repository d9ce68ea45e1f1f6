# Records what R's mice makes of the firms of data.py: pooled estimates and their between-imputation variances.
#   python tests/survey/mice/data.py firms.csv
#   Rscript tests/survey/mice/record_mice.R firms.csv tests/survey/mice/answers.json
# mice 3.15.0; predictive mean matching of every column from all others, the product and the dummies being columns like
# any other; 10 cycles, 300 completed data sets, each from a chain of its own; the answers vary by sqrt(between / 300)

arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1])
data$stress_by_support <- data$stress * data$support
completed <- mice::mice(data, method = "pmm", m = 300, maxit = 10, donors = 5, seed = 1, printFlag = FALSE)
estimates <- function(m) {
  full <- mice::complete(completed, m)
  model <- summary(lm(output ~ stress + support + mood + age + region_2 + region_3 + stress_by_support, full))$coefficients
  n <- nrow(full)
  means <- c(mean_output = mean(full$output), mean_age = mean(full$age), share_3 = mean(full$region_3))
  errors <- c(sd(full$output), sd(full$age), sd(full$region_3)) / sqrt(n)
  rbind(estimate = c(means, model[, 1]), se = c(errors, model[, 2]))
}
all <- lapply(1:300, estimates)
Q <- sapply(all, function(x) x["estimate", ])
U <- sapply(all, function(x) x["se", ]^2)
found <- data.frame(row.names = NULL, name = rownames(Q), estimate = rowMeans(Q), within = rowMeans(U), between = apply(Q, 1, var))
found$name <- sub("(Intercept)", "intercept", found$name, fixed = TRUE)
writeLines(jsonlite::toJSON(found, digits = NA, pretty = TRUE), arguments[2])
