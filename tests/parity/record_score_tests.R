# Records lavaan's score tests of parameters held equal over groups into more/score_tests.csv.
#
#   python tests/parity/parity_data.py /tmp/parity-data
#   Rscript tests/parity/record_score_tests.R /tmp/parity-data

only_functions <- TRUE
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
cases <- list(c("models", "groups_scalar", "ML"), c("models", "groups_three", "ML"), c("models", "fiml_groups_scalar", "ML"),
              c("models", "groups_partial_names", "MLR"), c("models_weighted", "ord_groups_scalar", "WLSMV"),
              c("models_weighted", "ord_groups_three", "WLSMV"), c("models_weighted", "ord_theta_groups", "WLSMV"))
found <- NULL
for (case in cases) {
  source(file.path(here, c(models = "record_lavaan.R", models_weighted = "record_lavaan_weighted.R")[[case[1]]]))
  fit <- polished(paste0(case[2], ".lav"), case[3])$fit
  table <- parTable(fit)
  equal <- table[table$op == "==", ]
  # all equalities of a parameter are let go at once
  for (label in unique(equal$lhs)) {
    test <- suppressWarnings(lavTestScore(fit, release = which(equal$lhs == label), univariate = FALSE))$test
    first <- table[match(label, table$plabel), ]
    found <- rbind(found, data.frame(folder = case[1], case = case[2], estimator = case[3], lhs = first$lhs, op = first$op,
                                     rhs = first$rhs, mi = digits(test$X2), df = test$df, pvalue = digits(test$p.value)))
  }
  cat(case, "\n")
}
write.csv(found, file.path(here, "more", "score_tests.csv"), row.names = FALSE, na = "")
