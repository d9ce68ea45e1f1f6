# Records what R's mice makes of the firms of data.py: pooled estimates and their between-imputation variances.
#   python tests/survey/mice/data.py firms.csv
#   Rscript tests/survey/mice/record_mice.R firms.csv tests/survey/mice/answers.json
# mice 3.15.0; predictive mean matching, 10 cycles, 300 completed data sets; the answers below vary by sqrt(between / 300)

arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1])
data$region <- factor(1 + data$region_2 + 2 * data$region_3)
data$region_2 <- data$region_3 <- NULL
formulas <- list(
  output = output ~ stress * support + mood + age + region,
  stress = stress ~ output + support + mood + age + region,
  age = age ~ stress * support + output + mood + region,
  region = region ~ stress * support + output + mood + age
)
formulas <- mice::name.formulas(formulas)
completed <- mice::mice(data, formulas = formulas, method = c(stress = "pmm", output = "pmm", age = "pmm", region = "polyreg")[names(formulas)],
                        m = 300, maxit = 10, donors = 5, seed = 1, printFlag = FALSE)
estimates <- function(m) {
  full <- mice::complete(completed, m)
  model <- summary(lm(output ~ stress * support + mood + age + region, full))$coefficients
  n <- nrow(full)
  means <- c(mean_output = mean(full$output), mean_age = mean(full$age), share_3 = mean(full$region == 3))
  errors <- c(sd(full$output), sd(full$age), sd(full$region == 3)) / sqrt(n)
  rbind(estimate = c(means, model[, 1]), se = c(errors, model[, 2]))
}
all <- lapply(1:300, estimates)
Q <- sapply(all, function(x) x["estimate", ])
U <- sapply(all, function(x) x["se", ]^2)
found <- data.frame(row.names = NULL, name = rownames(Q), estimate = rowMeans(Q), within = rowMeans(U), between = apply(Q, 1, var))
found$name <- sub("region", "region_", sub(":", "_by_", sub("\\(Intercept\\)", "intercept", found$name)))
writeLines(jsonlite::toJSON(found, digits = NA, pretty = TRUE), arguments[2])
