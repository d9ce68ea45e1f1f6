# Times lavaan on request, for engine.py, which starts it with the folder of the models and data:
#
#   Rscript benchmarks/record_engine.R folder
#
# Reads lines "model job", job one of ML MLR WLSMV draw draw-coef (estimates, standardised estimates and chi-square of a
# resample, as ours; or its coefficients alone); answers each with "seconds chi-square" (the clock runs around
# the call alone).

suppressMessages(library(lavaan))
folder <- commandArgs(trailingOnly = TRUE)[1]
DRAWS <- 50

text <- function(model) paste(readLines(file.path(folder, paste0(model, ".lav"))), collapse = "\n")
rows <- function(model, kind) read.csv(file.path(folder, paste0(model, "_", kind, ".csv")))

call_of <- function(model, job) {
  syntax <- text(model)
  if (job == "WLSMV") {
    data <- rows(model, "ordinal")
    return(function() sem(syntax, data, estimator = "WLSMV", ordered = names(data)))
  }
  data <- rows(model, "continuous")
  if (!startsWith(job, "draw")) return(function() sem(syntax, data, estimator = job))
  fitted <- sem(syntax, data)
  found <- if (job == "draw-coef") "coef" else function(fit) {
    c(parTable(fit)$est, standardizedSolution(fit, se = FALSE)$est.std, fitMeasures(fit, "chisq"))
  }
  function() bootstrapLavaan(fitted, R = DRAWS, type = "ordinary", FUN = found, iseed = 1)
}

input <- file("stdin", "r")
cat(R.version.string, "lavaan", as.character(packageVersion("lavaan")), "BLAS", extSoftVersion()[["BLAS"]], "\n")
flush(stdout())
while (length(line <- readLines(input, n = 1)) == 1) {
  asked <- strsplit(line, " ")[[1]]
  job <- asked[2]
  run <- call_of(asked[1], job)
  time <- system.time(result <- suppressWarnings(run()))[["elapsed"]]
  if (startsWith(job, "draw")) {
    cat(time / DRAWS, NA, "\n")
  } else {
    cat(time, signif(fitMeasures(result, if (job == "ML") "chisq" else "chisq.scaled"), 10), "\n")
  }
  flush(stdout())
}
