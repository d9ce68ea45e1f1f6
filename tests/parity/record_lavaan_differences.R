# Records lavaan's difference tests of nested least-squares models into answers/weighted_differences.csv.
#
#   Rscript tests/parity/record_lavaan_differences.R /tmp/parity-data

suppressMessages(library(lavaan))
data_folder <- commandArgs(trailingOnly = TRUE)[1]
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
header <- function(lines, key) {
  found <- grep(paste0("^# ", key, ":"), lines, value = TRUE)
  if (length(found)) trimws(sub(paste0("^# ", key, ":"), "", found[1])) else ""
}
run <- function(name, estimator) {
  lines <- readLines(file.path(here, "models_weighted", paste0(name, ".lav")))
  data <- read.csv(file.path(data_folder, paste0(header(lines, "data"), ".csv")))
  options <- eval(parse(text = paste0("list(", gsub(" ", ",", header(lines, "options")), ")")))
  do.call("sem", c(list(paste(lines, collapse = "\n"), data = data, estimator = estimator, warn = FALSE), options))
}
pairs <- rbind(c("ord_groups_configural", "ord_groups_metric"), c("ord_groups_configural", "ord_groups_scalar"),
               c("ord_cfa", "ord_orthogonal"), c("ord_cfa", "ord_labels"), c("hs_cfa", "hs_second_order_equal"))
found <- NULL
for (k in seq_len(nrow(pairs))) for (estimator in c("WLSMV", "DWLS", if (k == nrow(pairs)) "GLS")) {
  test <- lavTestLRT(run(pairs[k, 1], estimator), run(pairs[k, 2], estimator))
  found <- rbind(found, data.frame(less = pairs[k, 1], more = pairs[k, 2], estimator = estimator,
    chisq_diff = signif(test[2, "Chisq diff"], 10), df_diff = test[2, "Df diff"],
    pvalue_diff = signif(test[2, "Pr(>Chisq)"], 10),
    rmsea_of_diff = if ("RMSEA" %in% names(test)) signif(test[2, "RMSEA"], 10) else NA))
}
write.csv(found, file.path(here, "answers", "weighted_differences.csv"), row.names = FALSE)
