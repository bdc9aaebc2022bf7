"""The rules of the health score, worked out row by row in exact fractions."""
