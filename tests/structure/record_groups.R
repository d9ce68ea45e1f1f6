# Records what lavaan says of the paths of the workers of workers.py by region.
#   python tests/structure/workers.py workers.csv
#   Rscript tests/structure/record_groups.R workers.csv tests/structure/groups.json
# lavaan 0.6-14

suppressMessages(library(lavaan))
arguments <- commandArgs(trailingOnly = TRUE)
data <- na.omit(read.csv(arguments[1]))

# s1, the first item of strain, is let go over the regions, so that s2 carries the unit
model <- "
  strain =~ s2 + s3 + s1
  home =~ h1 + h2
  office =~ o1 + o2
  friends =~ f1 + f2
  backing =~ home + office + friends
  coping =~ c1 + c2 + c3 + c4
  output =~ p1 + p2 + p3
  coping ~ c(a1, a2)*strain + c(b1, b2)*backing
  output ~ c(c1, c2)*strain + c(d1, d2)*backing + c(e1, e2)*coping
"
with_age <- paste(model, "
  coping + output + strain + backing ~ age
  strain ~~ backing
")
fit <- sem(with_age, data,
  estimator = "MLR", group = "region", group.equal = "loadings", group.partial = "strain=~s1"
)
wald <- function(constraints) {
  test <- lavTestWald(fit, constraints)
  list(chisq = test$stat, df = test$df, pvalue = test$p.value)
}
table <- parameterEstimates(fit, standardized = TRUE)
standardised <- standardizedSolution(fit)
rows <- table$op == "~" & table$rhs != "age"
shown <- cbind(table[rows, c("lhs", "rhs", "group", "est", "se", "z", "pvalue", "ci.lower", "ci.upper")],
  std = standardised[rows, "est.std"], std.lower = standardised[rows, "ci.lower"],
  std.upper = standardised[rows, "ci.upper"]
)
letters5 <- c("a", "b", "c", "d", "e")
contrasts <- sem(
  paste(with_age, paste0("  ", letters5, " := ", letters5, "1 - ", letters5, "2", collapse = "\n"), sep = "\n"), data,
  estimator = "MLR", group = "region", group.equal = "loadings", group.partial = "strain=~s1"
)
differences <- subset(parameterEstimates(contrasts), op == ":=")
answers <- list(
  n = lavInspect(fit, "nobs"), paths = shown,
  tests = setNames(lapply(letters5, function(l) wald(paste0(l, "1 == ", l, "2"))), letters5),
  all = wald(paste0(letters5, "1 == ", letters5, "2", collapse = "\n")),
  contrasts = differences[c("lhs", "est", "se", "z", "pvalue", "ci.lower", "ci.upper")],
  fit = as.list(fitMeasures(fit, c("npar", "df", "chisq", "chisq.scaled")))
)
jsonlite::write_json(answers, arguments[2], digits = NA, auto_unbox = TRUE, pretty = TRUE)
