# Records what lavaan and semTools say of latent interactions among the workers of workers.py.
#   python tests/structure/workers.py workers.csv
#   Rscript tests/structure/record_latent_moderation.R workers.csv tests/structure/latent_moderation.json
# lavaan 0.6-14, semTools 0.5-6, numDeriv 2016.8

suppressMessages({
  library(lavaan)
  library(semTools)
})
arguments <- commandArgs(trailingOnly = TRUE)
data <- na.omit(read.csv(arguments[1]))
data$home <- rowMeans(data[c("h1", "h2")])
data$office <- rowMeans(data[c("o1", "o2")])
data$friends <- rowMeans(data[c("f1", "f2")])

# Four items meet three: the first, and the two others with the largest loadings
one <- standardizedSolution(cfa("f =~ c1 + c2 + c3 + c4", data))[2:4, ]
strongest <- c("c1", sort(one$rhs[order(-abs(one$est.std))][1:2]))
strain <- c("s1", "s2", "s3")
products <- function(data, one, other, match = TRUE) {
  indProd(data, var1 = one, var2 = other, match = match, doubleMC = TRUE)
}
data <- products(data, strain, c("home", "office", "friends"))
data <- products(data, strain, strongest)
data <- products(data, "m1", c("c1", "c2", "c3", "c4"), match = FALSE)
data <- products(data, strain, "m1", match = FALSE)

with_coping <- paste(strain, strongest, sep = ".")
model <- paste0("
  strain =~ s1 + s2 + s3
  backing =~ home + office + friends
  coping =~ c1 + c2 + c3 + c4
  output =~ p1 + p2 + p3
  sb =~ s1.home + s2.office + s3.friends
  sc =~ ", paste(with_coping, collapse = " + "), "
  mc =~ m1.c1 + m1.c2 + m1.c3 + m1.c4
  sm =~ s1.m1 + s2.m1 + s3.m1
  coping ~ a*strain + backing + age + a3*sb
  output ~ strain + backing + m1 + b*coping + age + sb + sc + b3*mc + sm
  strain + backing + m1 + sb + sc + mc + sm ~ age
  strain ~~ backing + m1 + sb + sc + mc + sm
  backing ~~ m1 + sb + sc + mc + sm
  m1 ~~ sb + sc + mc + sm
  sb ~~ sc + mc + sm
  sc ~~ mc + sm
  mc ~~ sm
  sc + mc + sm ~~ coping
  s1.home ~~ ", with_coping[1], "
  s2.office ~~ ", with_coping[2], "
  s3.friends ~~ ", with_coping[3], "
  s1.home ~~ s1.m1
  s2.office ~~ s2.m1
  s3.friends ~~ s3.m1
  ", with_coping[1], " ~~ s1.m1
  ", with_coping[2], " ~~ s2.m1
  ", with_coping[3], " ~~ s3.m1
", paste(outer(strongest, with_coping, Vectorize(function(item, product) {
  if (endsWith(product, item)) sprintf("  m1.%s ~~ %s\n", item, product) else ""
})), collapse = ""), "
  first := a3 * b
  second := a * b3
")
fit <- sem(model, data, estimator = "MLR")
stopifnot(lavInspect(fit, "converged"))
table <- parameterEstimates(fit)
shown <- table[(table$op == "~" & table$rhs != "age") | table$op == ":=", ]

# What follows from paths and standard deviations, by the delta method with numerical derivatives
free <- coef(fit)
state <- function(theta) {
  model <- lav_model_set_parameters(fit@Model, theta)
  phi <- lavaan:::computeVETA(lavmodel = model)[[1]]
  names <- fit@Model@dimNames[[1]][[2]]
  dimnames(phi) <- list(names, names)
  list(b = setNames(theta, names(free)), sd = sqrt(diag(phi)))
}
proper <- function(path, source, moderator, outcome) function(s) {
  unname(s$b[path] * s$sd[source] * s$sd[moderator] / s$sd[outcome])
}
slope <- function(path, interaction, moderator, at) function(s) {
  unname(s$b[path] + at * s$sd[moderator] * s$b[interaction])
}
wanted <- list(
  std_output_sb = proper("output~sb", "strain", "backing", "output"),
  std_output_sc = proper("output~sc", "strain", "coping", "output"),
  std_coping_sb = proper("a3", "strain", "backing", "coping"),
  std_output_mc = proper("b3", "coping", "m1", "output"),
  std_first = function(s) unname(s$b["a3"] * s$b["b"] * s$sd["strain"] * s$sd["backing"] / s$sd["output"]),
  slope_low = slope("output~strain", "output~sb", "backing", -1),
  slope_high = slope("output~strain", "output~sb", "backing", 1),
  slope_coping_high = slope("output~strain", "output~sc", "coping", 1),
  slope_mood_high = slope("b", "b3", "m1", 1)
)
derived <- do.call(rbind, lapply(names(wanted), function(name) {
  value <- function(theta) wanted[[name]](state(theta))
  g <- numDeriv::grad(value, free)
  data.frame(name = name, est = value(free), se = sqrt(drop(t(g) %*% vcov(fit) %*% g)))
}))
answers <- list(
  n = nobs(fit), strongest = strongest, paths = shown, derived = derived,
  fit = as.list(fitMeasures(fit, c("npar", "df", "chisq", "chisq.scaled", "cfi.robust", "rmsea.robust", "srmr")))
)
jsonlite::write_json(answers, arguments[2], digits = NA, auto_unbox = TRUE, pretty = TRUE)
