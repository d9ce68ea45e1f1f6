# Makes mediators.csv and records what R says of it, and the moments of two published data sets (both in psych):
#   Rscript tests/regression/record_mediation.R tests/regression
# lm, lavaan 0.6-14 (several mediators), boot 1.3-28.1 (intervals), sandwich 3.0-2 (HC3), psych 2.2.9

folder <- commandArgs(trailingOnly = TRUE)[1]
set.seed(2015)
n <- 160
age <- sample(1:40, n, TRUE)
x <- rnorm(n, 3)
w <- 0.3 * x + rnorm(n, 2)
m1 <- 1 + 0.5 * x + 0.2 * w + 0.3 * (x - 3) * (w - 3) + 0.01 * age + rnorm(n) * (0.5 + 0.3 * abs(w - 3))
m2 <- 0.4 * m1 - 0.3 * x + rnorm(n)
y <- 0.2 * x + 0.5 * m1 + 0.3 * m2 + 0.2 * (m1 - 3) * (w - 3) + rexp(n)
data <- round(data.frame(age, x, w, m1, m2, y), 3)
write.csv(data, file.path(folder, "mediators.csv"), row.names = FALSE, quote = FALSE)

# Moments by group: psych::Garcia, and the data of Preacher & Hayes (2004) as the examples of ?psych::mediate make them
moments <- function(data, by) {
  lapply(unname(split(data, data[[by]])), function(group) {
    rest <- group[setdiff(names(group), by)]
    list(value = group[[by]][1], n = nrow(group), mean = as.list(colMeans(rest)), cov = unname(cov(rest)))
  })
}
utils::example("mediate", "psych", ask = FALSE, echo = FALSE)
names(sobel) <- c("satisfaction", "therapy", "attribution")
published <- list(
  garcia = moments(psych::Garcia[c("prot2", "sexism", "respappr", "liking")], "prot2"),
  preacher_hayes = moments(sobel[c("therapy", "attribution", "satisfaction")], "therapy")
)

# Indirect effects of several mediators
estimates <- function(model) {
  table <- lavaan::parameterEstimates(lavaan::sem(model, data))
  defined <- table[table$op == ":=", ]
  as.list(setNames(defined$est, defined$lhs))
}
parallel <- estimates("
  m1 ~ age + a1*x
  m2 ~ age + a2*x
  y ~ age + c*x + b1*m1 + b2*m2
  over_m1 := a1*b1
  over_m2 := a2*b2
  indirect := a1*b1 + a2*b2
  total := c + a1*b1 + a2*b2
  share := (a1*b1 + a2*b2) / (c + a1*b1 + a2*b2)
  contrast := a1*b1 - a2*b2
")
serial <- estimates("
  m1 ~ age + a1*x
  m2 ~ age + a2*x + d*m1
  y ~ age + c*x + b1*m1 + b2*m2
  over_m1 := a1*b1
  over_m2 := a2*b2
  over_both := a1*d*b2
  indirect := a1*b1 + a2*b2 + a1*d*b2
  total := c + a1*b1 + a2*b2 + a1*d*b2
")

# Intervals. Products are centred anew in each draw; the values of the moderator stay those of the sample.
values <- mean(data$w) + c(-1, 0, 1) * sd(data$w)
slope <- function(frame, outcome, predictors, of, at) {
  design <- cbind(1, as.matrix(frame[predictors]))
  if (is.na(at)) {
    return(.lm.fit(design, frame[[outcome]])$coefficients[1 + match(of, predictors)])
  }
  design <- cbind(design, frame$w, (frame[[of]] - mean(frame[[of]])) * (frame$w - mean(frame$w)))
  b <- .lm.fit(design, frame[[outcome]])$coefficients
  b[1 + match(of, predictors)] + b[ncol(design)] * (at - mean(frame$w))
}
statistic <- function(data, rows) {
  frame <- data[rows, ]
  a <- slope(frame, "m1", c("age", "x"), "x", NA)
  b <- slope(frame, "y", c("age", "x", "m1"), "m1", NA)
  c <- slope(frame, "y", c("age", "x", "m1"), "x", NA)
  a_at <- sapply(values, function(v) slope(frame, "m1", c("age", "x"), "x", v))
  b_at <- sapply(values, function(v) slope(frame, "y", c("age", "x", "m1"), "m1", v))
  sd_x <- sd(frame$x) / sd(frame$y)
  c(
    indirect = a * b, total = c + a * b, share = a * b / (c + a * b), std = a * b * sd_x,
    first = a_at * b, first_contrast = (a_at[3] - a_at[1]) * b, first_index = (a_at[3] - a_at[2]) / sd(data$w) * b,
    second = a * b_at, second_index = a * (b_at[3] - b_at[2]) / sd(data$w),
    both = a_at * b_at, both_contrast = a_at[3] * b_at[3] - a_at[1] * b_at[1]
  )
}
booted <- boot::boot(data, statistic, R = 50000)
left_out <- t(sapply(seq_len(n), function(i) statistic(data, setdiff(seq_len(n), i))))
intervals <- lapply(seq_along(booted$t0), function(k) {
  influence <- mean(left_out[, k]) - left_out[, k] # Efron & Tibshirani (1993), eq. 14.15
  found <- boot::boot.ci(booted, type = c("perc", "bca"), index = k, L = influence)
  list(
    est = booted$t0[[k]], se = sd(booted$t[, k]), perc = found$percent[4:5], bca = found$bca[4:5],
    acceleration = sum(influence^3) / (6 * sum(influence^2)^1.5),
    empinf = {
      reg <- boot::empinf(booted, index = k)
      sum(reg^3) / (6 * sum(reg^2)^1.5)
    }
  )
})
names(intervals) <- names(booted$t0)

# Simple slopes: the coefficient where the moderator is centred at the value
hc3 <- function(fit) sandwich::vcovHC(fit, type = "HC3")
of_slopes <- function(formula, of, moderator, vcov) {
  center <- mean(data[[moderator]])
  at <- function(value) {
    frame <- data
    frame[[moderator]] <- frame[[moderator]] - value
    for (other in setdiff(c("x", "m1", "w", "m2"), moderator)) frame[[other]] <- frame[[other]] - mean(frame[[other]])
    fit <- lm(formula, frame)
    se <- sqrt(vcov(fit)[of, of])
    p <- 2 * pt(-abs(coef(fit)[[of]] / se), fit$df.residual)
    c(value = value, slope = coef(fit)[[of]], se = se, pvalue = p)
  }
  grid <- seq(min(data[[moderator]]), max(data[[moderator]]), length.out = 400)
  p <- sapply(grid, function(v) at(v)[["pvalue"]]) - 0.05
  turns <- which(diff(sign(p)) != 0)
  edges <- sapply(turns, function(i) {
    uniroot(function(v) at(v)[["pvalue"]] - 0.05, grid[c(i, i + 1)], tol = 1e-12)$root
  })
  list(
    slopes = lapply(center + c(-1, 0, 1) * sd(data[[moderator]]), function(v) as.list(at(v))),
    edges = I(edges), below = I(sapply(edges, function(e) mean(data[[moderator]] < e)))
  )
}
first <- m1 ~ age + x + w + x:w
last <- y ~ age + x + w + m1 + m1:w
two <- y ~ age + x + w + m2 + x:w + x:m2
slopes <- list(
  first_HC3 = of_slopes(first, "x", "w", hc3), first_classical = of_slopes(first, "x", "w", vcov),
  last_HC3 = of_slopes(last, "m1", "w", hc3), last_classical = of_slopes(last, "m1", "w", vcov),
  two_HC3 = of_slopes(two, "x", "w", hc3), other_HC3 = of_slopes(two, "x", "m2", hc3)
)

answers <- list(published = published, parallel = parallel, serial = serial, intervals = intervals, slopes = slopes)
writeLines(
  jsonlite::toJSON(answers, digits = NA, auto_unbox = TRUE, pretty = TRUE), file.path(folder, "mediation.json")
)
