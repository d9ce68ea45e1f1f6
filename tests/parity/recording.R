# What the recording scripts share: reading a model, fitting it to the last digit, writing the tables of answers.
#
# To be sourced with ``here``, the folder of the scripts, defined; the first argument is the folder of the data.

suppressMessages(library(lavaan))
data_folder <- commandArgs(trailingOnly = TRUE)[1]
digits <- function(x) if (is.numeric(x)) signif(x, 10) else x
header <- function(lines, key) {
  found <- grep(paste0("^# ", key, ":"), lines, value = TRUE)
  if (length(found)) trimws(sub(paste0("^# ", key, ":"), "", found[1])) else ""
}

# The models of a folder, or those of them named as arguments
chosen <- function(folder) {
  models <- list.files(file.path(here, folder), pattern = "[.]lav$")
  named <- commandArgs(trailingOnly = TRUE)[-1]
  if (length(named)) intersect(models, paste0(named, ".lav")) else models
}

# A list of groups also where there is only one, and the ends of their names: none, .g2, .g3 ...
by_group <- function(fit, found) if (lavInspect(fit, "ngroups") > 1) unname(found) else list(found)
end <- function(group) if (group > 1) paste0(".g", group) else ""
rows <- function(kind, names, values, g) data.frame(kind = kind, name = paste0(names, end(g)), value = values)

# The arguments of lavaan for a model file: text, data, options
request <- function(folder, file, estimator) {
  lines <- readLines(file.path(here, folder, file), encoding = "UTF-8")
  data <- read.csv(file.path(data_folder, paste0(header(lines, "data"), ".csv")))
  options <- eval(parse(text = paste0("list(", gsub(" ", ",", header(lines, "options")), ")")))
  if (identical(options$missing, "ml")) options <- c(options, em.h1.tol = 1e-13, em.h1.iter.max = 1e5)
  c(list(paste(lines, collapse = "\n"), data = data, estimator = estimator, check.start = FALSE, warn = FALSE), options)
}

# The fit where ``polish`` ends, and how far lavaan's own was from it; with lavaan's defaults it has to converge
polished_by <- function(polish, folder, file, estimator) {
  arguments <- request(folder, file, estimator)
  first <- do.call("sem", arguments)
  if (!lavInspect(first, "converged")) stop(file, " does not converge")
  table <- parTable(first)
  free <- table$free > 0
  table$ustart[free] <- table$start[free] <- polish(first)
  table$est <- table$se <- NULL
  arguments[[1]] <- table
  fit <- do.call("sem", arguments)
  moved <- max(abs(coef(fit) - table$start[free]))
  if (!lavInspect(fit, "converged") || moved > 1e-6) stop(file, " ", estimator, " moves again, by ", moved)
  list(fit = fit, moved = max(abs(unname(coef(fit)) - unname(coef(first)))))
}

# answers/<name>.csv, the parameters, and answers/<name>_measures.csv, measures, R² and chi-square by group, ``more``
write_answers <- function(fit, name, more) {
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
  table[] <- lapply(table, digits)
  write.csv(table, file.path(here, "answers", paste0(name, ".csv")), row.names = FALSE, na = "")
  fm <- fitMeasures(fit)
  r2 <- by_group(fit, lavInspect(fit, "rsquare"))
  r2 <- unlist(lapply(seq_along(r2), function(g) if (length(r2[[g]])) setNames(r2[[g]], paste0(names(r2[[g]]), end(g)))))
  whole <- data.frame(kind = "measure", name = gsub(".", "_", names(fm), fixed = TRUE), value = as.numeric(fm))
  if (length(r2)) whole <- rbind(whole, data.frame(kind = "r2", name = names(r2), value = as.numeric(r2)))
  parts <- if (lavInspect(fit, "ngroups") > 1) fit@test[[1]]$stat.group
  if (length(parts)) whole <- rbind(whole, data.frame(kind = "chisq", name = lavInspect(fit, "group.label"), value = parts))
  whole <- rbind(whole, more)
  whole$value <- digits(whole$value)
  write.csv(whole, file.path(here, "answers", paste0(name, "_measures.csv")), row.names = FALSE, na = "")
}
