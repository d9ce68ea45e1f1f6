# Records semTools' and lavaan's ladders of invariance into semtools.csv, lavaan.csv and yes_no.csv.
# lavaan ends where its search says so: the tests compare four digits.
#
#   mkdir /tmp/ladder && PYTHONPATH=src:. python -m tests.measurement.invariance.ladder_data /tmp/ladder
#   Rscript tests/measurement/invariance/record_invariance.R /tmp/ladder

suppressMessages(library(semTools))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
folder <- commandArgs(trailingOnly = TRUE)[1]
data <- read.csv(file.path(folder, "ladder.csv"))
digits <- function(x) if (is.numeric(x)) signif(x, 10) else x

measured <- function(ladder, rung, fit, before, indices) {
  m <- fitMeasures(fit)
  row <- data.frame(ladder, rung, df = m["df"], chisq = m["chisq.scaled"], pvalue = m["pvalue.scaled"],
                    cfi = m[paste0("cfi.", indices)], tli = m[paste0("tli.", indices)], rmsea = m[paste0("rmsea.", indices)],
                    srmr = m["srmr"], chisq_diff = NA, df_diff = NA, pvalue_diff = NA)
  if (!is.null(before) && fitMeasures(before, "df") != m["df"]) {
    test <- as.data.frame(lavTestLRT(before, fit))
    row[c("chisq_diff", "df_diff", "pvalue_diff")] <- c(test[["Chisq diff"]][2], test[["Df diff"]][2], test[["Pr(>Chisq)"]][2])
  }
  row[] <- lapply(row, digits)
  row
}

# Ordinal: Wu & Estabrook (2016)
model <- "visual =~ o1 + o2 + o3 + t9\ntextual =~ o4 + o5 + o6"
items <- c("o1", "o2", "o3", "t9", "o4", "o5", "o6")
rungs <- list(configural = character(), thresholds = "thresholds", metric = c("thresholds", "loadings"),
              scalar = c("thresholds", "loadings", "intercepts"),
              strict = c("thresholds", "loadings", "intercepts", "residuals"))
partial <- c("o3 | t1", "visual =~ o2", "o6 ~ 1", "o4 ~~ o4")
found <- NULL
for (parameterization in c("delta", "theta")) for (freed in list(NULL, partial)) {
  before <- NULL
  for (rung in names(rungs)) {
    if (parameterization == "delta" && rung == "strict") next
    text <- as.character(measEq.syntax(model, data = data, ordered = items, parameterization = parameterization,
                                       ID.fac = "std.lv", ID.cat = "Wu.Estabrook.2016", group = "school",
                                       group.equal = rungs[[rung]], group.partial = if (is.null(freed)) "" else freed))
    fit <- cfa(text, data = data, group = "school", ordered = items, estimator = "WLSMV",
                               parameterization = parameterization)
    name <- paste0(parameterization, if (!is.null(freed)) " partial")
    found <- rbind(found, measured(name, rung, fit, before, "scaled"))
    before <- fit
  }
}
write.csv(found, file.path(here, "semtools.csv"), row.names = FALSE, na = "")

# Continuous: lavaan's group.equal
model <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
rungs <- list(configural = "", metric = "loadings", scalar = c("loadings", "intercepts"),
              strict = c("loadings", "intercepts", "residuals"))
found <- NULL
before <- NULL
for (rung in names(rungs)) {
  fit <- cfa(model, data = data, group = "school", group.equal = rungs[[rung]], estimator = "MLR",
                             std.lv = TRUE)
  found <- rbind(found, measured("school", rung, fit, before, "robust"))
  before <- fit
}
# What partial invariance lets go: the intercept with the largest score test
freed <- character()
for (step in 1) {
  fit <- cfa(model, data, group = "school", group.equal = rungs$scalar, group.partial = freed, std.lv = TRUE)
  tests <- lavTestScore(fit)$uni
  table <- parTable(fit)
  row <- table[match(tests$lhs, table$plabel), ]
  tests <- data.frame(name = paste0(row$lhs, row$op, row$rhs), mi = tests$X2)[row$op == "~1", ]
  best <- tests[which.max(tests$mi), ]
  freed <- c(freed, best$name)
  cat(step, best$name, format(best$mi, digits = 10), "\n")
}
fit <- cfa(model, data = data, group = "school", group.equal = rungs$scalar, group.partial = freed,
                           estimator = "MLR", std.lv = TRUE)
metric <- cfa(model, data = data, group = "school", group.equal = "loadings", estimator = "MLR",
                              std.lv = TRUE)
found <- rbind(found, measured("school", "partial scalar", fit, metric, "robust"))

# Second order (Chen, Sousa & West 2005), scaled by first loadings: another identification of the same models
model <- paste0(model, "\nability =~ visual + textual + speed")
upper <- c("ability=~textual", "ability=~speed")
means <- "ability ~ c(0, 0)*1"
top <- "visual ~ c(0, 0)*1\ntextual ~ c(0, 0)*1\nspeed ~ c(0, 0)*1\nability ~ c(0, NA)*1"
rungs <- list(configural = list("", "", ""), metric = list("loadings", upper, ""),
              "second-order metric" = list("loadings", "", ""), scalar = list(c("loadings", "intercepts"), "", means),
              "second-order scalar" = list(c("loadings", "intercepts"), "", top))
before <- NULL
for (rung in names(rungs)) {
  asked <- rungs[[rung]]
  fitted <- cfa(paste0(model, "\n", asked[[3]]), data = data, group = "school", group.equal = asked[[1]],
                group.partial = asked[[2]], estimator = "MLR")
  found <- rbind(found, measured("second-order", rung, fitted, before, "robust"))
  before <- fitted
}
# Its mean in the second group, in standard deviations of the first
table <- parameterEstimates(fitted)
at <- function(op, group) table$est[table$lhs == "ability" & table$op == op & table$group == group & table$rhs %in% c("", "ability")]
cat("mean of ability", format(at("~1", 2) / sqrt(at("~~", 1)), digits = 10), "\n")
write.csv(found, file.path(here, "lavaan.csv"), row.names = FALSE, na = "")
means <- parameterEstimates(fit)
means <- means[means$op == "~1" & means$lhs %in% c("visual", "textual", "speed") & means$group == 2, ]
print(means[c("lhs", "est", "se", "z", "pvalue")], digits = 10)

# Yes and no: lavaan's minima of our models
found <- NULL
for (seed in c(12, 29, 123)) for (rung in c("configural", "metric", "scalar")) {
  data <- read.csv(file.path(folder, paste0("yes_no_", seed, ".csv")))
  text <- paste(readLines(file.path(folder, paste0("yes_no_", seed, "_", rung, ".txt"))), collapse = "\n")
  fit <- cfa(text, data = data, group = "region", ordered = setdiff(names(data), "region"), estimator = "WLSMV",
             std.lv = TRUE)
  m <- if (lavInspect(fit, "converged")) fitMeasures(fit, c("df", "chisq", "chisq.scaled")) else rep(NA, 3)
  found <- rbind(found, data.frame(seed, rung, df = m[[1]], plain = digits(m[[2]]), chisq = digits(m[[3]])))
}
write.csv(found, file.path(here, "yes_no.csv"), row.names = FALSE, na = "")
