"""Reading: text that people write (network specs, plain maths, LaTeX, whole worksheets) into the language."""
