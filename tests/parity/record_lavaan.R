# Records lavaan's answers to the models in models/, each under ML and MLR, into answers/.
#
#   python tests/parity/parity_data.py /tmp/parity-data
#   Rscript tests/parity/record_lavaan.R /tmp/parity-data [model ...]
#
# A fit with lavaan's defaults has to converge; Newton steps then lead to the last digit of the same optimum.

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "recording.R"))

# Newton steps from where lavaan's optimiser stopped, on lavaan's own gradient and Hessian
polish <- function(fit) {
  model <- fit@Model
  x <- lavaan:::lav_model_get_parameters(model)
  K <- if (model@eq.constraints) model@eq.constraints.K else diag(length(x))
  for (step in 1:8) {
    weight <- !fit@SampleStats@missing.flag
    H <- lavaan:::lav_model_hessian(model, fit@SampleStats, fit@Data, fit@Options, group.weight = weight)
    g <- lavaan:::lav_model_gradient(model, lavsamplestats = fit@SampleStats, lavdata = fit@Data, group.weight = weight)
    x <- x - drop(K %*% solve(t(K) %*% H %*% K, t(K) %*% as.numeric(g)))
    model <- lavaan:::lav_model_set_parameters(model, x)
  }
  x
}

# Residuals, and the factor scores of the first two rows where all observed variables are indicators (elsewhere
# lavaan 0.6 leaves out what the other variables say about a factor)
details <- function(fit) {
  found <- NULL
  for (type in c("raw", "cor")) {
    groups <- by_group(fit, residuals(fit, type = type))
    for (g in seq_along(groups)) {
      cov <- groups[[g]]$cov
      lower <- lower.tri(cov, diag = TRUE)
      found <- rbind(found, rows(type, outer(rownames(cov), colnames(cov), paste)[lower], cov[lower], g))
    }
  }
  measured <- lavNames(fit, "ov.ind")
  if (!length(measured) || !all(lavNames(fit, "ov") %in% measured)) return(found)
  groups <- by_group(fit, lavPredict(fit))
  for (g in seq_along(groups)) {
    scores <- groups[[g]][1:2, , drop = FALSE]
    found <- rbind(found, rows("score", paste(colnames(scores)[col(scores)], row(scores)), c(scores), g))
  }
  found
}

polished <- function(file, estimator) polished_by(polish, "models", file, estimator)

record <- function(file, estimator) {
  found <- polished(file, estimator)
  name <- paste(sub("[.]lav$", "", file), tolower(estimator), sep = "_")
  more <- if (estimator == "ML" && length(lavNames(found$fit)) <= 12) details(found$fit)
  write_answers(found$fit, name, more)
  cat(name, "moved by", found$moved, "\n")
}

if (!exists("only_functions")) {
  for (file in chosen("models")) for (estimator in c("ML", "MLR")) record(file, estimator)
  writeLines(c(R.version.string, paste("lavaan", packageVersion("lavaan"))), file.path(here, "answers", "VERSIONS"))
}
