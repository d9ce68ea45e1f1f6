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
    weight <- !fit@SampleStats@missing.flag
    H <- lavaan:::lav_model_hessian(model, fit@SampleStats, fit@Data, fit@Options, group.weight = weight)
    g <- lavaan:::lav_model_gradient(model, lavsamplestats = fit@SampleStats, lavdata = fit@Data, group.weight = weight)
    x <- x - drop(K %*% solve(t(K) %*% H %*% K, t(K) %*% as.numeric(g)))
    model <- lavaan:::lav_model_set_parameters(model, x)
  }
  x
}

# A list of groups also where there is only one, and the ends of their names: none, .g2, .g3 ...
by_group <- function(fit, found) if (lavInspect(fit, "ngroups") > 1) unname(found) else list(found)
end <- function(group) if (group > 1) paste0(".g", group) else ""

# Residuals, and the factor scores of the first two rows where all observed variables are indicators (elsewhere
# lavaan 0.6 leaves out what the other variables say about a factor)
details <- function(fit) {
  rows <- function(kind, names, values, g) data.frame(kind = kind, name = paste0(names, end(g)), value = values)
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

# The fit at the optimum to the last digit, and how far lavaan's own was from it
polished <- function(file, estimator) {
  lines <- readLines(file.path(here, "models", file), encoding = "UTF-8")
  data <- read.csv(file.path(data_folder, paste0(header(lines, "data"), ".csv")))
  options <- eval(parse(text = paste0("list(", gsub(" ", ",", header(lines, "options")), ")")))
  if (identical(options$missing, "ml")) options <- c(options, em.h1.tol = 1e-13, em.h1.iter.max = 1e5)
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
  moved <- max(abs(coef(fit) - table$start[free]))
  if (!lavInspect(fit, "converged") || moved > 1e-6) stop(file, " moves again, by ", moved)
  list(fit = fit, moved = max(abs(unname(coef(fit)) - unname(coef(first)))))
}

record <- function(file, estimator) {
  found <- polished(file, estimator)
  fit <- found$fit
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
  if (estimator == "ML" && length(lavNames(fit)) <= 12) whole <- rbind(whole, details(fit))
  whole$value <- digits(whole$value)
  write.csv(whole, file.path(here, "answers", paste0(name, "_measures.csv")), row.names = FALSE, na = "")
  cat(name, "moved by", found$moved, "\n")
}

if (!exists("only_functions")) for (file in models) for (estimator in c("ML", "MLR")) record(file, estimator)
writeLines(c(R.version.string, paste("lavaan", packageVersion("lavaan"))), file.path(here, "answers", "VERSIONS"))
