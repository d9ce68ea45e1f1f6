# The marker series and rival models in lavaan, recorded for test_method_bias.py and test_rivals.py.
#   python tests/measurement/planted.py /tmp/planted && Rscript tests/measurement/marker/record.R /tmp/planted tests/measurement
suppressMessages(library(lavaan))
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(file.path(arguments[1], "marked.csv"))
text <- "
trust =~ t1 + t2 + t3
voice =~ v1 + v2 + v3
care =~ c1 + c2 + c3
climate =~ trust + voice + care
skill =~ s1 + s2 + s3 + s4
output =~ o1 + o2 + o3
"
items <- c("t1", "t2", "t3", "v1", "v2", "v3", "c1", "c2", "c3", "s1", "s2", "s3", "s4", "o1", "o2", "o3")
mlr <- function(...) cfa(paste(..., sep = "\n"), data, estimator = "MLR", std.lv = TRUE)
value <- function(fit, l, o, r) with(parTable(fit), est[lhs == l & op == o & rhs == r])

plain <- mlr(text)
# from its own starting values lavaan ends in a local minimum with a negative variance (chi-square 82.9; here 72.4)
method <- mlr(text, paste("method =~", paste0("start(0.1)*", items, collapse = " + ")),
  "method ~~ 0*climate + 0*skill + 0*output")

with_marker <- mlr(text, "blue =~ m1 + m2 + m3")
number <- function(x) sprintf("%.17g", x)
fixed <- paste0("blue =~ ", paste(sapply(c("m1", "m2", "m3"), function(m)
  paste0(number(value(with_marker, "blue", "=~", m)), "*", m)), collapse = " + "))
errors <- paste(sapply(c("m1", "m2", "m3"), function(m)
  paste0(m, " ~~ ", number(value(with_marker, m, "~~", m)), "*", m)), collapse = "\n")
apart <- "blue ~~ 0*climate + 0*skill + 0*output"
equally <- paste("blue =~", paste0("k*", items, collapse = " + "))
freely <- paste("blue =~", paste(items, collapse = " + "))
baseline <- mlr(text, fixed, errors, apart)
C <- mlr(text, fixed, errors, apart, equally)
U <- mlr(text, fixed, errors, apart, freely)
held <- paste(
  paste0("climate ~~ ", number(value(baseline, "climate", "~~", "skill")), "*skill"),
  paste0("climate ~~ ", number(value(baseline, "climate", "~~", "output")), "*output"),
  paste0("skill ~~ ", number(value(baseline, "skill", "~~", "output")), "*output"), sep = "\n")
test <- function(more, less) as.list(as.data.frame(lavTestLRT(less, more))[2, c("Chisq diff", "Df diff", "Pr(>Chisq)")])
better <- if (test(C, U)[[3]] < 0.05) "U" else "C"
R <- if (better == "U") mlr(text, fixed, errors, apart, freely, held) else mlr(text, fixed, errors, apart, equally, held)

names_of <- c("chisq.scaled", "df", "pvalue.scaled", "cfi.robust", "tli.robust", "rmsea.robust",
  "rmsea.ci.lower.robust", "rmsea.ci.upper.robust", "srmr", "aic", "bic")
columns <- c("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea_ci_lower", "rmsea_ci_upper", "srmr", "aic", "bic")
row <- function(model, fit, other = NULL, measures = names_of) {
  found <- as.list(setNames(as.numeric(fitMeasures(fit, measures)), columns))
  differs <- if (is.null(other)) list(NA, NA, NA) else if (fitMeasures(other, "df") > fitMeasures(fit, "df"))
    test(other, fit) else test(fit, other)
  data.frame(model = model, found, chisq_diff = differs[[1]], df_diff = differs[[2]], pvalue_diff = differs[[3]])
}
share <- function(fit, factor) {
  solution <- standardizedSolution(fit)
  mean(solution$est.std[solution$lhs == factor & solution$op == "=~" & solution$rhs %in% items]^2)
}
models <- rbind(row("cfa", plain), row("common factor", method, plain), row("cfa with marker", with_marker),
  row("baseline", baseline, with_marker), row("C", C, baseline), row("U", U, C),
  row("R", R, if (better == "U") U else C))
models$method_share <- c(NA, share(method, "method"), NA, NA, share(C, "blue"), share(U, "blue"), share(R, "blue"))
write.csv(models, file.path(arguments[2], "marker", "models.csv"), row.names = FALSE, na = "")

pairs <- list(c("climate", "skill"), c("climate", "output"), c("skill", "output"))
correlation <- function(fit) sapply(pairs, function(p) lavInspect(fit, "cor.lv")[p[1], p[2]])
chosen <- if (better == "U") U else C
answers <- function(x) rowMeans(data[, x])
composite <- data.frame(climate = answers(items[1:9]), skill = answers(items[10:13]), output = answers(items[14:16]))
marker <- cor(composite, answers(c("m1", "m2", "m3")))
m <- min(marker[marker > 0])
correlations <- data.frame(a = sapply(pairs, `[`, 1), b = sapply(pairs, `[`, 2), r = correlation(plain),
  r_common = correlation(method), r_marker = correlation(chosen),
  r_partial = (sapply(pairs, function(p) cor(composite)[p[1], p[2]]) - m) / (1 - m))
write.csv(correlations, file.path(arguments[2], "marker", "correlations.csv"), row.names = FALSE)
write.csv(data.frame(method = c("first principal component", "first common factor"), share = c(
  eigen(cor(data[, items]))$values[1] / 16, mean(factanal(data[, items], 1)$loadings^2))),
  file.path(arguments[2], "marker", "harman.csv"), row.names = FALSE)

scaled <- cfa(text, data, estimator = "MLR")  # by first loadings, as analysis.measurement.cfa
indices <- modindices(scaled, sort. = TRUE)
indices <- indices[indices$op %in% c("=~", "~~"), ]
write.csv(head(indices[, c("lhs", "op", "rhs", "mi", "epc", "sepc.all")], 10),
  file.path(arguments[2], "marker", "modification.csv"), row.names = FALSE)
residual <- residuals(scaled, type = "cor.bollen")$cov
z <- residuals(scaled, type = "standardized")$cov
below <- which(lower.tri(residual), arr.ind = TRUE)
write.csv(head(data.frame(a = items[below[, 2]], b = items[below[, 1]], residual = residual[below], z = z[below]), 40),
  file.path(arguments[2], "marker", "local_fit.csv"), row.names = FALSE)

# rival models of the same answers, and of Holzinger and Swineford's pupils
rival <- function(texts, data, ordered, name, reordered = list()) {
  rows <- list()
  for (estimator in c("MLR", "WLSMV")) {
    estimate <- function(t) cfa(t, data, estimator = estimator, std.lv = TRUE,
      ordered = if (estimator == "WLSMV" && ordered) items else NULL)
    fits <- lapply(texts, estimate)
    measures <- if (estimator == "MLR") names_of else c(names_of[1:9], "df", "df")
    for (model in names(fits)) {
      # lavaan 0.6-14 takes the variables of both models for being in the same order (satorra.2000)
      study <- if (model %in% names(reordered)) estimate(reordered[[model]]) else fits$study
      found <- row(model, fits[[model]], if (model == "study") NULL else study, measures)
      if (estimator == "WLSMV") found[, c("aic", "bic")] <- NA
      rows[[length(rows) + 1]] <- cbind(estimator = estimator, npar = fitMeasures(fits[[model]], "npar"), found)
    }
  }
  write.csv(do.call(rbind, rows), file.path(arguments[2], "rivals", name), row.names = FALSE, na = "")
}
dimensions <- "trust =~ t1 + t2 + t3\nvoice =~ v1 + v2 + v3\ncare =~ c1 + c2 + c3\n"
specific <- "trust ~~ 0*climate + 0*skill + 0*output\nvoice ~~ 0*climate + 0*skill + 0*output + 0*trust
  care ~~ 0*climate + 0*skill + 0*output + 0*trust + 0*voice\n"
skill <- "skill =~ s1 + s2 + s3 + s4\n"
output <- "output =~ o1 + o2 + o3\n"
all_climate <- paste("climate =~", paste(items[1:9], collapse = " + "), "\n")
rival(list(study = text, "first-order" = paste0(dimensions, skill, output),
  "without dimensions" = paste0(all_climate, skill, output),
  "merged: climate + skill" = paste0(dimensions, "climate =~ trust + voice + care + s1 + s2 + s3 + s4\n", output),
  "merged: skill + output" = paste0(dimensions, "climate =~ trust + voice + care\n",
    "skill =~ s1 + s2 + s3 + s4 + o1 + o2 + o3"),
  "one factor" = paste("general =~", paste(items, collapse = " + ")),
  bifactor = paste0(all_climate, dimensions, specific, skill, output)), data, TRUE, "marked.csv")
pupils <- HolzingerSwineford1939
rival(list(study = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9",
  "merged: visual + textual" = "visual =~ x1 + x2 + x3 + x4 + x5 + x6\nspeed =~ x7 + x8 + x9",
  "merged: visual + speed" = "visual =~ x1 + x2 + x3 + x7 + x8 + x9\ntextual =~ x4 + x5 + x6",
  "merged: textual + speed" = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6 + x7 + x8 + x9",
  "one factor" = "general =~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9"), pupils, FALSE, "pupils.csv",
  list("merged: visual + speed" = "visual =~ x1 + x2 + x3\nspeed =~ x7 + x8 + x9\ntextual =~ x4 + x5 + x6"))
