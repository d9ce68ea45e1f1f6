# Records lavaan's modification indices, standardised residuals and difference tests into more/.
#
#   python tests/parity/parity_data.py /tmp/parity-data
#   Rscript tests/parity/record_more.R /tmp/parity-data

only_functions <- TRUE
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "record_lavaan.R"))
save <- function(table, name) {
  table[] <- lapply(table, digits)
  write.csv(table, file.path(here, "more", paste0(name, ".csv")), row.names = FALSE, na = "")
}

for (name in c("hs_cfa", "hs_labels", "hs_mimic", "hs_mimic_means", "hs_single", "hs_std_lv", "hs_second_order", "pd_sem",
               "mediation", "growth_predicted", "groups_metric", "groups_scalar", "groups_sem", "units",
               "fiml_hs", "fiml_mimic", "fiml_growth", "fiml_groups_scalar", "fiml_democracy",
               "fiml_chinese", "panel_cross", "panel_feedback"))
  for (estimator in c("ML", "MLR")) {
    fit <- polished(paste0(name, ".lav"), estimator)$fit
    if (estimator == "ML" || name == "pd_sem") {
      table <- as.data.frame(modindices(fit))
      if (is.null(table$group)) table$group <- 1
      save(table[c("lhs", "op", "rhs", "group", "mi", "epc", "sepc.lv", "sepc.all")],
           paste(name, tolower(estimator), "modindices", sep = "_"))
    }
    groups <- by_group(fit, residuals(fit, type = "standardized"))
    table <- NULL
    for (g in seq_along(groups)) {
      cov <- groups[[g]]$cov
      lower <- lower.tri(cov, diag = TRUE)
      table <- rbind(table, data.frame(name = paste0(outer(rownames(cov), colnames(cov), paste)[lower], end(g)),
                                       value = cov[lower]))
      if (!is.null(groups[[g]]$mean))
        table <- rbind(table, data.frame(name = paste0(names(groups[[g]]$mean), end(g)), value = c(groups[[g]]$mean)))
    }
    save(table, paste(name, tolower(estimator), "standardized", sep = "_"))
  }

ladders <- list(groups = c("groups_configural", "groups_metric", "groups_scalar", "groups_strict", "groups_means"),
                equal = c("pd_sem", "pd_equal_loadings"), fiml = c("fiml_groups_configural", "fiml_groups_scalar"),
                labels = c("hs_cfa", "hs_labels"))
tests <- NULL
for (ladder in names(ladders)) for (estimator in c("ML", "MLR")) {
  fits <- lapply(paste0(ladders[[ladder]], ".lav"), function(file) polished(file, estimator)$fit)
  methods <- if (estimator == "ML") "default" else c("satorra.bentler.2001", "satorra.bentler.2010")
  for (method in methods) {
    found <- as.data.frame(do.call("lavTestLRT", c(fits, method = method, list(model.names = ladders[[ladder]]))))
    if (is.null(found$RMSEA)) found$RMSEA <- NA
    tests <- rbind(tests, data.frame(
      ladder, estimator, method, model = ladders[[ladder]], df = found$Df, aic = found$AIC, bic = found$BIC,
      chisq = found$Chisq, chisq_diff = found[["Chisq diff"]], df_diff = found[["Df diff"]],
      pvalue_diff = found[["Pr(>Chisq)"]], rmsea_of_diff = found$RMSEA))
  }
}
save(tests, "difference_tests")
