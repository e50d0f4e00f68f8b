"""Functions of arrays as machine code: any program, its sizes known with the arrays."""
