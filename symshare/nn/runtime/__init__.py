"""The functions that emitted files bring along: they import torch and nothing else, and each stands in a file that calls it.

`symshare.codegen.runtime` reads these modules as text. What stands below the line `# What follows travels with emitted
files.` are functions and nothing else; each travels as it is written, with its docstring and the comments in it, less
remarks to a type checker. So lines have 88 columns here, as in the files, and no module has `from __future__` imports,
which files have not either. What only a reader of this package needs to know is a comment above a function.
"""
