# Records semTools' and lavaan's ladders of invariance into semtools.csv and lavaan.csv.
# lavaan ends where its search says so: the tests compare four digits.
#
#   PYTHONPATH=src:. python tests/measurement/invariance/ladder_data.py /tmp/ladder.csv
#   Rscript tests/measurement/invariance/record_invariance.R /tmp/ladder.csv

suppressMessages(library(semTools))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
data <- read.csv(commandArgs(trailingOnly = TRUE)[1])
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
write.csv(found, file.path(here, "lavaan.csv"), row.names = FALSE, na = "")
means <- parameterEstimates(fit)
means <- means[means$op == "~1" & means$lhs %in% c("visual", "textual", "speed") & means$group == 2, ]
print(means[c("lhs", "est", "se", "z", "pvalue")], digits = 10)
