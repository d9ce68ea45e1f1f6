# Writes the number of complete rows, means and covariances (divided by n) of the 25 bfi items of psych.
#
#   Rscript tests/parity/record_bfi.R > tests/parity/bfi_moments.csv

items <- na.omit(psych::bfi[, 1:25])
n <- nrow(items)
moments <- rbind(n = n, mean = colMeans(items), cov(items) * (n - 1) / n)
write.csv(signif(moments, 12), quote = FALSE)
