"""Writing: expressions, programs and derivations as LaTeX, MathML, Unicode and plain text, in any notation and form."""
