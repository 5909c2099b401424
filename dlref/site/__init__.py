"""What MkDocs loads: the formula block, typesetting, tables of data, API pages. Knows no topic."""
