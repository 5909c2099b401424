"""Write ``docs/data/verification.json``, which the page Verification shows: ``python -m tests.latex.verify``.

It runs the check and all mutants of every formula of dlref. A test compares the file with the sources, formula by formula, so that it says when to run this again.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import dlref
from dlref.latex.code import code_mutants
from dlref.latex.mutation import Tally, edit, mutate, mutate_code
from dlref.site.katex import katex
from dlref.site.verification import source_hash
from tests.latex.formulas import formulas, prepared
from tests.latex.hunt import KILLERS, SURVIVORS, listed
from tests.latex.test_code import functions
from tests.latex.test_mutation import ROOT, SEED, survivors

FILE = ROOT / "docs" / "data" / "verification.json"


def counts(tally: Tally) -> dict[str, Any]:
    return {"killed": dict(sorted(tally.killed.items())), "alive": len(tally.alive)}


def found(id_: str) -> dict[str, Any]:
    """The entry of one formula."""
    made = prepared(id_)
    verdict = made.judge(made.block.latex)
    if not verdict:
        raise SystemExit(f"{made.block.path}:{made.block.line}: {id_}: {verdict.message}")
    reasons = {kind: survivors(kind).get(id_, {}) for kind in ("latex", "edit")}
    renders = katex(ROOT).accepts
    mutants, edits, functions = mutate(made, renders), edit(made, SEED, renders=renders), mutate_code([made])
    lives = [
        {"latex": mutant.latex, "kind": kind, "reason": reasons[kind].get(mutant.latex, "")} for kind, tally in (("latex", mutants), ("edit", edits)) for mutant in tally.alive
    ]
    return {
        "source": source_hash(made.block),
        "kind": verdict.kind,
        "trials": verdict.trials,
        "deviation": float(f"{verdict.deviation:.1e}"),
        "mutants": counts(mutants),
        "edits": counts(edits),
        "code": counts(functions),
        "survivors": lives,
    }


def code() -> dict[str, Any]:
    """All mutants of the functions whose lists are written, each counted once: how many the formulas see, how many other tests, and why the others live."""
    mutants, tests, living = sum(len(code_mutants(function)) for function in functions()), len(listed(KILLERS)), listed(SURVIVORS)
    reasons = Counter(reason for _, _, reason in living)
    return {"mutants": mutants, "formulas": mutants - tests - len(living), "tests": tests, "alive": len(living), "reasons": dict(reasons.most_common())}


def main(file: Path = FILE) -> None:
    entries = {}
    for number, id_ in enumerate(formulas(), 1):
        print(f"\r{number}/{len(formulas())} {id_:40}", end="", flush=True)
        entries[id_] = found(id_)
    print()
    document = {"version": dlref.__version__, "seed": SEED, "code": code(), "formulas": entries}
    file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
