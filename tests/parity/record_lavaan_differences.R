# Records lavaan's difference tests of nested least-squares models into answers/weighted_differences.csv.
#
#   Rscript tests/parity/record_lavaan_differences.R /tmp/parity-data

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "recording.R"))

run <- function(name, estimator) do.call("sem", request("models_weighted", paste0(name, ".lav"), estimator))
pairs <- rbind(c("ord_groups_configural", "ord_groups_metric"), c("ord_groups_configural", "ord_groups_scalar"),
               c("ord_cfa", "ord_orthogonal"), c("ord_cfa", "ord_labels"), c("hs_cfa", "hs_second_order_equal"),
               c("hs_cfa", "hs_labels"), c("groups_metric", "groups_scalar"))
found <- NULL
for (k in seq_len(nrow(pairs))) for (estimator in c("WLSMV", "DWLS", if (k > 4) c("GLS", "ULS"))) {
  type <- if (estimator == "ULS") "browne.residual.nt" else "Chisq"
  test <- lavTestLRT(run(pairs[k, 1], estimator), run(pairs[k, 2], estimator), type = type)
  found <- rbind(found, data.frame(less = pairs[k, 1], more = pairs[k, 2], estimator = estimator,
    chisq_diff = signif(test[2, "Chisq diff"], 10), df_diff = test[2, "Df diff"],
    pvalue_diff = signif(test[2, "Pr(>Chisq)"], 10),
    rmsea_of_diff = if ("RMSEA" %in% names(test)) signif(test[2, "RMSEA"], 10) else NA))
}
write.csv(found, file.path(here, "answers", "weighted_differences.csv"), row.names = FALSE)
