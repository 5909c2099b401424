"""A reader and evaluator of the LaTeX that the site shows. Knows no topic; needs only NumPy."""
