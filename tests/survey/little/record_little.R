# Records Little's test (1988) as R computes it from lavaan's EM moments, for the data of data.py:
#   python tests/survey/little/data.py <folder>
#   Rscript tests/survey/little/record_little.R <folder> tests/survey/little/answers.json
# lavaan 0.6-14. Its default tolerance of EM (1e-5) is too wide for a comparison, so it is narrowed.

arguments <- commandArgs(trailingOnly = TRUE)

little <- function(data) {
  data <- data[rowSums(!is.na(data)) > 0, ]
  model <- paste(names(data), "~ 1", collapse = "\n")
  pairs <- t(combn(names(data), 2))
  model <- paste(c(model, paste(pairs[, 1], "~~", pairs[, 2])), collapse = "\n")
  fit <- lavaan::lavaan(model, data, auto.var = TRUE, missing = "ml", fixed.x = FALSE, do.fit = FALSE,
                        em.h1.tol = 1e-12, em.h1.iter.max = 50000)
  em <- lavaan::lavInspect(fit, "sampstat")
  seen <- !is.na(data)
  pattern <- apply(seen, 1, function(row) paste(which(row), collapse = " "))
  d2 <- df <- 0
  for (rows in split(seq_len(nrow(data)), pattern)) {
    there <- colnames(data)[seen[rows[1], ]]
    gap <- colMeans(data[rows, there, drop = FALSE]) - em$mean[there]
    d2 <- d2 + length(rows) * drop(gap %*% solve(unclass(em$cov)[there, there], gap))
    df <- df + length(there)
  }
  df <- df - ncol(data)
  list(n = nrow(data), patterns = length(unique(pattern)), chisq = d2, df = df,
       pvalue = pchisq(d2, df, lower.tail = FALSE))
}

files <- list.files(arguments[1], pattern = "csv$", full.names = TRUE)
found <- lapply(files, function(file) little(read.csv(file)))
names(found) <- sub(".csv$", "", basename(files))
writeLines(jsonlite::toJSON(found, digits = NA, auto_unbox = TRUE, pretty = TRUE), arguments[2])
