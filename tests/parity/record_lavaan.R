# Records lavaan's answers to the models in models/, each under ML and MLR, into answers/.
#
#   python tests/parity/parity_data.py /tmp/parity-data
#   Rscript tests/parity/record_lavaan.R /tmp/parity-data [model ...]
#
# A fit with lavaan's defaults has to converge; Newton steps then lead to the last digit of the same optimum.

suppressMessages(library(lavaan))
arguments <- commandArgs(trailingOnly = TRUE)
data_folder <- arguments[1]
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
models <- list.files(file.path(here, "models"), pattern = "[.]lav$")
if (length(arguments) > 1) models <- intersect(models, paste0(arguments[-1], ".lav"))
digits <- function(x) if (is.numeric(x)) signif(x, 10) else x
header <- function(lines, key) {
  found <- grep(paste0("^# ", key, ":"), lines, value = TRUE)
  if (length(found)) trimws(sub(paste0("^# ", key, ":"), "", found[1])) else ""
}

# Newton steps from where lavaan's optimiser stopped, on lavaan's own gradient and Hessian
polish <- function(fit) {
  model <- fit@Model
  x <- lavaan:::lav_model_get_parameters(model)
  K <- if (model@eq.constraints) model@eq.constraints.K else diag(length(x))
  for (step in 1:8) {
    H <- lavaan:::lav_model_hessian(model, fit@SampleStats, fit@Data, fit@Options)
    g <- lavaan:::lav_model_gradient(model, lavsamplestats = fit@SampleStats, lavdata = fit@Data)
    x <- x - drop(K %*% solve(t(K) %*% H %*% K, t(K) %*% as.numeric(g)))
    model <- lavaan:::lav_model_set_parameters(model, x)
  }
  x
}

# Residuals, and the factor scores of the first two rows where all observed variables are indicators (elsewhere
# lavaan 0.6 leaves out what the other variables say about a factor)
details <- function(fit) {
  raw <- residuals(fit, type = "raw")$cov
  lower <- lower.tri(raw, diag = TRUE)
  pairs <- outer(rownames(raw), colnames(raw), paste)[lower]
  found <- rbind(data.frame(kind = "raw", name = pairs, value = raw[lower]),
                 data.frame(kind = "cor", name = pairs, value = residuals(fit, type = "cor")$cov[lower]))
  measured <- lavNames(fit, "ov.ind")
  if (!length(measured) || !all(lavNames(fit, "ov") %in% measured)) return(found)
  scores <- lavPredict(fit)[1:2, , drop = FALSE]
  rbind(found, data.frame(kind = "score", name = paste(colnames(scores)[col(scores)], row(scores)), value = c(scores)))
}

record <- function(file, estimator) {
  lines <- readLines(file.path(here, "models", file), encoding = "UTF-8")
  data <- read.csv(file.path(data_folder, paste0(header(lines, "data"), ".csv")))
  options <- eval(parse(text = paste0("list(", gsub(" ", ",", header(lines, "options")), ")")))
  arguments <- c(list(paste(lines, collapse = "\n"), data = data, estimator = estimator,
                 check.start = FALSE, warn = FALSE), options)
  first <- do.call("sem", arguments)
  if (!lavInspect(first, "converged")) stop(file, " does not converge")
  table <- parTable(first)
  free <- table$free > 0
  table$ustart[free] <- table$start[free] <- polish(first)
  table$est <- table$se <- NULL
  arguments[[1]] <- table
  fit <- do.call("sem", arguments)
  stopifnot(lavInspect(fit, "converged"), max(abs(coef(fit) - table$start[free])) < 1e-7)
  est <- parameterEstimates(fit, standardized = TRUE)
  std <- standardizedSolution(fit)
  if (is.null(est$label)) est$label <- ""
  stopifnot(identical(paste(est$lhs, est$op, est$rhs), paste(std$lhs, std$op, std$rhs)))
  table <- data.frame(
    lhs = est$lhs, op = est$op, rhs = est$rhs, label = est$label, est = est$est, se = est$se, z = est$z,
    pvalue = est$pvalue, ci_lower = est$ci.lower, ci_upper = est$ci.upper, std_lv = est$std.lv,
    std_all = est$std.all, est_std = std$est.std, std_se = std$se, std_z = std$z, std_pvalue = std$pvalue,
    std_ci_lower = std$ci.lower, std_ci_upper = std$ci.upper)
  name <- paste(sub("[.]lav$", "", file), tolower(estimator), sep = "_")
  table[] <- lapply(table, digits)
  write.csv(table, file.path(here, "answers", paste0(name, ".csv")), row.names = FALSE, na = "")
  fm <- fitMeasures(fit)
  r2 <- lavInspect(fit, "rsquare")
  whole <- data.frame(kind = "measure", name = gsub(".", "_", names(fm), fixed = TRUE), value = as.numeric(fm))
  if (length(r2)) whole <- rbind(whole, data.frame(kind = "r2", name = names(r2), value = as.numeric(r2)))
  if (estimator == "ML" && ncol(fitted(fit)$cov) <= 12) whole <- rbind(whole, details(fit))
  whole$value <- digits(whole$value)
  write.csv(whole, file.path(here, "answers", paste0(name, "_measures.csv")), row.names = FALSE, na = "")
  cat(name, "moved by", max(abs(unname(coef(fit)) - unname(coef(first)))), "\n")
}

for (file in models) for (estimator in c("ML", "MLR")) record(file, estimator)
writeLines(c(R.version.string, paste("lavaan", packageVersion("lavaan"))), file.path(here, "answers", "VERSIONS"))
