# Records lavaan's standardised residuals and factor scores of ordinal models into more/.
#
#   python tests/parity/parity_data.py /tmp/parity-data
#   Rscript tests/parity/record_ordinal.R /tmp/parity-data

only_functions <- TRUE
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "record_lavaan_weighted.R"))

# lavaan's own function with a search that goes on to the last digits, and with the loadings of each group: lavaan 0.6-14
# takes those of the first group for all
modes <- paste(deparse(lavaan:::lav_predict_eta_ebm_ml), collapse = "\n")
for (change in list(c("reltol = 1e-08", "reltol = 1e-16, ndeps = rep(1e-4, nfac)"),
                    c("th = th, th.idx = th.idx, log", "g = g, th = th, th.idx = th.idx, log"))) {
  stopifnot(grepl(change[1], modes, fixed = TRUE))
  modes <- sub(change[1], change[2], modes, fixed = TRUE)
}
modes <- eval(parse(text = modes), asNamespace("lavaan"))

standardized <- function(fit) {
  found <- NULL
  groups <- by_group(fit, residuals(fit, type = "standardized"))
  for (g in seq_along(groups)) {
    cov <- groups[[g]]$cov
    lower <- lower.tri(cov)
    found <- rbind(found, rows("standardized", outer(rownames(cov), colnames(cov), paste)[lower], cov[lower], g),
                   rows("standardized", names(groups[[g]]$th), c(groups[[g]]$th), g))
  }
  found
}

# Of the first ten rows of each group
scores <- function(fit) {
  few <- function(parts) lapply(parts, function(x) if (!is.null(x)) x[1:10, , drop = FALSE])
  eta <- modes(lavmodel = fit@Model, lavdata = fit@Data, lavsamplestats = fit@SampleStats,
               data.obs = few(fit@Data@X), eXo = few(fit@Data@eXo))
  found <- NULL
  for (g in seq_along(eta)) {
    names <- lavNames(fit, "lv")
    part <- eta[[g]][, seq_along(names), drop = FALSE]
    found <- rbind(found, rows("score", paste(names[col(part)], row(part)), c(part), g))
  }
  found
}

# lavaan 0.6-14 gives no standardised residuals beside exogenous or continuous variables, or for ULS. Its scores count
# free latent means twice and leave out the effects of exogenous variables on outcomes: such are left out here.
both <- c("ord_cfa WLSMV", "ord_cfa DWLS", "ord_binary WLSMV", "ord_second_order WLSMV", "ord_bifactor WLSMV",
          "ord_crossed WLSMV", "ord_six_point WLSMV", "ord_empty_cells WLSMV", "ord_labels WLSMV",
          "ord_thresholds WLSMV", "ord_groups_configural WLSMV")
residuals_only <- c("ord_groups_scalar WLSMV", "ord_groups_three WLSMV")
scores_only <- c("ord_binary ULS", "ord_mixed WLSMV", "ord_mixed_mimic WLSMV", "ord_democracy WLSMV",
                 "ord_groups_mimic WLSMV")
for (case in c(both, residuals_only, scores_only)) {
  parts <- strsplit(case, " ")[[1]]
  fit <- polished(paste0(parts[1], ".lav"), parts[2])$fit
  found <- rbind(if (!case %in% scores_only) standardized(fit), if (!case %in% residuals_only) scores(fit))
  found$value <- digits(found$value)
  write.csv(found, file.path(here, "more", paste(parts[1], tolower(parts[2]), "ordinal.csv", sep = "_")),
            row.names = FALSE, na = "")
  cat(case, "\n")
}
