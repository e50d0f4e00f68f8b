"""Code that stands alone: one ordered program of a formula or model, printed for each runtime."""
