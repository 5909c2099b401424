"""The report's formulas, each beside its literal transcription: what the checker of ``dlref.latex`` is tested on."""
