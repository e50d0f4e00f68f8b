"""The native engine: programs as LLVM code for the machine at hand."""
