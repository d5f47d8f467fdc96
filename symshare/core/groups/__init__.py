"""The groups of axes: generators, names, conjugacy classes, characters. Knows no signature."""
