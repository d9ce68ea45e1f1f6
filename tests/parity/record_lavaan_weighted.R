# Records lavaan's answers to the models in models_weighted/, each under its estimators, into answers/.
#
#   python tests/parity/parity_data.py /tmp/parity-data
#   Rscript tests/parity/record_lavaan_weighted.R /tmp/parity-data [model ...]
#
# A fit with lavaan's defaults has to converge; Gauss-Newton steps then lead to the last digit of the same optimum.

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "recording.R"))

# Gauss-Newton steps from where lavaan's optimiser stopped, on lavaan's own gradient and expected information
polish <- function(fit) {
  model <- fit@Model
  x <- lavaan:::lav_model_get_parameters(model)
  K <- if (model@eq.constraints) model@eq.constraints.K else diag(length(x))
  for (step in 1:200) {
    implied <- lavaan:::lav_model_implied(model)
    E <- lavaan:::lav_model_information_expected(model, fit@SampleStats, fit@Data, fit@Options, lavimplied = implied)
    g <- lavaan:::lav_model_gradient(model, lavsamplestats = fit@SampleStats, lavdata = fit@Data)
    change <- drop(K %*% solve(t(K) %*% E %*% K, t(K) %*% as.numeric(g)))
    x <- x - change
    model <- lavaan:::lav_model_set_parameters(model, x)
    if (max(abs(change)) < 1e-11) break
  }
  x
}

# Residual covariances and correlations; implied thresholds and residual slopes
details <- function(fit) {
  part <- function(x, name) if (is.null(x[[name]])) x[[paste0("res.", name)]] else x[[name]]
  found <- NULL
  for (type in c("raw", "cor")) {
    groups <- by_group(fit, residuals(fit, type = type))
    for (g in seq_along(groups)) {
      cov <- part(groups[[g]], "cov")
      lower <- lower.tri(cov, diag = TRUE)
      found <- rbind(found, rows(type, outer(rownames(cov), colnames(cov), paste)[lower], cov[lower], g))
      slopes <- groups[[g]]$res.slopes
      if (type == "raw" && !is.null(slopes))
        found <- rbind(found, rows("slope", outer(rownames(slopes), colnames(slopes), paste), c(slopes), g))
    }
  }
  groups <- by_group(fit, fitted(fit))
  for (g in seq_along(groups)) {
    th <- part(groups[[g]], "th")
    if (length(th)) found <- rbind(found, rows("threshold", names(th), c(th), g))
  }
  found
}

polished <- function(file, estimator) polished_by(polish, "models_weighted", file, estimator)

record <- function(file, estimator) {
  found <- polished(file, estimator)
  fit <- found$fit
  more <- if (length(lavNames(fit)) <= 15) details(fit)
  if (length(lavNames(fit)) <= 12 && grepl("_(cfa|mimic|mixed|groups_scalar)$", sub("[.]lav$", "", file))) {
    mi <- modindices(fit)
    label <- paste0(mi$lhs, mi$op, mi$rhs, if (is.null(mi$group)) "" else sapply(mi$group, end))
    for (kind in c("mi", "epc", "sepc.lv", "sepc.all"))
      more <- rbind(more, data.frame(kind = kind, name = label, value = mi[[kind]]))
  }
  name <- paste(sub("[.]lav$", "", file), tolower(estimator), sep = "_")
  write_answers(fit, name, more)
  cat(name, "moved by", found$moved, "\n")
}

if (!exists("only_functions")) for (file in chosen("models_weighted")) {
  estimators <- header(readLines(file.path(here, "models_weighted", file)), "estimators")
  for (estimator in strsplit(estimators, " ")[[1]]) record(file, estimator)
}
