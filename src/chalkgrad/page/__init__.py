"""The page: documents to the maths in them, and maths to a tree of what stands where, with spans; no meaning yet."""
