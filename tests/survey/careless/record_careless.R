# Records what R's careless says of made-up answers (answers.csv, indices.csv) and of its own data sets (summary.csv).
#   Rscript tests/survey/careless/record_careless.R tests/survey/careless
# careless 1.2.2, psych 2.2.9, R 4.2.2
#
# resample_na = FALSE: otherwise psychsyn swaps the items of pairs at random where it has no number.

library(careless)
folder <- commandArgs(trailingOnly = TRUE)[1]

# Five scales of five-point items, the last of one item; every third item of a scale is worded the other way round.
set.seed(20)
n <- 150
factors <- c(6, 5, 4, 7, 1)
answers <- do.call(cbind, lapply(factors, function(items) {
  trait <- rnorm(n)
  sapply(seq_len(items), function(i) {
    keyed <- if (i %% 3 == 0) -1 else 1
    as.numeric(cut(0.92 * keyed * trait + 0.4 * rnorm(n), c(-Inf, -1.2, -0.4, 0.4, 1.2, Inf)))
  })
}))
items <- ncol(answers)
answers[1:4, ] <- matrix(sample(5, 4 * items, TRUE), 4)           # answered at random
answers[5, ] <- 3                                                 # one answer throughout
answers[6, 5:items] <- 4                                          # one answer from the fifth item on
answers[7, ] <- rep_len(1:2, items)
answers[matrix(runif(n * items), n) < 0.04] <- NA
answers[8, 1:items != 2] <- NA                                    # one answer in all
answers[9, ] <- c(rep(NA, items - 6), 1, 2, 3, 4, 5, 1)
answers[10, ] <- c(2, 2, NA, 2, 2, 2, NA, NA, rep(5, items - 8))  # runs that open answers end
answers[11, ] <- 3
answers[11, c(3, 9)] <- NA
answers <- as.data.frame(answers)
names(answers) <- paste0("i", seq_len(items))

indices <- function(x, factors, antonyms = 0.6) {
  found <- suppressWarnings(data.frame(
    longest_run = longstring(x),
    irv = irv(x),
    mahalanobis = mahad(x, plot = FALSE),
    even_odd = evenodd(x, factors),
    synonyms = psychsyn(x, 0.6, resample_na = FALSE)
  ))
  if (!is.null(antonyms)) found$antonyms <- psychsyn(x, antonyms, anto = TRUE, resample_na = FALSE)
  found
}

summed <- function(name, found) {
  data.frame(
    data = name, index = names(found), missing = colSums(is.na(found)),
    mean = colMeans(found, na.rm = TRUE), sd = apply(found, 2, sd, na.rm = TRUE),
    lowest = apply(found, 2, min, na.rm = TRUE), highest = apply(found, 2, max, na.rm = TRUE)
  )
}

options(digits = 15)
write.csv(answers, file.path(folder, "answers.csv"), row.names = FALSE, na = "")
write.csv(indices(answers, factors), file.path(folder, "indices.csv"), row.names = FALSE, na = "")
found <- rbind(
  summed("careless_dataset", indices(as.data.frame(careless_dataset), rep(5, 10), antonyms = NULL)), # no two of its items are
  summed("careless_dataset2", indices(as.data.frame(careless_dataset2), rep(10, 10), antonyms = 0.5))
)
write.csv(found, file.path(folder, "summary.csv"), row.names = FALSE, na = "")
