# Records lavaan's answers to the models in models_weighted/, each under its estimators, into answers/.
#
#   python tests/parity/parity_data.py /tmp/parity-data
#   Rscript tests/parity/record_lavaan_weighted.R /tmp/parity-data [model ...]
#
# A fit with lavaan's defaults has to converge; Gauss-Newton steps then lead to the last digit of the same optimum.

suppressMessages(library(lavaan))
arguments <- commandArgs(trailingOnly = TRUE)
data_folder <- arguments[1]
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
models <- list.files(file.path(here, "models_weighted"), pattern = "[.]lav$")
if (length(arguments) > 1) models <- intersect(models, paste0(arguments[-1], ".lav"))
digits <- function(x) if (is.numeric(x)) signif(x, 10) else x
header <- function(lines, key) {
  found <- grep(paste0("^# ", key, ":"), lines, value = TRUE)
  if (length(found)) trimws(sub(paste0("^# ", key, ":"), "", found[1])) else ""
}

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

by_group <- function(fit, found) if (lavInspect(fit, "ngroups") > 1) unname(found) else list(found)
end <- function(group) if (group > 1) paste0(".g", group) else ""

# Residual covariances and correlations; implied thresholds and residual slopes
details <- function(fit) {
  rows <- function(kind, names, values, g) data.frame(kind = kind, name = paste0(names, end(g)), value = values)
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

record <- function(file, estimator) {
  lines <- readLines(file.path(here, "models_weighted", file), encoding = "UTF-8")
  data <- read.csv(file.path(data_folder, paste0(header(lines, "data"), ".csv")))
  options <- eval(parse(text = paste0("list(", gsub(" ", ",", header(lines, "options")), ")")))
  arguments <- c(list(paste(lines, collapse = "\n"), data = data, estimator = estimator,
                 check.start = FALSE, warn = FALSE), options)
  seconds <- system.time(first <- do.call("sem", arguments))[["elapsed"]]
  if (!lavInspect(first, "converged")) stop(file, " does not converge")
  table <- parTable(first)
  free <- table$free > 0
  table$ustart[free] <- table$start[free] <- polish(first)
  table$est <- table$se <- NULL
  arguments[[1]] <- table
  fit <- do.call("sem", arguments)
  stopifnot(lavInspect(fit, "converged"))
  moved <- max(abs(coef(fit) - table$start[free]))
  if (moved > 1e-6) stop(file, " ", estimator, " moves by ", moved)
  est <- parameterEstimates(fit, standardized = TRUE)
  std <- standardizedSolution(fit)
  if (is.null(est$label)) est$label <- ""
  stopifnot(identical(paste(est$lhs, est$op, est$rhs), paste(std$lhs, std$op, std$rhs)))
  table <- data.frame(
    lhs = est$lhs, op = est$op, rhs = est$rhs, label = est$label, est = est$est, se = est$se, z = est$z,
    pvalue = est$pvalue, ci_lower = est$ci.lower, ci_upper = est$ci.upper, std_lv = est$std.lv,
    std_all = est$std.all, est_std = std$est.std, std_se = std$se, std_z = std$z, std_pvalue = std$pvalue,
    std_ci_lower = std$ci.lower, std_ci_upper = std$ci.upper)
  if (lavInspect(fit, "ngroups") > 1) table$group <- est$group
  name <- paste(sub("[.]lav$", "", file), tolower(estimator), sep = "_")
  table[] <- lapply(table, digits)
  write.csv(table, file.path(here, "answers", paste0(name, ".csv")), row.names = FALSE, na = "")
  fm <- fitMeasures(fit)
  r2 <- by_group(fit, lavInspect(fit, "rsquare"))
  r2 <- unlist(lapply(seq_along(r2), function(g) if (length(r2[[g]])) setNames(r2[[g]], paste0(names(r2[[g]]), end(g)))))
  whole <- data.frame(kind = "measure", name = gsub(".", "_", names(fm), fixed = TRUE), value = as.numeric(fm))
  if (length(r2)) whole <- rbind(whole, data.frame(kind = "r2", name = names(r2), value = as.numeric(r2)))
  parts <- if (lavInspect(fit, "ngroups") > 1) fit@test[[1]]$stat.group
  if (length(parts)) whole <- rbind(whole, data.frame(kind = "chisq", name = lavInspect(fit, "group.label"), value = parts))
  if (length(lavNames(fit)) <= 15) whole <- rbind(whole, details(fit))
  if (length(lavNames(fit)) <= 12 && grepl("_(cfa|mimic|mixed|groups_scalar)$", sub("[.]lav$", "", file))) {
    mi <- modindices(fit)
    label <- paste0(mi$lhs, mi$op, mi$rhs, if (is.null(mi$group)) "" else sapply(mi$group, end))
    for (kind in c("mi", "epc", "sepc.lv", "sepc.all"))
      whole <- rbind(whole, data.frame(kind = kind, name = label, value = mi[[kind]]))
  }
  whole$value <- digits(whole$value)
  write.csv(whole, file.path(here, "answers", paste0(name, "_measures.csv")), row.names = FALSE, na = "")
  cat(name, "in", seconds, "s, moved by", max(abs(unname(coef(fit)) - unname(coef(first)))), "and", moved, "\n")
}

for (file in models) {
  estimators <- header(readLines(file.path(here, "models_weighted", file)), "estimators")
  for (estimator in strsplit(estimators, " ")[[1]]) record(file, estimator)
}
